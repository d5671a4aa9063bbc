"""Cases: every clock in one list, the soonest last day first, and one case opened beside it."""

from datetime import date, datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from ingather.actions.case_owners import give_case_back, take_case
from ingather.actions.casework import close_with_evidence, escalate_case, note_case
from ingather.actions.context import Context
from ingather.actions.standing_cases import open_review
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, decode_key, encode_key, public_id
from ingather.base.money import format_minor
from ingather.console.case_words import address_of, first_of, initials, kind_words, without_commands
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.refusals import NoSuch, Refusal, Unreadable
from ingather.domain.users import Permission
from ingather.rules.calendar import is_banking_day
from ingather.store.reading import cases
from ingather.store.reading.case_desk import (
    Asked,
    Place,
    Which,
    about_case,
    closed_since,
    counts_of_cases,
    page_of_cases,
)

pages = Pages("Cases")
ROWS = 50
CSV_ROWS = 2_000
_LONGEST = 500
_REVIEWS = {"access": CaseKind.ACCESS_REVIEW, "fraud": CaseKind.FRAUD_MONITORING_REVIEW}
HEAD = (
    "case",
    "kind",
    "subject",
    "order",
    "merchant",
    "amount",
    "currency",
    "opened_on",
    "due_on",
    "owner",
    "sentence",
)


@pages.get("/cases", needs=Permission.RETURNS_READ)
def show(visit: Visit) -> Response:
    """Show the open cases, and one of them beside the list."""
    return _page(visit, opened=visit.asked.get("case"))


@pages.get("/cases.csv", needs=Permission.RETURNS_READ)
def download(visit: Visit) -> Response:
    """Answer with the same cases as CSV."""
    with visit.view() as ctx:
        rows, _ = page_of_cases(ctx.session, _asked(visit), after=_after(visit), limit=CSV_ROWS)
    return visit.csv("cases", HEAD, [_cells(row) for row in rows])


@pages.get("/cases/{case_id}", needs=Permission.RETURNS_READ)
def show_one(visit: Visit) -> Response:
    """Show one case by itself, as a telephone and a link want it."""
    with visit.view() as ctx:
        opened = opened_case(visit, ctx, visit.path["case_id"])
    return visit.show("cases/one.html", opened=opened, refusal=None, typed={}, which="")


@pages.post("/cases/review", needs=Permission.RETURNS_WRITE)
def begin_review(visit: Visit) -> Response:
    """Open a review before it is due."""
    kind = _REVIEWS.get(visit.form.get("what", ""))
    if kind is None:
        fact = "this is no review of the house"
        raise Unreadable(fact, "Choose one that the page offers")
    originator_id, policy = visit.desk.originator_id(), visit.desk.policy()
    with visit.desk.action() as ctx:
        key = open_review(ctx, originator_id, kind, policy=policy.cases)
    visit.desk.remember()
    return visit.go("/cases", case=public_id(Prefix.CASE, key))


@pages.post("/cases/{case_id}/take", needs=Permission.RETURNS_WRITE)
def take(visit: Visit) -> Response:
    """Take a case, or give it back."""
    do = give_case_back if visit.form.get("back") else take_case
    return _acted(visit, do)


@pages.post("/cases/{case_id}/note", needs=Permission.RETURNS_WRITE)
def note(visit: Visit) -> Response:
    """Keep a note with a case."""
    return _acted(visit, lambda ctx, key: note_case(ctx, key, text=_said(visit, "text")))


@pages.post("/cases/{case_id}/escalate", needs=Permission.RETURNS_WRITE)
def escalate(visit: Visit) -> Response:
    """Give a case to whom its kind is escalated."""
    return _acted(visit, lambda ctx, key: escalate_case(ctx, key, reason=_said(visit, "reason")))


@pages.post("/cases/{case_id}/close", needs=Permission.RETURNS_WRITE)
def close(visit: Visit) -> Response:
    """Close a case with what came of it, and with what shows that."""
    evidence = visit.form.get("evidence", "").strip() or None
    return _acted(
        visit, lambda ctx, key: close_with_evidence(ctx, key, outcome=_said(visit, "outcome"), evidence=evidence)
    )


def opened_case(visit: Visit, ctx: Context, case: str) -> dict[str, Any]:
    """Return a case as its panel shows it; raises ``NoSuch``."""
    key = visit.key_of(Prefix.CASE, case)
    found = cases.shown(ctx.session, key, today=ctx.today)
    if found is None:
        fact = f"there is no case {case}"
        raise NoSuch(fact)
    about = about_case(ctx.session, key)
    return found | {
        "words": kind_words(visit, found["kind"]),
        "sentence": without_commands(found["sentence"]),
        "way_out": visit.say(without_commands(found["way_out"].split(": ingather ")[0])),
        "about": about,
        "address": address_of(found["subject"]),
        "mine": found["owner"] == visit.caller.actor,
        "history": list(reversed(found["history"])),
    }


def _page(visit: Visit, *, opened: str | None, refusal: Refusal | None = None) -> Response:
    asked = _asked(visit)
    with visit.view() as ctx:
        rows, more = page_of_cases(ctx.session, asked, after=_after(visit), limit=ROWS)
        counts = counts_of_cases(ctx.session, actor=asked.actor, today=asked.today)
        closed = closed_since(ctx.session, _monday(visit.today))
        opened = opened or (rows[0]["id"] if rows else None)
        case = opened_case(visit, ctx, opened) if opened else None
    return visit.show(
        "cases/list.html",
        status=refusal.status if refusal else 200,
        rows=[_shown(visit, row) for row in rows],
        counts=counts,
        which=asked.which,
        closed=closed,
        opened=case,
        refusal=refusal,
        typed=visit.form,
        chosen=visit.asked.get("case") or visit.path.get("case_id"),
        shut=[visit.today + timedelta(days=day) for day in range(5) if _is_closed(visit.today + timedelta(days=day))],
        more=_place_text(more) if more else None,
        first=not visit.asked.get("after"),
    )


def _shown(visit: Visit, row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "words": kind_words(visit, row["kind"]),
        "first": first_of(row["sentence"]),
        "initials": initials(row["owner"]),
    }


def _acted(visit: Visit, do: Any) -> Response:  # noqa: ANN401 -- what is done with a context and a key
    """Do something with a case and show it again; what was refused is shown with what was typed."""
    case = visit.path["case_id"]
    key = visit.key_of(Prefix.CASE, case)
    which = visit.form.get("which", "")
    try:
        with visit.desk.action() as ctx:
            do(ctx, key)
    except Refusal as refusal:
        if which:
            return _page(visit, opened=case, refusal=refusal)
        with visit.view() as ctx:
            opened = opened_case(visit, ctx, case)
        return visit.show(
            "cases/one.html", status=refusal.status, opened=opened, refusal=refusal, typed=visit.form, which=""
        )
    visit.desk.remember()
    if which in set(Which):
        return visit.go("/cases", which=which, case=case)
    return visit.go(f"/cases/{case}")


def _said(visit: Visit, name: str) -> str:
    said = visit.form.get(name, "").strip()
    if not said or len(said) > _LONGEST or "\0" in said:
        fact = "a sentence is missing" if not said else f"this is longer than {_LONGEST} characters"
        raise Unreadable(fact, "Say in a few words what was done or learned")
    return said


def _asked(visit: Visit) -> Asked:
    which = visit.asked.get("which") or visit.form.get("which") or Which.ALL
    return Asked(which=Which(which) if which in set(Which) else Which.ALL, actor=visit.caller.actor, today=visit.today)


def _after(visit: Visit) -> Place | None:
    text = visit.asked.get("after")
    if not text:
        return None
    day, _, key = text.partition(".")
    try:
        return Place(due_on=date.fromisoformat(day) if day else None, key=decode_key(key))
    except ValueError:
        fact = "this page of the list does not exist"
        raise Unreadable(fact, "Begin at its first page") from None


def _place_text(place: Place) -> str:
    return f"{place.due_on.isoformat() if place.due_on else ''}.{encode_key(place.key)}"


def _monday(today: date) -> datetime:
    return datetime.combine(today - timedelta(days=today.weekday()), time(), tzinfo=NEW_YORK)


def _is_closed(day: date) -> bool:
    return day.weekday() < 5 and not is_banking_day(day)  # noqa: PLR2004 -- Monday to Friday


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    amount = "" if row["amount_minor"] is None else format_minor(row["amount_minor"]).replace(",", "")
    return (
        row["id"], row["kind"], row["subject"], row["order"] or "", row["merchant"] or "", amount, "USD",
        row["opened_on"].isoformat(), row["due_on"].isoformat() if row["due_on"] else "", row["owner"],
        without_commands(row["sentence"]),
    )  # fmt: skip


__all__ = ("CaseState", "opened_case", "pages")
