"""Books with their schema and nothing in them: migrated once in each test process, copied for each test."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from ingather.store.engine import open_engine
from ingather.store.migrate import upgrade


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema, as founding a book does, and leave no connection to it."""
    engine = open_engine(url, must_exist=False)
    upgrade(engine)
    engine.dispose()


@cache
def sqlite_book() -> Path:
    """Return a SQLite book with its schema and nothing in it, made once in each test process: copy it."""
    folder = Path(tempfile.mkdtemp(prefix="ingather-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "empty.sqlite"
    migrate(f"sqlite:///{path}")
    return path
