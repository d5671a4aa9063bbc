"""The queue of open orders: whoever writes orders, by whatever statement, keeps it; and an invariant sees when not."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import ColumnElement, Engine, delete, func, select, text, update
from sqlalchemy.orm import Session

from ingather.store.bulk import insert_columns
from ingather.store.engine import open_engine, reading, writing
from ingather.store.open_orders import among_open
from ingather.store.reading.queue_invariants import QUEUE_INVARIANTS
from ingather.store.tables import OpenOrder, Order

_COUNT = 6
_DUE, _LATER = date(2026, 11, 16), date(2026, 11, 20)
(_BREACHES,) = QUEUE_INVARIANTS.values()


@pytest.fixture
def engine(book_url: str) -> Iterator[Engine]:
    """Yield the engine of a book with open orders of which half are due later."""
    yield from _filled(book_url)


@pytest.fixture
def postgres(postgres_book_url: str) -> Iterator[Engine]:
    """Yield the same on PostgreSQL, where the queue is a table of its own."""
    yield from _filled(postgres_book_url)


def _filled(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    with writing(opened) as session:
        insert_columns(
            session,
            Order,
            {
                "id": range(1, _COUNT + 1), "external_id": [f"PO-{number}" for number in range(_COUNT)],
                "collect_on": [_DUE, _LATER] * (_COUNT // 2), "bucket": range(_COUNT),
            },
            same={
                "originator_id": 1, "merchant_id": 1, "buyer_id": 1, "authorization_id": 1, "instalment": 1,
                "rail": "ach_debit", "amount_minor": 1, "currency": "USD", "due_on": _DUE, "goods": False,
                "state": "open", "reason": None, "held": False, "presentations": 0, "first_settled_on": None,
                "route_id": None, "last_code": None, "late": False, "version": 1,
                "created_at": datetime(2026, 11, 16, 17, tzinfo=UTC),
            },
        )  # fmt: skip
    yield opened
    opened.dispose()


def _waiting(session: Session, *, until: date | None = None, returned: bool = False) -> list[int]:
    found = among_open(session, 1, until=until, returned=returned)
    # On SQLite the condition says nothing, and the caller's own does.
    own: list[ColumnElement[bool]] = [Order.state.in_(["open", "returned"])]
    own += [Order.collect_on <= until] if until else []
    own += [Order.state == "returned"] if returned else []
    return list(session.scalars(select(Order.id).where(found, *own).order_by(Order.id)))


def test_the_queue_follows_the_orders_through_their_states(engine: Engine) -> None:
    with reading(engine) as session:
        assert _waiting(session) == [1, 2, 3, 4, 5, 6]
        assert _waiting(session, until=_DUE) == [1, 3, 5]
    with writing(engine) as session:
        session.execute(update(Order).where(Order.id.in_([1, 2, 3])).values(state="sealed", collect_on=None))
        session.execute(update(Order).where(Order.id == 4).values(reason="held-by-a-person"))
        session.execute(update(Order).where(Order.id == 5).values(state="returned", collect_on=None))
        session.execute(delete(Order).where(Order.id == 6))
    with reading(engine) as session:
        assert (_waiting(session), _waiting(session, until=_LATER), _waiting(session, returned=True)) == (
            [4, 5],
            [4],
            [5],
        )
        assert _BREACHES(session) == 0
    with writing(engine) as session:
        session.execute(update(Order).where(Order.id == 1).values(state="open", collect_on=_LATER))
        session.execute(update(Order).where(Order.id == 5).values(collect_on=_DUE))
    with reading(engine) as session:
        assert (_waiting(session, until=_LATER), _waiting(session, until=_DUE)) == ([1, 4, 5], [5])
        assert _BREACHES(session) == 0
        assert session.scalar(select(func.count()).select_from(OpenOrder)) in {0, 3}


@pytest.mark.parametrize(
    "planted",
    [
        "DELETE FROM open_orders WHERE order_id = 1",
        "UPDATE open_orders SET collect_on = NULL WHERE order_id = 2",
        "UPDATE open_orders SET bucket = 9 WHERE order_id = 2",
        "UPDATE open_orders SET returned = true WHERE order_id = 2",
        "INSERT INTO open_orders VALUES (77, 1, 0, NULL, false)",
    ],
)
def test_a_queue_that_differs_from_the_orders_is_seen(postgres: Engine, planted: str) -> None:
    with postgres.begin() as connection:
        connection.execute(text(planted))
    with reading(postgres) as session:
        assert _BREACHES(session) == 1
