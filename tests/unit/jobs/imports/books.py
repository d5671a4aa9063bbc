"""Small test books and the demo's rows, for the tests of imports."""

import csv
import hashlib
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path

from ingather.actions.banks import NewBook
from ingather.base.dates import NEW_YORK
from ingather.jobs.desk import Desk
from ingather.jobs.founding import found
from ingather.jobs.imports import FileReport, ImportReport
from ingather.rules.tables import profile_text
from ingather.wiring import fixed_clock, new_desk, open_desk
from tests.red import ACCOUNTS

DEMO = Path(__file__).parents[4] / "nacha_samples" / "demo"
KINDS = ("merchants", "buyers", "accounts", "authorizations", "orders")
CLOCK = fixed_clock(datetime(2026, 11, 16, 18, tzinfo=NEW_YORK))
ACTOR = "user:maria"

Rows = list[dict[str, str]]


def found_desk(book: str, keys: Path) -> Desk:
    """Found a test book and return the desk at it."""
    desk = new_desk(book, keys=str(keys), actor=ACTOR, clock=CLOCK, node=1)
    channel = {"kind": "folder", "outbound": "outbound", "inbound": "inbound"}
    profile = profile_text("first-example")
    market = NewBook(
        mark="test", originator="Market", bank="FIRST", profile=profile, account=ACCOUNTS[0], channel=channel
    )  # fmt: skip
    found(desk, market)
    return desk


def copied_desk(template: Path, folder: Path) -> Desk:
    """Return the desk of a copy of a founded book, with its keys."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    return open_desk(str(folder / "book.sqlite"), keys=str(folder / "keys"), actor=ACTOR, clock=CLOCK, node=1)


def demo_paths() -> list[Path]:
    """Return the demo's five files, the last to be taken first."""
    return [DEMO / f"{kind}.csv" for kind in reversed(KINDS)]


def demo_rows(kind: str) -> Rows:
    """Return the rows of one of the demo's files."""
    with (DEMO / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: Rows, *, encoding: str = "utf-8") -> Path:
    """Write rows as a CSV file and return its path."""
    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return path


def told(report: ImportReport | FileReport) -> list[tuple[int, str, str]]:
    """Return the line, field and check of every problem."""
    files = report.files if isinstance(report, ImportReport) else (report,)
    return [(problem.line, problem.field, problem.check) for file in files for problem in file.problems]


def fingerprint(folder: Path) -> str:
    """Return a hash of everything that the book in this folder holds."""
    connection = sqlite3.connect(folder / "book.sqlite")
    try:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    finally:
        connection.close()


def count(folder: Path, table: str) -> int:
    """Return how many rows a table of the book in this folder has."""
    connection = sqlite3.connect(folder / "book.sqlite")
    try:
        found_count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 -- names of our own tables
        return found_count
    finally:
        connection.close()
