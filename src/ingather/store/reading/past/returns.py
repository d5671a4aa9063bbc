"""Returns as they were known at an instant: what had come in until then, and what of it had moved an order."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.rules.return_codes import return_reason
from ingather.store.reading.past.known import facts_known
from ingather.store.reading.past.orders import applied_returns
from ingather.store.tables import Batch, Entry, Merchant, Order, Return


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
    moved = applied_returns(session, sorted({row[0].order_id for row in rows if row[0].order_id}), at)
    others = [row[0].entry_id for row in rows if row[0].entry_id and not row[0].order_id]
    told = {(fact.subject, fact.detail.get("code")) for fact in facts_known(
        session, Scope.ENTRY, others, at, kinds=(FactKind.RETURNED,)
    )}  # fmt: skip
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
                "returned_on": row.returned_on.isoformat() if row.returned_on else None,
                "effective_on": effective_on.isoformat() if effective_on else None,
                "late": row.late,
                "applied": row.id in moved if row.order_id else (row.entry_id, row.code) in told,
                "received_at": row.received_at,
                "known_at": at,
            }
        )
    return [row for row in found if applied is None or row["applied"] is applied][:limit]
