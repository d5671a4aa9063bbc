"""Audit: who did what and who saw what, how the chain stands, and the chain itself for whoever follows it elsewhere."""

import re
from collections.abc import AsyncIterator, Generator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix
from ingather.console.pages import Pages
from ingather.console.subjects import address_of
from ingather.console.visits import Visit, number_in
from ingather.domain.audit import AnchorPlace
from ingather.domain.refusals import NoSuch, Unreadable
from ingather.domain.users import Permission
from ingather.jobs.audit import Verdict, export_chain, verify_chain
from ingather.store import audit
from ingather.store.reading.audit import RECORDS, last_anchors, record_shown
from ingather.store.reading.pages import Wanted, page_of

pages = Pages("Audit")
LAST_RECORDS = 1_000
"""How many records at the end of the chain are followed at once; the whole is for the command line."""
_PAGE = 60
_MOST_OF_CSV = 10_000
_MOST = 10**15
_VERIFIER = "ingather_verify.py"
_SHOWN_OF_DETAIL = 4
_SHORT = 48
"""What is longer, such as a hash, stands on the record's own page: whole, never cut."""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-9.]+[+-]\d\d:\d\d")
KINDS: dict[str, tuple[str, ...]] = {
    "saw": ("unmask_account", "see_account", "show_file", "export_authorizations", "make_proof"),
    "approved": (
        "approve_file", "approve_file_reversal", "approve_follow_up", "approve_loss", "approve_payouts",
        "approve_shredding", "sign_day", "sign_report_off", "sign_access_review", "sign_fraud_review",
    ),
    "people": (
        "add_user", "grant_roles", "disable_user", "enable_user", "reset_password", "link_provider", "demand_sign_in",
        "make_key", "rotate_key", "revoke_key", "refuse_sign_in",
    ),
}  # fmt: skip
"""What a reviewer asks for together, by the name in the address: who saw numbers and bytes, who approved, who may."""


@pages.get("/audit", needs=Permission.AUDIT_READ)
def show(visit: Visit) -> Response:
    """List the records, the newest first, with the state of the chain."""
    return _list(visit)


@pages.post("/audit/verify", needs=Permission.AUDIT_READ)
def verify(visit: Visit) -> Response:
    """Follow the last thousand records and compare the chain with every head that was kept; nothing is changed."""
    with visit.view() as ctx:
        end = audit.head(ctx.session)[0]
    return _list(visit, verdict=verify_chain(visit.desk, first=max(1, end - LAST_RECORDS + 1)))


def _list(visit: Visit, *, verdict: Verdict | None = None) -> Response:
    asked = asked_of(visit)
    with visit.view() as ctx:
        rows, after = page_of(
            ctx.session, RECORDS, Wanted(limit=_PAGE, after=_number(visit.asked.get("after")), filters=_filters(asked))
        )
        seq, value = audit.head(ctx.session)
        anchors = {str(place): found for place, found in last_anchors(ctx.session).items()}
    return visit.show(
        "audit/list.html", rows=[told(row) for row in rows], asked=asked, after=after, kinds=tuple(KINDS),
        head={"seq": seq, "hash": value.hex()}, anchors=anchors, places=[str(each) for each in AnchorPlace],
        verdict=verdict, last_records=LAST_RECORDS,
    )  # fmt: skip


@pages.get("/audit.csv", needs=Permission.AUDIT_READ)
def table(visit: Visit) -> Response:
    """Return the newest ten thousand records that the filters leave, as CSV."""
    with visit.view() as ctx:
        wanted = Wanted(limit=_MOST_OF_CSV, filters=_filters(asked_of(visit)))
        rows, _ = page_of(ctx.session, RECORDS, wanted)
    head = ("sequence", "at", "actor", "verb", "subject", "detail", "hash")
    return visit.csv("audit", head, ([str(row[name]) for name in head] for row in rows))


@pages.get("/audit/records/{sequence}", needs=Permission.AUDIT_READ)
def show_record(visit: Visit) -> Response:
    """Show one record with its hash and the one before it."""
    sequence = _number(visit.path["sequence"])
    with visit.view() as ctx:
        row = record_shown(ctx.session, sequence) if sequence else None
        end = audit.head(ctx.session)[0]
    if row is None:
        fact = f"there is no audit record {visit.path['sequence'][:40]}"
        raise NoSuch(fact, "Look for it in the list")
    return visit.show("audit/record.html", row=told(row), end=end)


@pages.get("/audit/export", needs=Permission.AUDIT_READ)
def export(visit: Visit) -> Response:
    """Send the whole chain, one JSON object a line, with everything that its hashes cover."""
    pieces = _whole(visit)
    began = next(pieces, b"")
    headers = {"Content-Disposition": 'attachment; filename="audit.ndjson"'}
    return StreamingResponse(_sent(began, pieces), media_type="application/x-ndjson", headers=headers)


@pages.get("/audit/verifier", needs=Permission.AUDIT_READ)
def verifier(visit: Visit) -> Response:
    """Send the program that follows an exported chain without Ingather: plain Python, one file."""
    _ = visit
    headers = {"Content-Disposition": f'attachment; filename="{_VERIFIER}"'}
    program = (files("ingather.cli") / _VERIFIER).read_text(encoding="utf-8")
    return Response(program, media_type="text/x-python; charset=utf-8", headers=headers)


def told(row: dict[str, Any]) -> dict[str, Any]:
    """Return a record with the address of its subject, and its reason apart from its other particulars."""
    detail = dict(row["detail"])
    reason = detail.pop("reason", None) or detail.pop("because", None) or detail.pop("text", None)
    known = {name: value for name, value in detail.items() if value not in (None, "", [], {})}
    return row | {
        "address": address_of(row["subject"]),
        "reason": reason,
        "particulars": [(name.replace("_", " "), _said(value)) for name, value in known.items()],
        "few": [(name.replace("_", " "), said) for name, value in known.items() if len(said := _said(value)) <= _SHORT][
            :_SHOWN_OF_DETAIL
        ],
    }


def _said(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(str(each) for each in value)
        case str() if _INSTANT.fullmatch(value):
            return f"{datetime.fromisoformat(value).astimezone(NEW_YORK):%Y-%m-%d %H:%M} ET"
        case dict():
            return ", ".join(f"{name} {each}" for name, each in value.items())
        case _:
            return str(value)


def asked_of(visit: Visit) -> dict[str, str]:
    """Return what the list is filtered by, as it was asked, empty where it was not."""
    names = ("kind", "actor", "verb", "subject", "from", "to")
    return {name: visit.asked.get(name, "").strip()[:80] for name in names}


def _filters(asked: dict[str, str]) -> dict[str, Any]:
    actor, verb = asked["actor"] or None, asked["verb"]
    if actor is not None and ":" not in actor:
        actor = f"user:{actor}"
    return {
        "actor": actor,
        "verb": verb.replace(" ", "_").lower() if verb else None,
        "verbs": KINDS.get(asked["kind"]),
        "subject": asked["subject"] or None,
        "since": _midnight(asked["from"]),
        "until": _midnight(asked["to"], later=1),
    }


def _midnight(text: str, *, later: int = 0) -> datetime | None:
    """Return the beginning of a New York day, or of the one after it; raises ``Unreadable`` for what is no day."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
    except (ValueError, OverflowError):
        fact = f"{text[:20]} is no day"
        raise Unreadable(fact, "Write it as 2026-11-25") from None
    return datetime.combine(day, time(), tzinfo=NEW_YORK).astimezone(UTC)


def _number(text: str | None) -> int | None:
    number = number_in(text)
    return number if number is not None and number < _MOST else None


def _whole(visit: Visit) -> Generator[bytes]:
    yield from export_chain(visit.desk)


async def _sent(began: bytes, pieces: Generator[bytes]) -> AsyncIterator[bytes]:
    """Send pieces as they are read, and end the view of the book whatever becomes of the reader."""
    try:
        yield began
        while (piece := await run_in_threadpool(next, pieces, None)) is not None:
            yield piece
    finally:
        pieces.close()


SUBJECTS = (Prefix.ORDER, Prefix.FILE, Prefix.ACCOUNT, Prefix.USER)
"""Of what people most often ask who touched it."""
