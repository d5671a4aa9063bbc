"""Whole copies of a book: one consistent state of it while it works, and a copy made readable as a restored book.

SQLite copies its pages within one read transaction, which in WAL mode stops no writer. PostgreSQL's ``pg_dump`` reads
the snapshot in which the copy's contents are counted, so that both tell of the same state.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, text

from ingather.domain.refusals import BookMissing, BrokenInvariant, Unreadable, WrongState
from ingather.store.engine import sqlite_path
from ingather.store.postgres_programs import Programs

COUNTED: Final = ("orders", "entries", "files", "facts", "reports", "cases", "audit")
"""The tables that are counted in every copy: any schema has them."""
Progress = Callable[[int, int], None]
"""Hears how many pages are copied, and of how many."""
_PAGES: Final = 2_048
_MARK: Final = "UPDATE {}book SET state = 'restored'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What one state of a book holds: who it is, how far its audit chain had come, and how many rows."""

    kind: str
    schema: str
    instance: str
    mark: str
    audit_seq: int
    audit_hash: bytes
    counts: dict[str, int]
    server: int | None = None


def copy_book(engine: Engine, target: Path, *, programs: Callable[[int], Programs], progress: Progress) -> Contents:
    """Write one consistent state of a live book to a new file and return what it holds; the file is durable.

    Raises ``BrokenInvariant`` when the copy is not whole, ``WrongState`` when there is no room or ``pg_dump`` fails,
    ``OSError`` when the file cannot be made.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    path = sqlite_path(engine.url.render_as_string(hide_password=False))
    contents = _dumped(engine, target, programs) if path is None else _pages(path, target, progress)
    _make_durable(target)
    return contents


def _pages(path: Path, target: Path, progress: Progress) -> Contents:
    def tell(status: int, left: int, total: int) -> None:
        _ = status
        progress(total - left, total)

    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as book, closing(sqlite3.connect(target)) as copy:
            # Within one read transaction no commit of others makes the copy begin again.
            book.execute("BEGIN")
            book.execute("SELECT count(*) FROM sqlite_master").fetchone()
            book.backup(copy, pages=_PAGES, progress=tell)
            book.execute("ROLLBACK")
            # One file, which is opened without others beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            found = copy.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise _refused(error) from error
    if found != "ok":
        fact = f"the copy is not whole: {found}"
        raise BrokenInvariant(fact, "Copy it again, and look at the disk: the book itself may be damaged")
    return sqlite_contents(target)


def _refused(error: sqlite3.Error) -> WrongState:
    said = str(error).rstrip(".")
    if "full" in said or "disk I/O" in said:
        return WrongState(f"there is no room for the copy: {said}", "Make room, or copy to another disk")
    return WrongState(f"the book cannot be copied: {said}", "Check --book, and where the copy is to lie")


def sqlite_contents(path: Path) -> Contents:
    """Return what a SQLite copy holds; raises ``Unreadable`` for what is no book."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        return contents_of(connection)


def contents_of(connection: Connection) -> Contents:
    """Return what a book holds in the connection's transaction; raises ``Unreadable`` for what is no book."""
    kind = connection.dialect.name
    try:
        schema = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        mark, instance = connection.execute(text("SELECT mark, instance FROM book")).one()
        head = connection.execute(text("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")).one_or_none()
        counts = {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 -- our own names
            for table in COUNTED
        }
    except Exception as error:
        fact = "this is no book of ours"
        raise Unreadable(fact, "Name a book, or a backup of one") from error
    server = connection.connection.dbapi_connection.info.server_version // 10_000 if kind == "postgresql" else None  # type: ignore[union-attr]  # psycopg's connection has it
    return Contents(
        kind=kind,
        schema=schema,
        instance=instance,
        mark=mark,
        audit_seq=head.seq if head else 0,
        audit_hash=bytes(head.hash) if head else bytes(32),
        counts=counts,
        server=server,
    )


def _dumped(engine: Engine, target: Path, programs: Callable[[int], Programs]) -> Contents:
    alone = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**alone) as connection:
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        contents = contents_of(connection)
        programs(contents.server or 0).dump(engine.url, target, snapshot=snapshot)
        connection.rollback()
    return contents


def _make_durable(target: Path) -> None:
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def mark_restored(copy: Path) -> None:
    """Mark a SQLite copy that nobody else has open as a restored book, durably."""
    with closing(sqlite3.connect(copy)) as book:
        book.execute("PRAGMA synchronous=FULL")
        with book:
            book.execute(_MARK.format(""))
    _make_durable(copy)


def load_postgres(engine: Engine, dump: Path, *, programs: Callable[[int], Programs]) -> None:
    """Load a dump into an empty database, and mark it as a restored book, in one transaction.

    Raises ``WrongState`` when the database is not empty or the dump cannot be loaded; nothing is there then.
    """
    refuse_filled(engine)
    with engine.connect() as connection:
        server = connection.connection.dbapi_connection.info.server_version // 10_000  # type: ignore[union-attr]  # psycopg's connection has it
    engine.dispose()
    programs(server).load(engine.url, dump, last=_MARK.format("public."))
    # A loaded database knows nothing of how its rows are spread, and every plan would be a guess.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def refuse_filled(engine: Engine) -> None:
    """Raise ``WrongState`` unless the database holds no table at all, ``BookMissing`` when there is no such one."""
    try:
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
    except Exception as error:
        fact = "the database to restore into does not answer"
        raise BookMissing(fact, "Make an empty one first: createdb NAME") from error
    if tables:
        fact = "the database to restore into is not empty: a book is never restored over another"
        raise WrongState(fact, "Make an empty one: createdb NAME")


def plain(contents: Contents) -> dict[str, Any]:
    """Return contents as they stand in a manifest."""
    return {
        "kind": contents.kind,
        "schema": contents.schema,
        "instance": contents.instance,
        "mark": contents.mark,
        "audit": {"seq": contents.audit_seq, "hash": contents.audit_hash.hex()},
        "counts": contents.counts,
        "server": contents.server,
    }
