"""A book is opened with the settings under which a commit is durable, and its writers take turns."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ingather.domain.refusals import BookMissing, BrokenInvariant
from ingather.store.engine import UNSAFE, open_engine, reading, writing
from ingather.store.engine import book_url as url_of
from ingather.store.migrate import upgrade
from ingather.store.tables import Book

_NOON = datetime(2026, 11, 16, 17, tzinfo=UTC)


def test_a_sqlite_book_keeps_what_it_committed(tmp_path: Path) -> None:
    engine = open_engine(url_of(str(tmp_path / "book.sqlite")), must_exist=False)
    upgrade(engine)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    with engine.connect() as connection:
        for name, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() == value, name


def test_a_postgresql_that_answers_before_the_disk_is_refused(postgres_url: str) -> None:
    with open_engine(postgres_url).connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "30s"
        assert connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "15min"
        name = connection.execute(text("SELECT current_database()")).scalar_one()
    elsewhere = open_engine(postgres_url.replace(name, "postgres"))
    for weaker in ("off", "local", "remote_write"):
        with elsewhere.begin() as connection:
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = {weaker}')
        with pytest.raises(BrokenInvariant, match=f"synchronous_commit is {weaker}"):
            open_engine(postgres_url).connect()
    elsewhere.dispose()


def test_a_postgresql_that_forgets_when_the_power_fails_holds_test_books_only(
    postgres_book_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(UNSAFE)
    with pytest.raises(BrokenInvariant, match="fsync and full_page_writes off"):
        open_engine(postgres_book_url).connect()
    monkeypatch.setenv(UNSAFE, "test")
    for mark in ("test", "live"):
        with writing(open_engine(postgres_book_url)) as session:
            session.execute(delete(Book))
            session.add(Book(id=1, mark=mark, instance="x", state="ready", created_at=_NOON))
    with pytest.raises(BrokenInvariant, match="only such"):
        open_engine(postgres_book_url).connect()


def test_a_book_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(BookMissing):
        open_engine(url_of(str(tmp_path / "none.sqlite")))
    assert not list(tmp_path.iterdir())


def test_what_raises_in_a_transaction_leaves_nothing(book_url: str) -> None:
    engine = open_engine(book_url, must_exist=False)
    upgrade(engine)

    def fail_halfway() -> None:
        with writing(engine) as session:
            session.execute(text("INSERT INTO number_allocations (series, next_number) VALUES ('x', 1)"))
            session.execute(text("INSERT INTO number_allocations (series, next_number) VALUES ('x', 2)"))

    with pytest.raises(IntegrityError):
        fail_halfway()
    with reading(engine) as session:
        assert session.execute(text("SELECT count(*) FROM number_allocations")).scalar_one() == 0


def test_a_reader_sees_one_state_however_long_it_reads_and_never_waits(book_url: str) -> None:
    engine = open_engine(book_url, must_exist=False)
    upgrade(engine)
    count = text("SELECT count(*) FROM number_allocations")
    with reading(engine) as reader:
        assert reader.execute(count).scalar_one() == 0
        with writing(engine) as session:
            session.execute(text("INSERT INTO number_allocations (series, next_number) VALUES ('x', 1)"))
        assert reader.execute(count).scalar_one() == 0


def test_a_reader_cannot_write_to_postgresql(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    upgrade(engine)
    with pytest.raises(DBAPIError, match="read-only transaction"), reading(engine) as session:
        session.execute(text("INSERT INTO number_allocations (series, next_number) VALUES ('x', 1)"))


def test_writers_take_turns_from_their_first_statement_on(book_url: str) -> None:
    engine = open_engine(book_url, must_exist=False)
    upgrade(engine)
    begun, order = threading.Event(), []

    @event.listens_for(engine, "begin")
    def _noted(_: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            begun.set()

    def second() -> None:
        with writing(engine) as session:
            seen = session.execute(text("SELECT count(*) FROM number_allocations")).scalar_one()
            order.append(f"second sees {seen}")

    with writing(engine) as session:
        session.execute(text("SELECT 1"))
        other = threading.Thread(target=second)
        other.start()
        # On SQLite the second waits in its BEGIN already, on PostgreSQL in its first statement.
        begun.wait(0.2)
        other.join(0.2)
        session.execute(text("INSERT INTO number_allocations (series, next_number) VALUES ('x', 1)"))
        order.append("first")
    other.join(10)
    assert order == ["first", "second sees 1"]
