"""Notifications of change: what a buyer's bank asks us to correct, until when, and the first entry that carries it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.actions.corrections import showing
from ingather.actions.corrections.applying import apply_change, leave_change
from ingather.actions.corrections.refusing import refuse_change, take_refusal_back
from ingather.base.ids import Prefix, encode_key, parse_public_id
from ingather.console.pages import Pages
from ingather.console.returns.deciding import said
from ingather.console.visits import Visit
from ingather.domain.corrections import CorrectionState
from ingather.domain.refusals import NoSuch, Refusal
from ingather.domain.users import Permission
from ingather.rules.changes import can_be_said, refusable
from ingather.store.reading import corrections
from ingather.store.reading.change_desk import about_change, accounts_of, counts_of_changes, waiting_for
from ingather.store.reading.pages import Wanted, page_of

pages = Pages("Changes")
ROWS = 50
_WAITING = 200
CSV_ROWS = 1_000
HEAD = (
    "change", "code", "title", "state", "account", "old", "new", "received_on", "due_on", "days_left", "ended_at",
    "ended_by", "refused_as",
)  # fmt: skip


@pages.get("/changes", needs=Permission.RETURNS_READ)
def show(visit: Visit) -> Response:
    """Show the notifications that wait, the soonest last day first, or all of them, the newest first."""
    every = visit.asked.get("which") == "all"
    with visit.view() as ctx:
        counts = counts_of_changes(ctx.session, today=ctx.today)
        rows, more = _page(ctx, visit) if every else (showing.listed(ctx, waiting=True, limit=_WAITING), None)
        accounts = accounts_of(ctx.session, [parse_public_id(Prefix.CORRECTION, row["id"]) for row in rows])
        waiting = waiting_for(ctx.session, sorted(set(accounts.values())))
    for row in rows:
        account = accounts.get(parse_public_id(Prefix.CORRECTION, row["id"]))
        row["waiting"] = waiting.get(account) if account is not None else None
    return visit.show(
        "changes/list.html",
        rows=rows,
        counts=counts,
        which="all" if every else "waiting",
        more=encode_key(more) if more else None,
        first=not visit.asked.get("after"),
    )


@pages.get("/changes.csv", needs=Permission.RETURNS_READ)
def download(visit: Visit) -> Response:
    """Answer with the notifications as CSV; account numbers are their last four."""
    waiting = visit.asked.get("which") != "all"
    with visit.view() as ctx:
        rows = showing.listed(ctx, waiting=waiting, limit=CSV_ROWS)
    return visit.csv("changes", HEAD, [_cells(row) for row in rows])


@pages.get("/changes/{change_id}", needs=Permission.RETURNS_READ)
def show_one(visit: Visit) -> Response:
    """Show one notification of change."""
    return _one(visit)


@pages.post("/changes/{change_id}/apply", needs=Permission.RETURNS_WRITE)
def apply(visit: Visit) -> Response:
    """Put a notification of change into its account."""
    return _decided(visit, "apply", apply_change)


@pages.post("/changes/{change_id}/leave", needs=Permission.RETURNS_WRITE)
def leave(visit: Visit) -> Response:
    """Leave a notification of change as it is."""
    return _decided(visit, "leave", lambda ctx, key: leave_change(ctx, key, reason=said(visit)))


@pages.post("/changes/{change_id}/refuse", needs=Permission.RETURNS_WRITE)
def refuse(visit: Visit) -> Response:
    """Have the bank refuse a notification of change."""
    as_code = visit.form.get("as_code", "")
    return _decided(visit, "refuse", lambda ctx, key: refuse_change(ctx, key, as_code=as_code, reason=said(visit)))


@pages.post("/changes/{change_id}/withdraw", needs=Permission.RETURNS_WRITE)
def withdraw(visit: Visit) -> Response:
    """Take a refusal back that the bank has not been told."""

    def do(ctx: Context, key: int) -> None:
        found = showing.shown(ctx, key)
        if found is None or found["request"] is None:
            fact = "there is no refusal to take back"
            raise NoSuch(fact)
        take_refusal_back(ctx, parse_public_id(Prefix.REQUEST, found["request"]), reason=said(visit))

    return _decided(visit, "withdraw", do)


def _decided(visit: Visit, tried: str, do: Callable[[Context, int], object]) -> Response:
    key = visit.key_of(Prefix.CORRECTION, visit.path["change_id"])
    try:
        visit.desk.decide(lambda ctx: do(ctx, key))
    except Refusal as refusal:
        return _one(visit, refusal=refusal, tried=tried)
    visit.desk.remember()
    return visit.go(f"/changes/{visit.path['change_id']}")


def _one(visit: Visit, *, refusal: Refusal | None = None, tried: str = "") -> Response:
    key = visit.key_of(Prefix.CORRECTION, visit.path["change_id"])
    with visit.view() as ctx:
        row = showing.shown(ctx, key)
        if row is None:
            fact = f"there is no notification of change {visit.path['change_id']}"
            raise NoSuch(fact)
        about = about_change(ctx.session, key)
    matched, readable = row["state"] != CorrectionState.UNMATCHED, row["problem"] is None
    waits = row["refuse_by"] is not None
    reasons = [
        each for each in refusable(visit.today).values() if can_be_said(each, matched=matched, readable=readable)
    ]
    return visit.show(
        "changes/one.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        tried=tried,
        typed=visit.form if refusal else {},
        row=row,
        about=about,
        waits=waits,
        reasons=reasons if waits and visit.today <= date.fromisoformat(row["refuse_by"]) else [],
    )


def _page(ctx: Context, visit: Visit) -> tuple[list[dict[str, Any]], int | None]:
    def shown(session: Any, rows: Sequence[Any]) -> list[dict[str, Any]]:  # noqa: ANN401 -- the store's own session
        return showing.rows_shown(ctx, corrections.LISTING.shown(session, rows))

    wanted = Wanted(limit=ROWS, after=visit.after())
    return page_of(ctx.session, replace(corrections.LISTING, shown=shown), wanted)


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    def together(values: dict[str, str]) -> str:
        return " ".join(f"{name}={value}" for name, value in values.items())

    return (
        row["id"], row["code"], row["title"], row["state"], row["external_id"] or "", together(row["old"]),
        together(row["new"]), row["received_on"], row["due_on"] or "",
        "" if row["days_left"] is None else row["days_left"], row["ended_at"] or "", row["ended_by"] or "",
        row["refused_as"] or "",
    )  # fmt: skip
