"""Returns as they were known at an instant: what had come in until then, and what of it had moved an order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import Unreadable
from ingather.rules.return_codes import return_reason
from ingather.store.reading import returns
from ingather.store.reading.pages import Wanted, page_of
from ingather.store.reading.past.known import facts_known
from ingather.store.reading.past.orders import applied_returns
from ingather.store.tables import Batch, Entry, Merchant, Order, Return

UNTOLD = (
    "timeliness", "next_step", "deadline_on", "differs", "undone_on", "replaced_by", "report", "evidence", "dispute",
    "can_dishonour",
)  # fmt: skip
"""What may be decided or learned about a return later, and is kept only as it is now."""
_LASTING = frozenset({"code", "category", "merchant", "external_id", "order_id", "trace", "returned_on_gte",
                      "returned_on_lte", "effective_on_gte", "effective_on_lte", "amount_minor_gte",
                      "amount_minor_lte"})  # fmt: skip


def page_known(session: Session, at: datetime, wanted: Wanted) -> tuple[list[dict[str, Any]], int | None]:
    """Return a page of the returns that had come in by an instant, and the key after which the next begins.

    Raises ``Unreadable`` for a filter about what may have been decided later.
    """
    for name, value in wanted.filters.items():
        if value is not None and name not in _LASTING:
            fact = f"a list of what was known then is not narrowed by {name}, which the book keeps as it is now"
            raise Unreadable(fact, "Leave it out, or ask for today's list")

    def shown(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
        applied = _applied(session, [row[0] for row in rows], at)
        forgotten = dict.fromkeys(UNTOLD) | {"can_dishonour": [], "known_at": at, "untold": list(UNTOLD)}
        full = returns.LISTING.shown(session, rows)
        return [each | forgotten | {"applied": row[0].id in applied} for each, row in zip(full, rows, strict=True)]

    listing = replace(
        returns.LISTING,
        statement=lambda: returns.LISTING.statement().where(Return.received_at <= at),
        shown=shown,
    )
    return page_of(session, listing, wanted)


def _applied(session: Session, rows: Sequence[Return], at: datetime) -> set[int]:
    """Return the keys of the returns that had moved an order, or ended what is about no order, by an instant."""
    moved = applied_returns(session, sorted({row.order_id for row in rows if row.order_id}), at)
    others = [row for row in rows if row.entry_id and not row.order_id]
    facts = facts_known(session, Scope.ENTRY, [row.entry_id or 0 for row in others], at, kinds=(FactKind.RETURNED,))
    told = {(fact.subject, fact.detail.get("code")) for fact in facts}
    return moved | {row.id for row in others if (row.entry_id, row.code) in told}


def listed(
    session: Session, at: datetime, *, code: str | None = None, applied: bool | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return the returns that had come in by an instant, the newest first.

    What was decided about them later, and their disputes, are not told.
    """
    statement = (
        select(Return, Order.external_id, Merchant.external_id.label("merchant"), Batch.entry_class, Batch.effective_on)
        .outerjoin(Order, Order.id == Return.order_id)
        .outerjoin(Merchant, Merchant.id == Order.merchant_id)
        .outerjoin(Entry, Entry.id == Return.entry_id)
        .outerjoin(Batch, Batch.id == Entry.batch_id)
        .where(Return.received_at <= at)
        .order_by(Return.id.desc())
    )
    if code is not None:
        statement = statement.where(Return.code == code)
    if limit is not None and applied is None:
        statement = statement.limit(limit)
    rows = session.execute(statement).all()
    moved = _applied(session, [row[0] for row in rows], at)
    found = []
    for row, external_id, merchant, entry_class, effective_on in rows:
        reason = return_reason(row.code, on=row.returned_on or row.received_at.astimezone(NEW_YORK).date())
        found.append(
            {
                "id": public_id(Prefix.RETURN, row.id),
                "order": public_id(Prefix.ORDER, row.order_id) if row.order_id else None,
                "external_id": external_id,
                "merchant": merchant,
                "code": row.code,
                "meaning": reason.meaning if reason else None,
                "entry_class": entry_class,
                "amount_minor": row.amount_cents,
                "returned_on": _text(row.returned_on),
                "effective_on": _text(effective_on),
                "late": row.late,
                "applied": row.id in moved,
                "received_at": row.received_at,
                "known_at": at,
            }
        )
    return [row for row in found if applied is None or row["applied"] is applied][:limit]


def _text(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
