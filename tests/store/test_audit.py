"""The audit chain names the first record that was edited, taken out or moved, by whoever got past the database."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ingather.domain.audit import GENESIS
from ingather.domain.facts import FactKind, Scope
from ingather.store import audit, events
from ingather.store.engine import open_engine, reading, writing
from ingather.store.tables import AuditAnchor, AuditRecord
from tests.books import sqlite_book

_NOON = datetime(2026, 11, 16, 17, tzinfo=UTC)
_RECORDS = 6


@pytest.fixture
def chained(book_url: str) -> Iterator[Engine]:
    """Yield the engine of a book with six audit records, its triggers taken away."""
    engine = _chained(book_url)
    yield engine
    engine.dispose()


@pytest.fixture
def guarded(tmp_path: Path) -> Path:
    """Return a SQLite book with six audit records, a fact and an anchor, and its triggers where they are."""
    shutil.copyfile(sqlite_book(), tmp_path / "book.sqlite")
    engine = _chained(f"sqlite:///{tmp_path / 'book.sqlite'}", guarded=True)
    with writing(engine) as session:
        events.add(
            session,
            FactKind.CANCELED,
            scope=Scope.ORDER,
            subject=1,
            originator=1,
            on=_NOON.date(),
            at=_NOON,
            actor="ana",
        )
        session.add(AuditAnchor(id=1, seq=6, hash=bytes(32), place="host", at=_NOON, fault=None))
    engine.dispose()
    return tmp_path / "book.sqlite"


def _chained(url: str, *, guarded: bool = False) -> Engine:
    engine = open_engine(url)
    with writing(engine) as session:
        for number in range(_RECORDS):
            audit.append(
                session, at=_NOON + timedelta(seconds=number), actor="ana", verb="look", subject=f"file {number}",
                detail={"number": number, "word": "żółć"},
            )  # fmt: skip
    if guarded:
        return engine
    on_table = " ON audit" if engine.dialect.name == "postgresql" else ""
    with engine.begin() as connection:
        for trigger in ("audit_no_update", "audit_no_delete", "audit_follows"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}{on_table}")
    return engine


def _fault(engine: Engine) -> int | None:
    with reading(engine) as session:
        fault = audit.first_fault(session)
        return None if fault is None else fault.seq


def test_a_chain_left_alone_holds(chained: Engine) -> None:
    assert _fault(chained) is None
    with reading(chained) as session:
        seq, value = audit.head(session)
        assert seq == _RECORDS
        assert audit.holds(session, seq, value)
        assert not audit.holds(session, seq, GENESIS)
        assert not audit.holds(session, seq + 1, value)
        assert audit.holds(session, 0, GENESIS)


@pytest.mark.parametrize(
    ("change", "first"),
    [
        pytest.param("UPDATE audit SET actor = 'eve' WHERE seq = 3", 3, id="actor"),
        pytest.param("UPDATE audit SET at = at + 1 WHERE seq = 2", 2, id="instant"),
        pytest.param("UPDATE audit SET verb = 'wink' WHERE seq = 6", 6, id="verb-of-the-last"),
        pytest.param("UPDATE audit SET subject = 'file 9' WHERE seq = 1", 1, id="subject-of-the-first"),
        pytest.param("UPDATE audit SET detail = '{}' WHERE seq = 4", 4, id="detail"),
        pytest.param("DELETE FROM audit WHERE seq = 3", 3, id="deleted"),
        pytest.param("DELETE FROM audit WHERE seq = 1", 1, id="first-deleted"),
        pytest.param("UPDATE audit SET seq = 7 WHERE seq = 3", 3, id="moved-to-the-end"),
    ],
)
def test_the_first_record_that_does_not_follow_is_named(chained: Engine, change: str, first: int) -> None:
    with chained.begin() as connection:
        connection.execute(text(change))
    assert _fault(chained) == first


def test_two_records_in_each_others_place_are_found(chained: Engine) -> None:
    with chained.begin() as connection:
        for change in ("SET seq = 99 WHERE seq = 2", "SET seq = 2 WHERE seq = 3", "SET seq = 3 WHERE seq = 99"):
            connection.execute(text(f"UPDATE audit {change}"))
    assert _fault(chained) == 2


def test_a_closed_up_gap_is_found(chained: Engine) -> None:
    with chained.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE seq = 2"))
        for seq in range(3, _RECORDS + 1):
            connection.execute(text(f"UPDATE audit SET seq = {seq - 1} WHERE seq = {seq}"))  # noqa: S608 -- a number
    assert _fault(chained) == 2


def test_a_tail_cut_off_is_found_by_who_remembers_the_head(chained: Engine) -> None:
    with reading(chained) as session:
        remembered = audit.head(session)
    with chained.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE seq > 4"))
    assert _fault(chained) is None
    with reading(chained) as session:
        assert not audit.holds(session, *remembered)


def test_what_no_record_of_ours_can_hold_is_named_too(tmp_path: Path) -> None:
    shutil.copyfile(sqlite_book(), tmp_path / "book.sqlite")
    engine = _chained(f"sqlite:///{tmp_path / 'book.sqlite'}")
    for change in (
        "detail = x'00ff'",
        "actor = CAST(x'ff41' AS TEXT)",
        "at = 'noon'",
        "hash = 'words'",
        "previous = 1",
    ):
        with engine.begin() as connection:
            kept = connection.execute(text("SELECT detail, actor, at, hash, previous FROM audit WHERE seq = 4")).one()
            connection.exec_driver_sql(f"UPDATE audit SET {change} WHERE seq = 4")  # noqa: S608 -- one of these
        assert _fault(engine) == 4, change
        with engine.begin() as connection:
            restored = "UPDATE audit SET detail = ?, actor = ?, at = ?, hash = ?, previous = ? WHERE seq = 4"
            connection.exec_driver_sql(restored, tuple(kept))
        assert _fault(engine) is None
    engine.dispose()


def test_following_begins_where_it_is_told_and_believes_what_is_before(chained: Engine) -> None:
    with chained.begin() as connection:
        connection.execute(text("UPDATE audit SET actor = 'eve' WHERE seq = 2"))
    with reading(chained) as session:
        whole, fault = audit.judge(session)
        assert (whole.seq, fault and fault.seq) == (1, 2)
        rest, fault = audit.judge(session, first=3)
        assert (rest.seq, fault) == (_RECORDS, None)
        assert audit.first_fault(session, last=3) is None


_FACT = "originator_id, scope, subject_id, kind, once, on_date, recorded_at, 'eve', detail FROM facts"
_REPLACES = (
    "REPLACE INTO audit SELECT seq, at, 'eve', verb, subject, detail, previous, zeroblob(32) FROM audit WHERE seq = 2",
    "REPLACE INTO audit SELECT 99, at, 'eve', verb, subject, detail, previous, hash FROM audit WHERE seq = 2",
    "REPLACE INTO audit SELECT 7, at, actor, verb, subject, detail, hash, hash FROM audit WHERE seq = 6",
    "UPDATE OR REPLACE audit SET seq = 3 WHERE seq = 2",
    f"REPLACE INTO facts SELECT seq, {_FACT}",
    f"REPLACE INTO facts SELECT 99, {_FACT}",
    "REPLACE INTO audit_anchors SELECT id, 9, hash, place, at, fault FROM audit_anchors",
)


@pytest.mark.parametrize("statement", _REPLACES)
def test_a_replace_takes_nothing_back_either(guarded: Path, statement: str) -> None:
    with closing(sqlite3.connect(guarded)) as book, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        book.execute(statement)


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param((9, bytes(32)), id="a-number-further-on"),
        pytest.param((7, bytes(32)), id="after-nothing"),
        pytest.param((0, bytes(32)), id="before-the-first"),
    ],
)
def test_the_book_takes_no_record_that_does_not_follow_the_last(book_url: str, forged: tuple[int, bytes]) -> None:
    engine = _chained(book_url, guarded=True)
    fields = {"at": _NOON, "actor": "eve", "verb": "look", "subject": "book", "detail": "{}"}
    record = AuditRecord(seq=forged[0], previous=forged[1], hash=b"1" * 32, **fields)
    with pytest.raises(DBAPIError, match="does not follow"), writing(engine) as session:
        session.add(record)
    assert _fault(engine) is None
    engine.dispose()


@pytest.mark.parametrize("table", ["audit", "facts", "facts_once", "audit_anchors"])
def test_a_session_that_says_it_is_a_replica_is_refused_alike(postgres_book_url: str, table: str) -> None:
    engine = open_engine(postgres_book_url)
    with engine.connect() as connection:
        parts = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(:whole)")
        names = [table, *connection.scalars(parts, {"whole": table})]
    changed = {"audit": "actor", "facts": "actor", "facts_once": "once", "audit_anchors": "fault"}[table]
    for name in names:
        for change in (f"DELETE FROM {name}", f"TRUNCATE {name}", f"UPDATE {name} SET {changed} = {changed}"):  # noqa: S608 -- names of ours
            with pytest.raises(DBAPIError, match="append-only"):
                _as_a_replica(engine, change)
    engine.dispose()


def _as_a_replica(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(statement)
