"""A new SQLite book gets its schema from one script, which is what the migrations come to."""

import sqlite3
from pathlib import Path

from ingather.store.engine import open_engine
from ingather.store.migrate import check_current, scripts_folder
from ingather.store.new_book import SCRIPT, lay_out
from tests.books import sqlite_book
from tests.new_book import script


def _schema(path: Path) -> dict[tuple[str, str], list[str]]:
    """Return every table, index and trigger with its lines; a table made anew has its constraints in any order."""
    with sqlite3.connect(path) as book:
        found = book.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
        tables = [name for kind, name, _ in found if kind == "table"]
        columns = {name: [row[1] for row in book.execute(f"PRAGMA table_info({name})")] for name in tables}
    return {
        (kind, name): [*columns.get(name, []), *sorted(line.strip().rstrip(",") for line in sql.splitlines())]
        for kind, name, sql in found
    }


def test_the_script_is_what_the_migrations_come_to(tmp_path: Path) -> None:
    kept = (scripts_folder() / SCRIPT).read_text("utf-8")
    schemas = []
    for name, text in (("kept", kept), ("fresh", script())):
        with sqlite3.connect(tmp_path / name) as book:
            book.executescript(text)
        schemas.append(_schema(tmp_path / name))
    assert schemas[0] == schemas[1], "python -m tests.new_book writes it anew"


def test_a_new_book_is_laid_out_and_one_that_has_tables_is_left_to_the_migrations(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'book.sqlite'}", must_exist=False)
    assert lay_out(engine)
    check_current(engine)
    assert not lay_out(engine)
    engine.dispose()
    assert _schema(tmp_path / "book.sqlite") == _schema(sqlite_book())
