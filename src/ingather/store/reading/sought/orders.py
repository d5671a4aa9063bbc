"""Orders by what a person knows of them, the newest first, looked for a bounded stretch at a time.

Orders have no index by state, day or amount, since a night would have to write it for each of a million debits. So one
question looks at no more than ``LOOKS_AT`` orders and says where it ended; the next goes on there. What has an index of
its own, a buyer or the few that came back, is looked for in the whole book.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.orders import OrderState
from ingather.store.engine import is_postgresql
from ingather.store.tables import (
    Account,
    Authorization,
    Buyer,
    Entry,
    File,
    Merchant,
    OpenOrder,
    Order,
    Return,
    Settlement,
    SettlementLine,
)

LOOKS_AT = 50_000
"""How many orders one question looks at."""
_CAME_BACK = "returned-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which orders; nothing that is None narrows. Keys are of the book, days are due dates, amounts minor units.

    ``reason`` is why they are not debited, or how they ended; ``code`` that of the last return; ``file_id`` and
    ``authorization_id`` those they are in or under.
    """

    state: OrderState | None = None
    reason: str | None = None
    code: str | None = None
    merchant_id: int | None = None
    buyer_id: int | None = None
    authorization_id: int | None = None
    file_id: int | None = None
    due_from: date | None = None
    due_to: date | None = None
    amount_from: int | None = None
    amount_to: int | None = None
    held: bool = False
    suspected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of orders as rows, and the key after which the next question looks on, None at the book's beginning.

    ``looked_to`` is when the order was recorded at which the question ended before its page was full.
    """

    rows: Sequence[dict[str, Any]]
    following: int | None
    looked_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where orders are looked for: in the queue or in all, what narrows it, and whether that are few in any book."""

    queued: bool = False
    where: tuple[ColumnElement[bool], ...] = ()
    few: bool = False


def orders_wanted(session: Session, wanted: Wanted, *, after: int | None, limit: int) -> Found:
    """Return a page of orders, the newest first, and where the next begins."""
    source = _source(session, wanted)
    key = OpenOrder.order_id if source.queued else Order.id
    statement = select(Order.id).where(*_conditions(wanted), *source.where)
    if source.queued:
        statement = statement.join(OpenOrder, OpenOrder.order_id == Order.id)
    end = None if source.few else _end(session, key, after)
    if after is not None:
        statement = statement.where(key < after)
    if end is not None:
        statement = statement.where(key >= end)
    found = session.scalars(statement.order_by(key.desc()).limit(limit + 1)).all()
    rows = rows_of(session, found[:limit])
    if len(found) > limit:
        return Found(rows=rows, following=found[limit - 1])
    if end is None or session.scalar(select(key).where(key < end).limit(1)) is None:
        return Found(rows=rows, following=None)
    looked_to = session.scalar(select(Order.created_at).where(Order.id == end))
    return Found(rows=rows, following=end, looked_to=looked_to)


def _source(session: Session, wanted: Wanted) -> _Source:
    code = wanted.code or (wanted.reason or "").removeprefix(_CAME_BACK)
    queued = is_postgresql(session)
    if wanted.authorization_id is not None:
        buyer = select(Authorization.buyer_id).where(Authorization.id == wanted.authorization_id).scalar_subquery()
        found = _Source(where=(Order.buyer_id == buyer,), few=True)
    elif wanted.buyer_id is not None:
        found = _Source(few=True)
    elif wanted.file_id is not None:
        found = _Source(where=(Order.id.in_(_of_file(wanted.file_id)),))
    elif wanted.code or (wanted.reason or "").startswith(_CAME_BACK):
        found = _Source(where=(Order.id.in_(select(Return.order_id).where(Return.code == code)),), few=True)
    elif wanted.state is OrderState.RETURNED:
        found = _Source(queued=queued, where=(and_(OpenOrder.returned),) if queued else (), few=True)
    elif wanted.state is OrderState.OPEN and queued:
        found = _Source(queued=True, where=(~OpenOrder.returned,))
    else:
        found = _Source()
    return found


def _of_file(file_id: int) -> Select[Any]:
    first, last = (
        select(column).where(File.id == file_id).scalar_subquery()
        for column in (File.first_entry_id, File.last_entry_id)
    )
    return select(Entry.order_id).where(Entry.id.between(first, last), (Entry.file_id + 0) == file_id)


def _end(session: Session, key: InstrumentedAttribute[int], after: int | None) -> int | None:
    """Return the key at which a question ends that begins before another, None where the book ends first."""
    statement = select(key)
    if after is not None:
        statement = statement.where(key < after)
    return session.scalar(statement.order_by(key.desc()).offset(LOOKS_AT - 1).limit(1))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked: list[tuple[Any, ColumnElement[bool]]] = [
        (wanted.state, Order.state == wanted.state),
        (wanted.reason, Order.reason == wanted.reason),
        (wanted.code, Order.last_code == wanted.code),
        (wanted.merchant_id, Order.merchant_id == wanted.merchant_id),
        (wanted.buyer_id, Order.buyer_id == wanted.buyer_id),
        (wanted.authorization_id, Order.authorization_id == wanted.authorization_id),
    ]
    found = [condition for value, condition in asked if value is not None]
    if wanted.due_from is not None:
        found.append(Order.due_on >= wanted.due_from)
    if wanted.due_to is not None:
        found.append(Order.due_on <= wanted.due_to)
    if wanted.amount_from is not None:
        found.append(Order.amount_minor >= wanted.amount_from)
    if wanted.amount_to is not None:
        found.append(Order.amount_minor <= wanted.amount_to)
    if wanted.held:
        found.append(Order.held.is_(True))
    if wanted.suspected:
        found.append(Order.suspected.is_(True))
    return found


def rows_of(session: Session, order_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return orders with the names of who is paid and who owes and the account's last four, in the order asked for."""
    if not order_ids:
        return []
    statement = (
        select(Order, Merchant.external_id, Merchant.name, Buyer.external_id, Buyer.name, Account.last4)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .join(Buyer, Buyer.id == Order.buyer_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(Order.id.in_(order_ids))
    )
    found = {
        order.id: {
            "key": order.id,
            "id": public_id(Prefix.ORDER, order.id),
            "external_id": order.external_id,
            "instalment": order.instalment,
            "merchant": merchant,
            "merchant_name": merchant_name,
            "buyer": buyer,
            "buyer_name": buyer_name,
            "last4": last4,
            "amount_minor": order.amount_minor,
            "due_on": order.due_on,
            "collect_on": order.collect_on,
            "state": order.state,
            "reason": order.reason,
            "held": order.held,
            "suspected": order.suspected,
            "last_code": order.last_code,
            "late": order.late,
            "presentations": order.presentations,
            "created_at": order.created_at,
        }
        for order, merchant, merchant_name, buyer, buyer_name, last4 in session.execute(statement)
    }
    return [found[key] for key in order_ids if key in found]


def statement_lines(session: Session, entry_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the lines of merchants' statements that are about these entries, in the order of the statements."""
    if not entry_ids:
        return []
    rows = session.execute(
        select(SettlementLine, Settlement.as_of)
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .where(SettlementLine.entry_id.in_(entry_ids))
        .order_by(Settlement.as_of, SettlementLine.id)
    )
    return [
        {
            "settlement": public_id(Prefix.SETTLEMENT, line.settlement_id),
            "as_of": as_of,
            "kind": line.kind,
            "amount_minor": line.amount_minor,
            "code": line.code,
        }
        for line, as_of in rows
    ]


def file_name(session: Session, file_id: int) -> str | None:
    """Return the name of a file, None where there is none."""
    return session.scalar(select(File.name).where(File.id == file_id))


def merchants(session: Session) -> list[tuple[int, str, str]]:
    """Return the merchants by name: key, own name, name; the first 500."""
    chosen = select(Merchant.id, Merchant.external_id, Merchant.name).order_by(Merchant.name, Merchant.id).limit(500)
    return [(row[0], row[1], row[2]) for row in session.execute(chosen)]
