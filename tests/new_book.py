"""Writes the script of a new SQLite book anew, after a migration was added: ``python -m tests.new_book``."""

import tempfile
from pathlib import Path

from ingather.store.engine import open_engine
from ingather.store.migrate import scripts_folder, upgrade
from ingather.store.new_book import SCRIPT, script_of


def script() -> str:
    """Return the script, from a book that went through every migration."""
    with tempfile.TemporaryDirectory(prefix="ingather-") as folder:
        path = Path(folder) / "book.sqlite"
        engine = open_engine(f"sqlite:///{path}", must_exist=False)
        upgrade(engine)
        engine.dispose()
        return script_of(path)


if __name__ == "__main__":
    (scripts_folder() / SCRIPT).write_text(script(), "utf-8")
