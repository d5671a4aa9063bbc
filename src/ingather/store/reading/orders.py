"""Orders as people and systems ask for them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Result, Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.facts import Scope
from ingather.store.reading.names import key_among
from ingather.store.reading.pages import Listing
from ingather.store.tables import (
    Account,
    Authorization,
    Batch,
    Buyer,
    Entry,
    Fact,
    File,
    Label,
    Merchant,
    Order,
    Return,
)


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


_COLUMNS = (
    Order.id, Order.external_id, Order.instalment, Order.amount_minor, Order.currency, Order.due_on, Order.state,
    Order.reason, Order.held, Order.suspected, Order.collect_on, Order.presentations, Order.last_code, Order.late,
    Order.goods, Order.same_day, Order.refunded_minor, Order.created_at, Order.merchant_id, Order.buyer_id,
    Order.authorization_id, Merchant.external_id.label("merchant"), Buyer.external_id.label("buyer"),
    Authorization.external_id.label("authorization"), Label.content.label("metadata"),
)  # fmt: skip
_SAME = ("external_id", "instalment", "amount_minor", "currency", "due_on", "state", "reason", "held", "suspected",
         "collect_on", "presentations", "last_code", "late", "goods", "same_day", "refunded_minor", "created_at",
         "merchant", "buyer", "authorization")  # fmt: skip


def _full() -> Select[*tuple[Any, ...]]:
    """Return the statement of orders with the names of what they are about, and the callers' own labels."""
    return (
        select(*_COLUMNS)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .join(Buyer, Buyer.id == Order.buyer_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .outerjoin(Label, Label.subject_id == Order.id)
    )


_FULL = _full()
_ONE = _FULL.where(Order.id == bindparam("order_id"))


def _in_full(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SAME} | {
        "id": public_id(Prefix.ORDER, row.id),
        "merchant_id": public_id(Prefix.MERCHANT, row.merchant_id),
        "buyer_id": public_id(Prefix.BUYER, row.buyer_id),
        "authorization_id": public_id(Prefix.AUTHORIZATION, row.authorization_id),
        "metadata": row.metadata or {},
    }


def in_full(session: Session, order_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return orders by their keys, with the names of what they are about and their labels: one statement for all."""
    if not order_ids:
        return {}
    rows = session.execute(_FULL.where(Order.id.in_(order_ids))) if order_ids[1:] else _one(session, order_ids[0])
    return {row.id: _in_full(row) for row in rows}


def _one(session: Session, order_id: int) -> Result[*tuple[Any, ...]]:
    """Read one order by a statement that is made once: looking an order up is what callers do most."""
    return session.execute(_ONE, {"order_id": order_id})


def entries_of(session: Session, order_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the entries of orders, in the order they were made."""
    rows = session.execute(
        select(Entry, Batch, File)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .where(Entry.order_id.in_(order_ids))
        .order_by(Entry.id),
    )
    found: dict[int, list[dict[str, Any]]] = {key: [] for key in order_ids}
    for entry, batch, file in rows:
        found[entry.order_id or 0].append(
            {
                "id": public_id(Prefix.ENTRY, entry.id),
                "kind": entry.kind,
                "presentation": entry.presentation,
                "file_id": public_id(Prefix.FILE, file.id),
                "file": file.name,
                "file_state": file.state,
                "line": entry.line,
                "trace": f"{entry.trace:015d}",
                "reference": encode_key(entry.order_id or 0),
                "amount_minor": entry.amount_cents,
                "entry_class": batch.entry_class,
                "description": batch.entry_description,
                "effective_on": batch.effective_on,
                "settled_on": batch.settled_on,
                "hold_until": batch.hold_until,
                "ended": entry.ended,
            }
        )
    return found


def returns_of(session: Session, order_ids: Sequence[int]) -> dict[int, list[Return]]:
    """Return the returns of orders, in the order they came."""
    found: dict[int, list[Return]] = {key: [] for key in order_ids}
    for row in session.scalars(select(Return).where(Return.order_id.in_(order_ids)).order_by(Return.id)):
        found[row.order_id or 0].append(row)
    return found


def _of_account(last4: str) -> ColumnElement[bool]:
    accounts = select(Account.id).where(Account.last4 == last4)
    return Order.authorization_id.in_(select(Authorization.id).where(Authorization.account_id.in_(accounts)))


def _in_batch(name: str) -> ColumnElement[bool]:
    # Entries are found by their file: the batch alone would look at all of them.
    key = key_among(Prefix.BATCH, name)
    file_id = select(Batch.file_id).where(Batch.id == key).scalar_subquery()
    return Order.id.in_(select(Entry.order_id).where(Entry.file_id == file_id, Entry.batch_id == key))


def _in_file(name: str) -> ColumnElement[bool]:
    return Order.id.in_(select(Entry.order_id).where(Entry.file_id == key_among(Prefix.FILE, name)))


LISTING = Listing(
    statement=lambda: _FULL,
    key=Order.id,
    shown=lambda _, rows: [_in_full(row) for row in rows],
    merchant=lambda merchant_id: Order.merchant_id == merchant_id,
    filters={
        "state": Order.state.in_,
        "external_id": lambda name: Order.external_id == name,
        "merchant": lambda name: or_(Merchant.external_id == name, Merchant.id == key_among(Prefix.MERCHANT, name)),
        "buyer": lambda name: or_(Buyer.external_id == name, Buyer.id == key_among(Prefix.BUYER, name)),
        "authorization": lambda name: or_(
            Authorization.external_id == name, Authorization.id == key_among(Prefix.AUTHORIZATION, name)
        ),
        "due_from": lambda day: Order.due_on >= day,
        "due_to": lambda day: Order.due_on <= day,
        "created_from": lambda at: Order.created_at >= at,
        "created_to": lambda at: Order.created_at <= at,
        "amount_from": lambda minor: Order.amount_minor >= minor,
        "amount_to": lambda minor: Order.amount_minor <= minor,
        "last_code": Order.last_code.in_,
        "held": Order.held.is_,
        "suspected": Order.suspected.is_,
        "last4": _of_account,
        "batch": _in_batch,
        "file": _in_file,
        "trace": lambda trace: Order.id.in_(select(Entry.order_id).where(Entry.trace == int(trace))),
    },
)
"""Orders page by page."""
