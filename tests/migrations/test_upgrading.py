"""Bringing a book up is all or nothing, waits for nobody for long, and says what it does."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, text

from ingather.domain.refusals import BookHeld, BrokenInvariant, WrongState
from ingather.jobs.founding import upgrade_book
from ingather.store import migrate
from ingather.store.engine import open_engine, writing
from ingather.store.locks import night_lock
from ingather.store.migrate import HEAD, check_current, steps_ahead, upgrade
from tests.migrations.test_releases import RELEASES, _load, _rows
from tests.unit.cli.shell import call

_OLD, _NEW = RELEASES[0], RELEASES[-1]
_TODAY = date(2026, 11, 26)


@pytest.fixture
def older(empty_url: str, tmp_path: Path) -> Iterator[Engine]:
    """Yield the engine of a filled book of an older release."""
    _load(empty_url, _OLD, tmp_path)
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def test_the_steps_are_told_before_and_after(older: Engine) -> None:
    ahead = steps_ahead(older)
    assert [step.revision for step in ahead] == [f"{number:04d}" for number in range(int(_OLD) + 1, int(HEAD) + 1)]
    assert upgrade_book(older, today=_TODAY) == ahead
    assert steps_ahead(older) == upgrade(older) == []


def test_an_upgrade_killed_at_any_step_leaves_the_old_book_and_runs_again(older: Engine) -> None:
    before = _rows(older)
    older.dispose()
    reached = 0
    for revision in ("0008", HEAD):
        child = os.fork()
        if not child:
            _die_after(older, revision)
            upgrade(older)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        reached += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        assert _rows(older) == before
        assert steps_ahead(older)
        older.dispose()
    assert reached == 2
    upgrade(older)
    check_current(older)


def _die_after(engine: Engine, revision: str) -> None:
    """Kill this process as soon as a revision is written down, before anything is committed."""

    @event.listens_for(engine, "after_cursor_execute")
    def _look(_: Connection, __: object, statement: str, *___: object) -> None:
        if statement.startswith("UPDATE alembic_version") and f"version_num='{revision}'" in statement:
            os.kill(os.getpid(), signal.SIGKILL)


def test_whoever_holds_the_book_is_not_waited_for_long(older: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "_PATIENCE_MS", 200)
    before = _rows(older)
    with ExitStack() as held:
        holder = held.enter_context(older.connect())
        holder.execute(text("SELECT count(*) FROM orders"))
        with pytest.raises(BookHeld, match="somebody holds the book"):
            upgrade(older)
        holder.rollback()
    assert _rows(older) == before
    assert upgrade(older)


def test_a_book_is_not_brought_up_under_a_night(older: Engine) -> None:
    with night_lock(older), pytest.raises(BookHeld, match="another night is running"):
        upgrade_book(older, today=_TODAY)
    assert steps_ahead(older)


def test_writers_that_came_before_have_ended_and_none_begins(
    postgres_book_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_PATIENCE_MS", 200)
    engine = open_engine(postgres_book_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0015'"))
    with writing(engine) as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(BookHeld):
            upgrade(engine)


def test_a_newer_book_is_left_alone(book_url: str) -> None:
    engine = open_engine(book_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WrongState, match="9999, which is newer"):
        upgrade(engine)
    engine.dispose()


def test_a_row_that_belongs_to_nothing_stops_the_upgrade(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'book.sqlite'}"
    _load(url, _OLD, tmp_path)
    with sqlite3.connect(tmp_path / "book.sqlite") as book:
        book.execute("DELETE FROM merchants")
    engine = open_engine(url)
    with pytest.raises(BrokenInvariant, match="belong to nothing"):
        upgrade(engine)
    assert steps_ahead(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 30_000
    engine.dispose()


def test_the_command_says_what_is_ahead_and_then_does_it(tmp_path: Path) -> None:
    _load(f"sqlite:///{tmp_path / 'book.sqlite'}", _NEW, tmp_path)
    place = ("--book", str(tmp_path / "book.sqlite"), "db", "upgrade")
    ahead = call(*place, "--check", "--json")
    assert (ahead.code, ahead.json["did"]) == (1, "nothing")
    assert "ahead" in call(*place, "--check").out
    done = call(*place, "--json").json
    assert done == {"did": "something", "steps": ahead.json["steps"]}
    again = call(*place, "--check")
    assert (again.code, again.out) == (0, "The book has the newest schema.\n")


def test_every_release_is_kept_for_both_engines() -> None:
    dumps = Path(__file__).parent / "dumps"
    kept = {path.name for path in dumps.iterdir()}
    wanted = {f"{each}-{engine}.{form}" for each in RELEASES for engine in ("sqlite", "postgresql")
              for form in ("json", "sql.xz")}  # fmt: skip
    assert kept == wanted
    assert {"0004", "0006", "0007", "0009", "0010"} <= set(RELEASES)
    assert all(path.stat().st_size < 100_000 for path in dumps.iterdir())
