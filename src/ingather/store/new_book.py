"""A new SQLite book's schema in one script: what the migrations come to, kept beside them.

A migration that changes a table makes it anew on SQLite, so that walking through all of them takes most of a second
for a book in which there is nothing to migrate. The script is written by ``python -m tests.new_book`` and held against
the migrations by a test; books that exist go through the migrations, as do all on PostgreSQL.
"""

import sqlite3
from pathlib import Path
from typing import cast

from sqlalchemy import Engine, inspect

from ingather.store.migrate import HEAD, scripts_folder

SCRIPT = "new_book.sql"


def lay_out(engine: Engine) -> bool:
    """Give an empty SQLite book the newest schema; return whether that was done, False for any other book."""
    script = scripts_folder() / SCRIPT
    if engine.dialect.name != "sqlite" or not script.exists() or inspect(engine).get_table_names():
        return False
    text = script.read_text("utf-8")
    if not text.startswith(first_line(HEAD)):
        return False
    with engine.connect() as connection:
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        # The transaction that the engine began ends: the script begins and ends its own, all or nothing.
        connection.rollback()
        driver.executescript(f"BEGIN IMMEDIATE;\n{text}\nCOMMIT;\n")
    return True


def first_line(revision: str) -> str:
    """Return how a script of this revision begins."""
    return f"-- What the migrations come to at {revision}.\n"


def script_of(book: Path) -> str:
    """Return the script that makes a book with the schema of this one, which was brought up by the migrations."""
    with sqlite3.connect(book) as connection:
        made = connection.execute(
            # SQLite makes its own tables and the indexes of constraints itself.
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
        ).fetchall()
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    known = f"INSERT INTO alembic_version (version_num) VALUES ('{revision}')"  # noqa: S608 -- a revision of our own
    return first_line(revision) + "".join(f"{sql};\n" for sql in [*(sql for (sql,) in made), known])
