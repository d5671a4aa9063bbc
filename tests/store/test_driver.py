"""COPY, packed pages and the trail are read past SQLAlchemy: what is raised there is a fault of the book."""

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from ingather.cli.faults import sentence_of_book
from ingather.store import audit
from ingather.store.bulk import insert_columns
from ingather.store.due_columns import ALL_BUCKETS, read_due_columns
from ingather.store.engine import BookFault, aborted, open_engine, too_long_held
from ingather.store.tables import FileChunk


@pytest.fixture
def engine(postgres_book_url: str) -> Iterator[Engine]:
    """Yield the engine of a migrated, empty book on PostgreSQL."""
    opened = open_engine(postgres_book_url)
    yield opened
    opened.dispose()


def _copies(session: Session) -> None:
    insert_columns(session, FileChunk, {"part": [1], "content": [b"SECRET"]}, same={"file_id": 1})


def _reads_a_page(session: Session) -> None:
    read_due_columns(
        session, originator_id=1, through=date(2026, 11, 16), after=0, limit=10, buckets=ALL_BUCKETS
    )  # fmt: skip


def _reads_the_trail(session: Session) -> None:
    list(audit.rows(session))


_PAST = [(_copies, "file_chunks"), (_reads_a_page, "orders"), (_reads_the_trail, "audit")]
_WAITS = (
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
)
_NAMES = ["copy", "page", "trail"]


@pytest.mark.parametrize(("do", "table"), _PAST, ids=_NAMES)
def test_a_lock_that_is_waited_for_in_vain_is_a_fault_of_the_book(engine: Engine, do: Any, table: str) -> None:  # noqa: ANN401 -- one of the three
    with engine.connect() as other:
        other.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        with Session(engine) as session:
            session.execute(text("SET LOCAL lock_timeout = '20ms'"))
            with pytest.raises(BookFault) as raised:
                do(session)
    assert too_long_held(raised.value)
    assert not aborted(raised.value)
    assert "SECRET" not in str(raised.value)
    assert "SELECT" not in str(raised.value)


@pytest.mark.parametrize(("do", "table"), _PAST, ids=_NAMES)
def test_a_server_that_goes_away_is_a_fault_of_the_book_and_nothing_of_that_connection_is_used_again(
    engine: Engine,
    do: Any,  # noqa: ANN401 -- one of the three
    table: str,
) -> None:
    with Session(engine) as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with engine.connect() as other:
            other.execute(select(text(f"pg_terminate_backend({pid}, 5000)")))
        with pytest.raises(BookFault) as raised:
            do(session)
        session.rollback()
        assert raised.value.connection_invalidated
        assert sentence_of_book(raised.value).startswith("The book's server went away")
        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0  # noqa: S608 -- one of ours


def test_a_deadlock_that_copy_meets_is_known_as_one(engine: Engine) -> None:
    with Session(engine) as one, Session(engine) as two:
        # Who looks for a deadlock first is who gives way.
        one.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
        one.execute(text("SELECT pg_advisory_xact_lock(1)"))
        two.execute(text("LOCK TABLE file_chunks IN EXCLUSIVE MODE"))
        waits = threading.Thread(target=two.execute, args=(text("SELECT pg_advisory_xact_lock(1)"),))
        waits.start()
        while not one.execute(text(_WAITS)).scalar_one():
            pass
        with pytest.raises(BookFault) as raised:
            _copies(one)
        one.rollback()
        waits.join()
    assert aborted(raised.value)
