"""Orders as people and systems ask for them."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import Scope
from ingather.store.reading.pages import Listing
from ingather.store.tables import Batch, Entry, Fact, File, Merchant, Order, Return


def by_state(session: Session) -> dict[str, int]:
    """Return how many orders are in each state, for the states that have any."""
    rows = session.execute(select(Order.state, func.count()).group_by(Order.state).order_by(Order.state))
    return dict(rows.all())


def listed(session: Session, *, state: str | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    """Return orders, oldest first, with what a list shows of each."""
    statement = select(Order, Merchant.external_id).join(Merchant, Merchant.id == Order.merchant_id).order_by(Order.id)
    if state is not None:
        statement = statement.where(Order.state == state)
    rows = session.execute(statement.limit(limit) if limit else statement)
    return [_as_dict(order, merchant) for order, merchant in rows]


def _as_dict(order: Order, merchant: str) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.ORDER, order.id),
        "external_id": order.external_id,
        "instalment": order.instalment,
        "merchant": merchant,
        "amount_minor": order.amount_minor,
        "currency": order.currency,
        "due_on": order.due_on.isoformat(),
        "state": order.state,
        "reason": order.reason,
        "held": order.held,
        "collect_on": order.collect_on.isoformat() if order.collect_on else None,
        "presentations": order.presentations,
        "last_code": order.last_code,
        "late": order.late,
    }


def shown(session: Session, order_id: int) -> dict[str, Any] | None:
    """Return one order with its entries, returns and facts in the order they came; None when there is none."""
    row = session.execute(
        select(Order, Merchant.external_id)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .where(Order.id == order_id),
    ).one_or_none()
    if row is None:
        return None
    entries = session.execute(
        select(Entry, Batch, File)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .where(Entry.order_id == order_id)
        .order_by(Entry.id),
    ).all()
    facts = session.scalars(
        select(Fact).where(Fact.scope == Scope.ORDER, Fact.subject_id == order_id).order_by(Fact.seq),
    )
    returns = session.scalars(select(Return).where(Return.order_id == order_id).order_by(Return.id))
    return _as_dict(row[0], row[1]) | {
        "authorization": public_id(Prefix.AUTHORIZATION, row[0].authorization_id),
        "entries": [
            {
                "id": public_id(Prefix.ENTRY, entry.id),
                "kind": entry.kind,
                "presentation": entry.presentation,
                "file": file.name,
                "file_state": file.state,
                "line": entry.line,
                "trace": f"{entry.trace:015d}",
                "entry_class": batch.entry_class,
                "description": batch.entry_description,
                "effective_on": batch.effective_on.isoformat(),
                "settled_on": batch.settled_on.isoformat() if batch.settled_on else None,
                "hold_until": batch.hold_until.isoformat() if batch.hold_until else None,
                "ended": entry.ended,
            }
            for entry, batch, file in entries
        ],
        "returns": [
            {
                "id": public_id(Prefix.RETURN, found.id),
                "code": found.code,
                "returned_on": found.returned_on.isoformat() if found.returned_on else None,
                "late": found.late,
                "applied": found.applied,
            }
            for found in returns
        ],
        "facts": [
            {"kind": fact.kind, "on": fact.on_date.isoformat(), "actor": fact.actor, **fact.detail} for fact in facts
        ],
    }


LISTING = Listing(
    statement=lambda: select(Order, Merchant.external_id).join(Merchant, Merchant.id == Order.merchant_id),
    key=Order.id,
    shown=lambda _, rows: [_as_dict(order, merchant) for order, merchant, *_ in rows],
    merchant=lambda merchant_id: Order.merchant_id == merchant_id,
    filters={
        "state": Order.state.in_,
        "external_id": lambda name: Order.external_id == name,
    },
)
"""Orders page by page."""
