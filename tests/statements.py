"""What a statement compiles to is remembered for the whole test process, not anew for each of its thousands of books.

An engine keeps what it compiled, and every test opens engines of its own: a fifth of a journey's time went into
compiling the same statements again. Dialects of one kind that talk to one server are alike, so they count as equal
here, and the engines share what they keep. The product opens a book once and has nothing of this.
"""

from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from ingather.store import engine as opening

_KEPT: LRUCache[Any, Any] = LRUCache(10_000)
_DIALECTS = (PGDialect_psycopg, SQLiteDialect_pysqlite)


def _alike(self: object, other: object) -> bool:
    return type(self) is type(other)


def pytest_configure() -> None:
    """Let dialects of a kind be one key, and engines share their statements."""
    patch = pytest.MonkeyPatch()
    for dialect in _DIALECTS:
        patch.setattr(dialect, "__eq__", _alike)
        patch.setattr(dialect, "__hash__", lambda self: hash(type(self)))

    def shared(*args: Any, **settings: Any) -> Engine:  # noqa: ANN401 -- whatever the product gives
        engine = create_engine(*args, **settings)
        engine.update_execution_options(compiled_cache=_KEPT)
        return engine

    patch.setattr(opening, "create_engine", shared)
