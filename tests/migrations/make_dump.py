"""Make the dump of a filled book at a release: ``python tests/migrations/make_dump.py`` in a checkout of that release.

The book comes from the release's own code: two weeks of a dozen orders through nights, the bank in a box, returns and
statements, on each engine. It is left in the evening of the last day, with what the bank would deliver next beside it.
Of each engine ``dumps`` gets the text of the book, packed, and one JSON: the key folder, the deliveries, and what
reading the book must yield before and after they are taken in. Account numbers are those of ``tests.red``.

For an older release, with this file from a newer one: ``PYTHONPATH=OLD/src:OLD python tests/migrations/make_dump.py``.
It needs nothing of the checkout but the stage of its tests and a server of ``tests.postgres``.
"""

import base64
import json
import lzma
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, text

from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import PAID
from ingather.store.migrate import upgrade
from tests.journey.stage import FRIDAY, MONDAY, Sale, Script, bank_evening, deliver, night, play, returned, staged
from tests.postgres import empty_database, running_cluster

ENGINES = ("sqlite", "postgresql")
DAYS = [MONDAY + timedelta(days=ahead) for ahead in (0, 1, 2, 3, 4, 7, 8)]
LAST = MONDAY + timedelta(days=9)
FATES = {
    ("B 001", 1): returned("R01"),
    ("B 002", 1): returned("R01"),
    ("B 002", 2): returned("R01"),
    ("B 003", 1): returned("R02", after=2),
    ("B 004", 1): returned("R03"),
    ("B 005", 1): returned("R10", after=4),
    ("B 010", 1): returned("R09"),
    ("B 000", 1): PAID,
}
QUESTIONS = {
    "orders": "SELECT external_id, state, presentations, amount_minor FROM orders ORDER BY external_id",
    "files": "SELECT name, state, sha256, entries, debit_cents, credit_cents FROM files ORDER BY name",
    "entries": "SELECT kind, ended, count(*), sum(amount_cents) FROM entries GROUP BY kind, ended ORDER BY kind, ended",
    "returns": "SELECT code, count(*) FROM returns GROUP BY code ORDER BY code",
    "facts": "SELECT scope, kind, count(*) FROM facts GROUP BY scope, kind ORDER BY scope, kind",
    "ledger": "SELECT account, sum(amount_minor) FROM postings GROUP BY account ORDER BY account",
    "settled": "SELECT count(*), sum(amount_minor) FROM settlement_lines",
}


def sales() -> list[Sale]:
    """Return a dozen orders: most are due in the first week, two on the last day, one far ahead."""
    due = [MONDAY + timedelta(days=1 + number % 3) for number in range(10)] + [LAST, LAST, date(2027, 3, 1)]
    return [Sale(due=each, amount=10_000 + 37 * number) for number, each in enumerate(due)]


def answers(connection: Any) -> dict[str, list[list[Any]]]:  # noqa: ANN401 -- a connection of whatever release
    """Return what a book answers to each question, as JSON has it."""

    def plain(value: object) -> object:
        if isinstance(value, bytes | memoryview):
            return bytes(value).hex()
        return value if value is None or isinstance(value, int | str) else int(str(value))

    return {
        name: sorted(([plain(value) for value in row] for row in connection.execute(text(question))), key=repr)
        for name, question in QUESTIONS.items()
    }


def _asked(stage: Any) -> dict[str, list[list[Any]]]:  # noqa: ANN401 -- a stage of whatever release
    with stage.desk.engine.connect() as connection:
        return answers(connection)


def _packed(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): base64.b64encode(path.read_bytes()).decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def _place(engine: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a book with its schema and nothing in it."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'book.sqlite'}"
        return
    with running_cluster() as cluster, empty_database(cluster) as url:
        yield url


def _text_of(url: str) -> str:
    """Return a book as SQL."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as book:
            return "\n".join(book.iterdump()) + "\n"
    place = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "--dbname", place]
    dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # What begins with a backslash is for psql alone.
    return "".join(line for line in dumped.splitlines(keepends=True) if not line.startswith("\\"))


def make(engine: str, target: Path) -> None:
    """Play the two weeks on an engine and write the dump."""
    with tempfile.TemporaryDirectory(prefix="ingather-dump-") as name:
        folder = Path(name)
        with _place(engine, folder) as url:
            stage = staged(folder, sales(), behaviour=Script(fates=FATES), book=_made(url))
            play(stage, *DAYS[:4])
            run_settle(stage.desk, as_of=FRIDAY, folder=folder / "statements")
            play(stage, *DAYS[4:])
            night(stage, LAST)
            coming = bank_evening(stage, LAST)
            with stage.desk.engine.connect() as connection:
                schema = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            before = _asked(stage)
            kept = _packed(folder / "book.keys")
            wire = _packed(folder / "bank")
            stage.desk.engine.dispose()
            dumped = _text_of(url)
            deliver(stage, *coming)
            told = {
                "schema": schema,
                "evening": stage.clock.now.isoformat(),
                "keys": kept,
                "bank": wire,
                "coming": [[each.name, base64.b64encode(each.data).decode()] for each in coming],
                "before": before,
                "after": _asked(stage),
            }
            stage.desk.engine.dispose()
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{schema}-{engine}.sql.xz").write_bytes(lzma.compress(dumped.encode(), preset=9))
    (target / f"{schema}-{engine}.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def _made(url: str) -> str:
    from ingather.store.engine import open_engine  # noqa: PLC0415 -- beside what alone needs it

    engine = open_engine(url, must_exist=False)
    upgrade(engine)
    engine.dispose()
    return url.removeprefix("sqlite:///")


if __name__ == "__main__":
    for each in ENGINES:
        make(each, Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "dumps")
