"""Rows are claimed before the turn to write, and whoever has the turn gets the row he needs; nobody is taken back."""

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ingather.store import early_claims
from ingather.store.bulk import insert_columns
from ingather.store.early_claims import claim_before_turn, let_pass
from ingather.store.engine import BookFault, aborted, join_writers, joined, open_engine, reading, writing
from ingather.store.rested_on import change_of_terms
from ingather.store.tables import OpenOrder, Order
from tests.books import sqlite_book

_COUNT = 6
_DUE = date(2026, 11, 16)
_SEALED = update(Order).values(state="sealed", collect_on=None, version=Order.version + 1)
_CANCELED = update(Order).values(state="canceled", collect_on=None, version=Order.version + 1)


@pytest.fixture
def engine(postgres_book_url: str) -> Iterator[Engine]:
    """Yield the engine of a book with a few open orders."""
    opened = open_engine(postgres_book_url, connections=4)
    with writing(opened) as session:
        _fill(session)
    yield opened
    opened.dispose()


def _fill(session: Session) -> None:
    insert_columns(
        session,
        Order,
        {"id": range(1, _COUNT + 1), "external_id": [f"PO-{number}" for number in range(_COUNT)]},
        same={
            "originator_id": 1, "merchant_id": 1, "buyer_id": 1, "authorization_id": 1, "instalment": 1, "bucket": 1,
            "rail": "ach_debit", "amount_minor": 1, "currency": "USD", "due_on": _DUE, "collect_on": _DUE,
            "goods": False, "state": "open", "reason": None, "held": False, "presentations": 0,
            "first_settled_on": None, "route_id": None, "last_code": None, "late": False, "version": 1,
            "created_at": datetime(2026, 11, 16, 17, tzinfo=UTC),
        },
    )  # fmt: skip


def _claim(session: Session, claimed: Event | None = None) -> int:
    """Claim what is open, in two parts; returns how many."""
    count = 0
    for part in (Order.id <= _COUNT // 2, Order.id > _COUNT // 2):
        count += session.execute(_SEALED.where(part, Order.state == "open")).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
        let_pass(session)
    if claimed is not None:
        claimed.set()
    return count


def _claiming(engine: Engine, claimed: Event, *, patient: bool = True) -> tuple[bool, list[int]]:
    """Claim in a transaction of its own, early if it can be; returns whether it was, and what each try claimed."""
    counts: list[int] = []
    with writing(engine, late=True) as session:
        early = claim_before_turn(session, lambda: counts.append(_claim(session, claimed)))
        if not early and patient:
            join_writers(session)
            counts.append(_claim(session))
    return early, counts


def _states(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        return {row[0]: row[1] for row in session.execute(select(Order.state, func.count()).group_by(Order.state))}


def _waiting(engine: Engine) -> int:
    with reading(engine) as session:
        return session.execute(select(func.count()).select_from(OpenOrder)).scalar_one()


def test_what_is_claimed_early_has_its_turn_and_is_there_for_all_at_the_end(engine: Engine) -> None:
    with writing(engine, late=True) as session:
        assert not joined(session)
        assert claim_before_turn(session, lambda: None if _claim(session) == _COUNT else pytest.fail("not all"))
        assert joined(session)
        assert session.execute(text("SHOW lock_timeout")).scalar_one() == "30s"
        with Session(engine) as other, pytest.raises(OperationalError):
            other.execute(text("LOCK TABLE audit_turns IN EXCLUSIVE MODE NOWAIT"))
        assert _states(engine) == {"open": _COUNT}
    assert _states(engine) == {"sealed": _COUNT}
    assert _waiting(engine) == 0


def test_whoever_has_the_turn_gets_the_row_that_was_claimed_before_it(engine: Engine) -> None:
    claimed = Event()
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as session:
            claiming = pool.submit(_claiming, engine, claimed)
            assert claimed.wait(10)
            start = time.perf_counter()
            session.execute(_CANCELED.where(Order.id == 1))
            waited = time.perf_counter() - start
            session.execute(_CANCELED.where(Order.id == _COUNT))
        _, counts = claiming.result(20)
    assert waited < 0.9
    assert counts[0] == _COUNT
    assert counts[-1] == _COUNT - 2
    assert _states(engine) == {"canceled": 2, "sealed": _COUNT - 2}
    assert _waiting(engine) == 0


def test_a_row_that_somebody_has_is_not_waited_for(engine: Engine) -> None:
    with ThreadPoolExecutor(1) as pool, writing(engine) as session:
        session.execute(_CANCELED.where(Order.id == _COUNT))
        early, counts = pool.submit(_claiming, engine, Event(), patient=False).result(10)
        assert (early, counts) == (False, [])
        # It has let go of what it had claimed.
        session.execute(text("SELECT id FROM orders FOR UPDATE NOWAIT"))
    assert _states(engine) == {"canceled": 1, "open": _COUNT - 1}


def test_without_letting_pass_somebody_is_taken_back(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_claims, "let_pass", lambda _: None)
    monkeypatch.setattr(early_claims, "_FOR_THE_TURN_MS", (9_000,))
    claimed = Event()

    def deciding(session: Session, claiming: Callable[[], object]) -> None:
        assert claimed.wait(10)
        session.execute(text("SET LOCAL deadlock_timeout = '100ms'"))
        session.execute(_CANCELED.where(Order.id == 1))
        claiming()

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(BookFault) as fault, writing(engine) as session:
            deciding(session, pool.submit(_claiming, engine, claimed).done)
        assert aborted(fault.value)


def test_a_late_transaction_that_has_its_turn_claims_nothing_early(book_url: str) -> None:
    engine = open_engine(book_url)
    with writing(engine) as session:
        assert not claim_before_turn(session, lambda: pytest.fail("the turn was there already"))
    engine.dispose()


@pytest.mark.parametrize("table", ["authorizations", "accounts"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_whoever_changes_terms_by_whatever_statement_raises_their_number(
    engine: Engine, table: str, change: str
) -> None:
    with reading(engine) as before:
        seen = change_of_terms(before)
        with writing(engine) as session:
            session.execute(text(change.format(table)))
            assert change_of_terms(session) == seen + 1
            with reading(engine) as meanwhile:
                assert change_of_terms(meanwhile) == seen
        assert change_of_terms(before) == seen
    with reading(engine) as after:
        assert change_of_terms(after) == seen + 1


def test_on_sqlite_nobody_counts_the_changes_of_terms(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{shutil.copyfile(sqlite_book(), tmp_path / 'book.sqlite')}")
    with reading(engine) as session:
        assert change_of_terms(session) == 0
    engine.dispose()
