"""Bringing a book to the current schema with Alembic; the migrations travel inside the wheel."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError

from ingather.domain.refusals import BookHeld, BrokenInvariant, WrongState
from ingather.store.turns import TAKE_TURN

if TYPE_CHECKING:
    import sqlite3

    from alembic.config import Config

_PATIENCE_MS: Final = 5_000
_UPGRADE: Final = 0x1264_746E
HEAD = "0018"
"""The newest revision; a test holds it against the migrations."""


def scripts_folder() -> Path:
    """Return the folder of the migrations: inside the installed package, or at the top of a checkout."""
    packaged = Path(str(files("ingather"))) / "migrations"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One migration: its revision and what it says of itself."""

    revision: str
    what: str


def upgrade(engine: Engine) -> list[Step]:
    """Bring the book to the newest schema in one transaction, all of it or nothing, and return the steps taken.

    It waits five seconds for whoever uses the book. Raises ``BookHeld`` when that is not enough or somebody else brings
    it up, and ``BrokenInvariant`` when a row of a SQLite book would be left without the one it belongs to.
    """
    with engine.connect() as connection:
        try:
            with _alone(connection), connection.begin():
                _hold(connection)
                steps = _steps(connection)
                if steps:
                    _climb(connection)
                    _refuse_orphans(connection)
        except OperationalError as fault:
            if not _held_by_another(fault):
                raise
            raise BookHeld from fault
    return steps


def steps_ahead(engine: Engine) -> list[Step]:
    """Return the migrations that the book lacks; nothing is changed."""
    with engine.connect() as connection:
        steps = _steps(connection)
        connection.rollback()
    return steps


def _config() -> "Config":
    # Alembic is only needed here, and every command would wait for it.
    from alembic.config import Config  # noqa: PLC0415 -- see above

    config = Config()
    config.set_main_option("script_location", str(scripts_folder()))
    return config


def _steps(connection: Connection) -> list[Step]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 -- as above

    found = _schema(connection)
    if found == HEAD:
        return []
    known = [(each.revision, each.doc) for each in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]
    if found is not None and found not in {revision for revision, _ in known}:
        fact = f"the book has schema {found}, which is newer than this program"
        raise WrongState(fact, "Install the release that made it")
    return [Step(revision=revision, what=what) for revision, what in known if found is None or revision > found]


def _climb(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 -- as above

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """On SQLite keep its keys between tables from being asked, and from waiting long, outside the transaction.

    There a table is changed by being made anew: for a moment rows belong to a table that is not there. Whether all
    belong to one is asked in the end.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute("PRAGMA foreign_keys=OFF")
    driver.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")
        driver.execute(f"PRAGMA busy_timeout={patience}")


def _hold(connection: Connection) -> None:
    """On PostgreSQL keep every other writer out; on SQLite the transaction did when it began."""
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE_MS}ms'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE})")
    # Writers of a book that has turns take one first: whoever is writing has ended, nobody else begins.
    if inspect(connection).has_table("audit_turns"):
        connection.exec_driver_sql(TAKE_TURN)


def _refuse_orphans(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        tables = ", ".join(sorted({row[0] for row in lost}))
        fact = f"{len(lost):,} row(s) of {tables} belong to nothing that is in the book"
        raise BrokenInvariant(fact, "Nothing was changed. Restore a backup, or ask who made this book")


def _held_by_another(fault: OperationalError) -> bool:
    state = getattr(fault.orig, "sqlstate", None)
    return state in {"55P03", "40P01"} or "database is locked" in str(fault.orig)


def _schema(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def check_current(engine: Engine) -> None:
    """Raise ``WrongState`` when the book's schema is not the one this program was made for."""
    with engine.connect() as connection:
        found = _schema(connection)
    if found != HEAD:
        fact = f"the book has schema {found or 'none'}, this program needs {HEAD}"
        raise WrongState(fact, "Bring it up to date with: ingather db upgrade")
