"""Processes that extend the audit chain at once: it has neither forks nor holes, and nobody is aborted.

The writers do not take the store's own lock: that the chain is one rests on the turn that extending it takes.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from ingather.store import audit, turns
from ingather.store.engine import open_engine, ping, reading
from tests.crash.killing import Plant, ended
from tests.race.together import together

pytestmark = pytest.mark.xdist_group("races")
_WRITERS = 8
_RECORDS = int(os.environ.get("INGATHER_TEST_AUDIT_RECORDS", "25"))
_AT = datetime(2026, 11, 16, 17, tzinfo=UTC)


def _writer(url: str, number: int, isolation: str) -> Callable[[Callable[[], None]], int]:
    """Return a job that extends the chain, a transaction a record; it looks something up before it does."""

    def job(wait: Callable[[], None]) -> int:
        engine = open_engine(url)
        ping(engine)
        wait()
        for count in range(_RECORDS):
            with engine.connect() as opened:
                _extend(opened.execution_options(isolation_level=isolation), number, count)
        engine.dispose()
        return _RECORDS

    return job


def _extend(connection: Connection, number: int, count: int) -> None:
    with Session(connection) as session, session.begin():
        # Where the snapshot stays as it is, the turn comes before it; elsewhere the record takes it.
        if connection.get_isolation_level() == "SERIALIZABLE":
            turns.take_turn(session)
        audit.head(session)
        audit.append(session, at=_AT, actor=f"user:u{number}", verb="count", subject="book", detail={"count": count})


def _all_at_once(url: str, isolation: str, plant: Plant | None = None) -> list[Any]:
    return together([_writer(url, number, isolation) for number in range(_WRITERS)], plant=plant)


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "SERIALIZABLE"])
def test_eight_processes_extend_one_chain_and_nobody_is_aborted(postgres_book_url: str, isolation: str) -> None:
    engine = open_engine(postgres_book_url)
    assert sum(ended(ran) for ran in _all_at_once(postgres_book_url, isolation)) == _WRITERS * _RECORDS
    with reading(engine) as session:
        assert audit.head(session)[0] == _WRITERS * _RECORDS
        assert audit.first_fault(session) is None
    engine.dispose()


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "SERIALIZABLE"])
def test_without_turns_writers_are_aborted_and_still_the_chain_does_not_fork(
    postgres_book_url: str, isolation: str
) -> None:
    def forget(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(turns, "TAKE_TURN", "SELECT 1")

    engine = open_engine(postgres_book_url)
    errors = [ran.error for ran in _all_at_once(postgres_book_url, isolation, plant=forget)]
    assert any("does not follow" in each or "unique" in each or "serialize" in each for each in errors), errors
    with reading(engine) as session:
        assert audit.first_fault(session) is None
    engine.dispose()
