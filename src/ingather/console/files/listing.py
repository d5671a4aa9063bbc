"""Files as a list: by state and night, the newest first, with who sealed and who decided."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.base.ids import Prefix, encode_key, parse_public_id
from ingather.base.money import format_minor
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.files import FileState
from ingather.domain.refusals import Unreadable
from ingather.domain.users import Permission
from ingather.store.reading import files
from ingather.store.reading.entry_origins import latest_decision
from ingather.store.reading.pages import Wanted, page_of

pages = Pages("Files")
ROWS = 40
CSV_ROWS = 2_000
MARKS = {
    FileState.SEALED: ("att", "half"),
    FileState.APPROVED: ("info", "half"),
    FileState.SENDING: ("info", "half"),
    FileState.TRANSMITTED: ("", "full"),
    FileState.PENDED: ("att", "look"),
    FileState.ACCEPTED: ("good", "ok"),
    FileState.ACCEPTED_WITH_REJECTS: ("att", "look"),
    FileState.REJECTED: ("dan", "no"),
    FileState.IN_DOUBT: ("dan", "look"),
    FileState.VOIDED: ("", "no"),
}
"""Colour and mark of each state: a person must act on what is sealed, pended or in part refused."""
STATES = {
    FileState.SEALED: "waits for approval",
    FileState.APPROVED: "approved",
    FileState.SENDING: "being sent",
    FileState.TRANSMITTED: "sent",
    FileState.PENDED: "held by the bank",
    FileState.ACCEPTED: "accepted",
    FileState.ACCEPTED_WITH_REJECTS: "accepted in part",
    FileState.REJECTED: "refused by the bank",
    FileState.IN_DOUBT: "in doubt",
    FileState.VOIDED: "voided",
}
"""How people say each state."""
HEAD = (
    "file", "name", "state", "night_on", "effective_on", "batches", "entries", "debit", "credit", "currency", "sha256",
    "maker", "decided_by", "decision", "sealed_at", "transmitted_at",
)  # fmt: skip


@pages.get("/files", needs=Permission.FILES_READ)
def show(visit: Visit) -> Response:
    """Show a page of files."""
    typed = {name: visit.asked.get(name, "").strip() for name in ("state", "from", "to")}
    refusal: Unreadable | None = None
    rows: list[dict[str, Any]] = []
    following: int | None = None
    try:
        wanted = _wanted(visit, ROWS)
    except Unreadable as known:
        refusal = known
    else:
        with visit.view() as ctx:
            rows, following = _page(ctx, wanted)
    filled = {name: value for name, value in typed.items() if value}
    query = urlencode(filled)
    return visit.show(
        "files/list.html",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        rows=rows,
        typed=typed,
        narrowed=bool(filled),
        states=STATES,
        marks=MARKS,
        first=not visit.asked.get("after"),
        newest=f"/files?{query}" if query else "/files",
        following=f"/files?{urlencode(filled | {'after': encode_key(following)})}" if following else "",
        csv=f"/files.csv?{query}" if query else "/files.csv",
    )


@pages.get("/files.csv", needs=Permission.FILES_READ)
def download(visit: Visit) -> Response:
    """Answer with the same files as CSV, as many as one sheet has, from where the page begins."""
    with visit.view() as ctx:
        rows, _ = _page(ctx, _wanted(visit, CSV_ROWS))
    return visit.csv("files", HEAD, [_cells(row) for row in rows])


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    return (
        row["id"], row["name"], row["state"], row["night_on"], row["effective_on"], row["batches"], row["entries"],
        format_minor(row["debit_cents"]).replace(",", ""), format_minor(row["credit_cents"]).replace(",", ""), "USD",
        row["sha256"], row["maker"], row["checker"] or "", row["decision"] or "", row["sealed_at"],
        row["transmitted_at"] or "",
    )  # fmt: skip


def _page(ctx: Context, wanted: Wanted) -> tuple[list[dict[str, Any]], int | None]:
    rows, following = page_of(ctx.session, files.LISTING, wanted)
    decided = latest_decision(ctx.session, [parse_public_id(Prefix.FILE, row["id"]) for row in rows])
    return [
        row | {"checker": found.checker if found else None, "decision": found.decision if found else None}
        for row in rows
        for found in (decided.get(parse_public_id(Prefix.FILE, row["id"])),)
    ], following


def _wanted(visit: Visit, limit: int) -> Wanted:
    state = visit.asked.get("state", "").strip()
    if state and state not in set(FileState):
        fact = f"{state[:40]} is no state of a file"
        raise Unreadable(fact, f"Choose one of {', '.join(FileState)}")
    filters = {
        "state": [state] if state else None,
        "night_on_gte": _day(visit.asked.get("from", "").strip()),
        "night_on_lte": _day(visit.asked.get("to", "").strip()),
    }
    return Wanted(limit=limit, after=visit.after(), filters=filters)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fact = f"{text[:40]} is no day"
        raise Unreadable(fact, "Write days as 2026-11-25") from None
