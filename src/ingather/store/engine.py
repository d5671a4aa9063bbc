"""Opening a book: the settings under which a commit is durable are asserted, not hoped for."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from weakref import WeakSet

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from ingather.domain.refusals import BookMissing, BrokenInvariant
from ingather.store.turns import take_turn

BookFault = DBAPIError
"""What an engine raises when a book does not answer, or is none."""
ValueFault = DataError
"""What an engine raises when a value fits no column: a number too large, text it cannot keep."""
PoolFault = NoConnection
"""What is raised when every connection to a book is in use for too long."""
_READ_ONLY = "ingather_reads"
_JOINED = "ingather_writes"
_SQLITE_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000",
                    "cache_size=-131072", "temp_store=MEMORY")  # fmt: skip
_SQLITE_FULL = 2
UNSAFE = "INGATHER_UNSAFE_POSTGRES"
"""The variable that lets a test book be on a server that loses commits when the power fails: its value is ``test``."""
# One statement for all: opening a connection is part of every command. Whoever waits for a turn waits half a minute;
# a session whose client is gone from the network gives its turn back after a quarter of an hour at the latest. How long
# a statement may take is not bounded here: a night's are as long as the night is large.
_POSTGRESQL_SETTINGS = (
    "SELECT set_config('lock_timeout', '30s', false), "
    "set_config('idle_in_transaction_session_timeout', '15min', false), "
    "current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes')"
)
_LOOK_AFTER_S = 1
_OPEN: WeakSet[Engine] = WeakSet()


def book_url(book: str) -> str:
    """Return the database URL of a book given as a URL or as a path of a SQLite file."""
    if "://" not in book:
        return f"sqlite:///{Path(book).absolute()}"
    if book.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + book.partition("://")[2]
    if not book.startswith(("sqlite:///", "postgresql+psycopg://")):
        fact = f"a book is a path of a file or a PostgreSQL URL; {book.partition('://')[0]} is neither"
        raise BookMissing(fact, "Write it as book.sqlite or postgresql://user@host/name")
    return book


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite book, None for another engine."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def open_engine(url: str, *, must_exist: bool = True, connections: int = 2) -> Engine:
    """Return an engine whose transactions are durable and whose writers take the lock when they begin.

    ``connections`` is how many it keeps open: as many as threads use it at once.

    Raises ``BookMissing`` when a SQLite file is not there and ``BrokenInvariant`` when the engine would not keep what
    it committed.
    """
    path = sqlite_path(url)
    if path is None:
        return _open_postgresql(url, connections)
    if must_exist and not path.exists():
        fact = f"there is no book at {path}"
        raise BookMissing(fact)
    # Opening a book reads its whole schema: a few connections are kept. What they wrote is in the book's file itself
    # once the last of them is closed, which disposing of the engine does, and the end of the process.
    engine = create_engine(url, pool_size=connections)
    _OPEN.add(engine)

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["file"] = _file_of(path)
        connection.isolation_level = None  # the begin event below says BEGIN
        cursor = connection.cursor()
        for setting in _SQLITE_SETTINGS:
            cursor.execute(f"PRAGMA {setting}")
        durable = cursor.execute("PRAGMA synchronous").fetchone()
        if durable[0] < _SQLITE_FULL:
            fact = "SQLite would not keep a commit through a power loss"
            raise BrokenInvariant(fact, "Open the book on a disk where PRAGMA synchronous=FULL holds")
        cursor.close()

    @event.listens_for(engine, "checkout")
    def _look(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: object) -> None:
        _ = connection, proxy
        # A book that was put back from a backup is another file under the same name: nobody goes on with the old one.
        if record.info["file"] != _file_of(path):
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get(_READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _file_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def dispose_all() -> None:
    """Close the kept connections of every engine of this process, as its end does."""
    for engine in list(_OPEN):
        engine.dispose()


def _forget() -> None:
    """Leave the parent its connections: a forked child makes its own."""
    for engine in list(_OPEN):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget)


def _open_postgresql(url: str, connections: int) -> Engine:
    # A connection is a process of the server's: a few are kept, and looked at before they are used again.
    engine = create_engine(url, pool_size=connections, isolation_level="READ COMMITTED")

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        _ = record
        cursor = connection.cursor()
        cursor.execute(_POSTGRESQL_SETTINGS)
        *_, commits, fsync, full_pages = cursor.fetchone() or ("", "", "")
        test_only = "off" in {fsync, full_pages} and _holds_a_test_book(cursor)
        connection.commit()
        cursor.close()
        try:
            _refuse_forgetting(commits, fsync, full_pages, test_only=test_only)
        except BrokenInvariant:
            connection.close()
            raise

    @event.listens_for(engine, "checkin")
    def _leave(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        _ = connection
        record.info["left"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _look(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: object) -> None:
        _ = proxy
        # One that was in use a moment ago is used as it is: asking it would cost as much as what it is for.
        if time.monotonic() - record.info.get("left", -_LOOK_AFTER_S) < _LOOK_AFTER_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as gone:
            raise DisconnectionError from gone

    return engine


def _holds_a_test_book(cursor: DBAPICursor) -> bool:
    """Return whether this is a test book, or none yet, on a server that somebody said is for tests only."""
    if os.environ.get(UNSAFE) != "test":
        return False
    cursor.execute("SELECT to_regclass('book') IS NOT NULL")
    if not (cursor.fetchone() or (False,))[0]:
        return True
    cursor.execute("SELECT mark FROM book")
    return all(row[0] == "test" for row in cursor.fetchall())


def _refuse_forgetting(commits: str, fsync: str, full_pages: str, *, test_only: bool) -> None:
    """Raise ``BrokenInvariant`` when the server would answer a commit that a loss of power undoes.

    ``remote_write`` and ``local`` are on disk here; they are refused because a book that fails over to a standby would
    go on without its last commits.
    """
    if commits not in {"on", "remote_apply"}:
        fact = f"this PostgreSQL answers a commit before it is on disk everywhere (synchronous_commit is {commits})"
        raise BrokenInvariant(fact, "Set synchronous_commit = on for this database")
    off = [name for name, setting in (("fsync", fsync), ("full_page_writes", full_pages)) if setting != "on"]
    if off and not test_only:
        fact = f"this PostgreSQL loses what it committed when the power fails ({' and '.join(off)} off)"
        raise BrokenInvariant(fact, f"Set them on; {UNSAFE}=test lets a test book, and only such, do without")


@contextmanager
def writing(engine: Engine, *, late: bool = False, serial: bool = False) -> Iterator[Session]:
    """Yield a session in one write transaction: committed at the end, rolled back when anything is raised.

    Writers take turns on either engine, so that a last check and the intent it permits have no other commit between
    them, and facts are numbered in the order in which they became true. On PostgreSQL one that is ``late`` takes its
    turn when it calls ``join_writers``: what it writes before is new rows of its own, for which nobody waits. One that
    is ``serial`` is SERIALIZABLE there, and its snapshot begins when its turn has come; it may still be aborted
    (``aborted``) and is then done again.
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        if serial and is_postgresql(session):
            session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
        if not late:
            join_writers(session)
        yield session


def join_writers(session: Session) -> None:
    """Wait for the turn to write, which lasts until the transaction ends; on SQLite it began with it."""
    if _JOINED not in session.info:
        # A table's lock takes no snapshot, and who holds it numbers facts and extends the audit chain without waiting.
        take_turn(session)
        session.info[_JOINED] = True


def joined(session: Session) -> bool:
    """Return whether a session has its turn to write."""
    return _JOINED in session.info


def aborted(fault: BookFault) -> bool:
    """Return whether PostgreSQL took a transaction back because of another one, so that it may be done again."""
    return getattr(fault.orig, "sqlstate", None) in {"40001", "40P01"}


def too_long_held(fault: BookFault) -> bool:
    """Return whether a lock was waited for in vain."""
    return getattr(fault.orig, "sqlstate", None) == "55P03"


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session that sees one state of the book and writes nothing."""
    with engine.connect() as connection:
        options = {_READ_ONLY: True}
        if engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}  # type: ignore[dict-item]  # options are of many types
        with Session(connection.execution_options(**options)) as session:
            yield session
            session.rollback()


@contextmanager
def glancing(engine: Engine) -> Iterator[Session]:
    """Yield a session for one statement that reads: there is nothing to begin and nothing to end.

    Each statement sees the book as it is then; what needs several statements of one state reads with ``reading``.
    """
    if engine.dialect.name != "postgresql":
        with reading(engine) as session:
            yield session
        return
    with engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        with Session(alone, autoflush=False) as session:
            yield session


def is_postgresql(session: Session) -> bool:
    """Return whether the session's book is on PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"


def open_connections(engine: Engine, count: int) -> None:
    """Open as many connections as will be used at once, so that the first callers do not wait for them."""
    with ExitStack() as opened:
        for _ in range(count):
            opened.enter_context(engine.connect())


def ping(engine: Engine) -> None:
    """Raise when the book does not answer."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
