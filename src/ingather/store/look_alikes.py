"""Orders that look like another one recorded before: same buyer, merchant and amount, due within days of each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from ingather.domain.orders import OrderState
from ingather.store.bulk import read_columns
from ingather.store.engine import is_postgresql
from ingather.store.tables import Order

_OVER = (OrderState.CANCELED, OrderState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Orders and, beside each, the first one recorded before it that it looks like: ids and names as columns."""

    order_id: Sequence[int]
    external_id: Sequence[str]
    earlier_id: Sequence[int]
    earlier_external_id: Sequence[str]

    def __len__(self) -> int:
        """Return how many orders look like another."""
        return len(self.order_id)


def read_alike(session: Session, originator_id: int, *, first: int, last: int, days: int) -> Alike:
    """Return which orders with keys from ``first`` to ``last`` look like one recorded earlier.

    Instalments of one order are not alike, nor is what was canceled or has failed. The earlier ones are found by the
    index on buyer and amount, for all orders in one statement.
    """
    statement = _pairs(postgresql=is_postgresql(session))
    asked = {"first": first, "last": last, "originator_id": originator_id, "days": days}
    columns = read_columns(session, statement.params(**asked))
    return Alike(
        order_id=columns[0], external_id=columns[1], earlier_id=columns[2], earlier_external_id=columns[3],
    )  # fmt: skip


@cache
def _pairs(*, postgresql: bool) -> Select[*tuple[Any, ...]]:
    """Return the statement, made once: a call that records one order would spend most of its time on making it."""
    new, earlier, other = aliased(Order), aliased(Order), aliased(Order)
    pairs = (
        select(new.id.label("order_id"), func.min(earlier.id).label("earlier_id"))
        .join(
            earlier,
            (earlier.buyer_id == new.buyer_id)
            & (earlier.amount_minor == new.amount_minor)
            & (earlier.merchant_id == new.merchant_id)
            & (earlier.external_id != new.external_id)
            & (earlier.id < new.id),
        )
        .where(
            new.id.between(bindparam("first"), bindparam("last")),
            new.originator_id == bindparam("originator_id"),
            earlier.state.not_in(_OVER),
            func.abs(_days_between(new, earlier, postgresql=postgresql)) <= bindparam("days"),
        )
        .group_by(new.id)
        .subquery()
    )
    return (
        select(pairs.c.order_id, new.external_id, pairs.c.earlier_id, other.external_id)
        .join(new, new.id == pairs.c.order_id)
        .join(other, other.id == pairs.c.earlier_id)
        .order_by(pairs.c.order_id)
    )


def _days_between(one: type[Order], other: type[Order], *, postgresql: bool) -> ColumnElement[int]:
    """Return the days between two due dates; SQLite keeps dates as text."""
    if postgresql:
        return type_coerce(one.due_on.expression, Integer) - type_coerce(other.due_on.expression, Integer)
    return func.julianday(one.due_on) - func.julianday(other.due_on)
