"""Returns as a list: the new ones, those that need a decision, and whatever a figure of another page leads to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from ingather.base.ids import Prefix, encode_key, parse_public_id
from ingather.base.money import format_minor
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.orders import OrderState
from ingather.domain.refusals import Refusal, Unreadable
from ingather.domain.users import Permission
from ingather.rules.return_codes import NextStep, return_reasons
from ingather.store.reading.return_desk import (
    Which,
    amounts_of,
    counts_of_returns,
    newest_day,
    page_of_returns,
)

pages = Pages("Returns")
ROWS = 50
CSV_ROWS = 2_000
HEAD = (
    "return", "code", "meaning", "order", "external_id", "merchant", "last4", "amount", "currency", "returned_on",
    "deadline_on", "timeliness", "next_step", "waits_for", "late", "matched", "dispute",
)  # fmt: skip
_NAMES = ("code", "from", "to", "merchant", "company", "sec", "rdfi", "trace", "order", "file")
_TRACE_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for: which sort, as it was typed, and as the book is asked."""

    which: Which
    typed: Mapping[str, str]
    filters: Mapping[str, Any]


@pages.get("/returns", needs=Permission.RETURNS_READ)
def show(visit: Visit) -> Response:
    """Show a page of returns."""
    refusal: Refusal | None = None
    rows: list[dict[str, Any]] = []
    more, asked = None, Asked(which=_which(visit), typed=_typed(visit), filters={})
    with visit.view() as ctx:
        counts, newest = counts_of_returns(ctx.session), newest_day(ctx.session)
        came = amounts_of(ctx.session, newest) if newest else (0, 0)
        try:
            asked = asked_for(visit)
            rows, more = page_of_returns(
                ctx.session, asked.which, filters=asked.filters, after=visit.after(), limit=ROWS
            )
        except Unreadable as known:
            refusal = known
    filled = {name: value for name, value in asked.typed.items() if value}
    return visit.show(
        "returns/list.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        rows=[row | {"follows": step_words(visit, row), "says": code_words(visit, row)} for row in rows],
        which=asked.which,
        typed=asked.typed,
        narrowed=bool(filled),
        counts=counts,
        newest=newest,
        came=came,
        asked=urlencode({"which": asked.which, **filled}),
        more=encode_key(more) if more else None,
        first=not visit.asked.get("after"),
    )


@pages.get("/returns.csv", needs=Permission.RETURNS_READ)
def download(visit: Visit) -> Response:
    """Answer with the same returns as CSV, as many as one sheet has."""
    asked = asked_for(visit)
    with visit.view() as ctx:
        rows = list(_all(ctx.session, asked, visit.after()))
    return visit.csv("returns", HEAD, [_cells(row) for row in rows])


def code_words(visit: Visit, row: Mapping[str, Any]) -> Markup:
    """Return what a code means, in words; a code that no table knows says so."""
    if row["meaning"] is None:
        return visit.say("no table knows this code")
    return visit.say(_titles().get(row["meaning"]) or row["meaning"].replace("_", " ").capitalize())


@cache
def _titles() -> Mapping[str, str]:
    return {each.meaning: each.title for each in return_reasons()}


def step_words(visit: Visit, row: Mapping[str, Any]) -> Markup:
    """Return what follows a return, or what is to be decided about it, in a few words."""
    figures, step = visit.figures, row["next_step"]
    if row["dispute"] is not None:
        said = visit.say("disputed as {code}", code=row["dispute"]["code"])
    elif row["undone_on"]:
        said = visit.say("undone {day}", day=figures.day(row["undone_on"]))
    elif row["replaced_by"]:
        said = visit.say("replaced by another return")
    elif not row["applied"]:
        said = visit.say("find its debit, or have it dishonored")
    elif row["collect_on"] and row["state"] == OrderState.RETURNED:
        said = visit.say("debited again {day}", day=figures.day(row["collect_on"]))
    elif step == NextStep.RETRY:
        said = _after_retry(visit, row["state"])
    else:
        said = visit.say(_STEPS[NextStep(step)] if step else "a person finds out why")
    return said


_STEPS = {
    NextStep.RETRY: "presented again",
    NextStep.REAUTHORIZE: "only when the buyer authorizes it anew",
    NextStep.CORRECTED_ENTRY: "one corrected entry may follow",
    NextStep.NEW_ENTRY: "put right what was wrong, then a new entry",
    NextStep.NEW_ACCOUNT: "ask the buyer for another account",
    NextStep.NEW_AUTHORIZATION: "only a new authorization allows another debit",
    NextStep.INVESTIGATE: "a person finds out why",
    NextStep.NONE: "not presented again",
}


def _after_retry(visit: Visit, state: str | None) -> Markup:
    match state:
        case OrderState.RETURNED:
            return visit.say("waits for a night that may present it")
        case OrderState.FAILED | OrderState.CANCELED | OrderState.REVERSED:
            return visit.say("not presented again")
        case _:
            return visit.say("presented again")


def asked_for(visit: Visit) -> Asked:
    """Return what a visit asks the list for; raises ``Unreadable`` for what cannot be read."""
    typed = _typed(visit)
    filters: dict[str, Any] = {
        "returned_on_gte": _day(typed["from"]),
        "returned_on_lte": _day(typed["to"]),
        "code": [each.strip().upper() for each in typed["code"].split(",") if each.strip()] or None,
        "company": typed["company"] or None,
        "sec": typed["sec"].upper() or None,
        "rdfi": _digits(typed["rdfi"], 9),
        "trace": _digits(typed["trace"], _TRACE_DIGITS),
        "order_id": _key(Prefix.ORDER, typed["order"]),
        "file_id": _key(Prefix.FILE, typed["file"]),
    }
    if typed["merchant"].startswith(f"{Prefix.MERCHANT}_"):
        filters["merchant_id"] = _key(Prefix.MERCHANT, typed["merchant"])
    elif typed["merchant"]:
        filters["merchant"] = typed["merchant"]
    return Asked(which=_which(visit), typed=typed, filters=filters)


def _which(visit: Visit) -> Which:
    """Return which sort is asked for; what another page leads to is looked for among all."""
    text = visit.asked.get("which", "")
    if text in set(Which):
        return Which(text)
    return Which.ALL if any(_typed(visit).values()) else Which.NEW


def _typed(visit: Visit) -> dict[str, str]:
    return {name: visit.asked.get(name, "").strip()[:200] for name in _NAMES}


def _all(session: Any, asked: Asked, after: int | None) -> Iterator[dict[str, Any]]:  # noqa: ANN401 -- a session
    left = CSV_ROWS
    while left > 0:
        rows, after = page_of_returns(session, asked.which, filters=asked.filters, after=after, limit=min(left, 500))
        yield from rows
        left -= len(rows)
        if after is None:
            return


def _cells(row: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        row["id"], row["code"], row["meaning"] or "", row["order"] or "", row["external_id"] or "",
        row["merchant"] or "", row["last4"] or "", format_minor(row["amount_minor"]).replace(",", ""), "USD",
        row["returned_on"] or "", row["deadline_on"] or "", row["timeliness"] or "", row["next_step"] or "",
        row["collect_on"].isoformat() if row["collect_on"] else "", row["late"], row["applied"],
        row["dispute"]["code"] if row["dispute"] else "",
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fact = f"{text[:20]} is no day"
        raise Unreadable(fact, "Write it as 2026-11-25") from None


def _digits(text: str, most: int) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > most:
        fact = f"this number has at most {most} digits and nothing else"
        raise Unreadable(fact, "Leave it out, or write digits alone")
    return int(text)


def _key(prefix: Prefix, text: str) -> int | None:
    try:
        return parse_public_id(prefix, text) if text else None
    except ValueError:
        fact = f"{text[:40]} names no {prefix.name.lower()}"
        raise Unreadable(fact, "Look for it in the list") from None
