"""A filled book of every release is brought up on both engines: nothing is lost, all invariants hold, work goes on."""

import base64
import json
import lzma
import os
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, inspect, text

from ingather.base.dates import NEW_YORK
from ingather.jobs.desk import Desk
from ingather.jobs.inbound import run_inbound
from ingather.jobs.invariants import check_invariants
from ingather.jobs.night.run import run_night
from ingather.store import audit
from ingather.store.engine import open_engine
from ingather.store.migrate import upgrade
from ingather.wiring import open_desk
from tests.migrations.make_dump import answers

DUMPS = Path(__file__).parent / "dumps"
_FAR_AHEAD = datetime(2027, 2, 26, 18, tzinfo=NEW_YORK)
RELEASES = sorted(path.name.removesuffix("-sqlite.json") for path in DUMPS.glob("*-sqlite.json"))
GO_ON = RELEASES if "INGATHER_TEST_RELEASES" in os.environ else [RELEASES[0], RELEASES[-1]]
"""The books that are also worked on: the oldest, and the newest that was not of this schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A book as its release left it, loaded: where it is, its folder with keys and wire, and what was told of it."""

    url: str
    folder: Path
    told: dict[str, Any]

    def desk(self, at: datetime) -> Desk:
        """Open the book at an instant."""
        book = self.url.removeprefix("sqlite:///")
        return open_desk(book, keys=str(self.folder / "book.keys"), actor="system:night", clock=lambda: at, node=7)


def _unpack(packed: dict[str, str], folder: Path) -> None:
    for name, content in packed.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))


def _load(url: str, schema: str, folder: Path) -> Kept:
    engine = "sqlite" if url.startswith("sqlite") else "postgresql"
    told = json.loads((DUMPS / f"{schema}-{engine}.json").read_text("utf-8"))
    dumped = lzma.decompress((DUMPS / f"{schema}-{engine}.sql.xz").read_bytes()).decode()
    channel = json.dumps({"kind": "folder", "outbound": str(folder / "bank/to-bank"),
                          "inbound": str(folder / "bank/from-bank")})  # fmt: skip
    place = "UPDATE {}routes SET channel = '{}'"
    if engine == "sqlite":
        with sqlite3.connect(url.removeprefix("sqlite:///")) as book:
            book.executescript(dumped)
            book.execute(place.format("", channel))
    else:
        with psycopg.connect(url.replace("+psycopg", "", 1)) as server:
            server.execute(dumped.encode())
            server.execute(place.format("public.", channel).encode())
    _unpack(told["keys"], folder / "book.keys")
    for path in (folder / "book.keys").iterdir():
        path.chmod(0o600)
    (folder / "book.keys").chmod(0o700)
    _unpack(told["bank"], folder / "bank")
    return Kept(url=url, folder=folder, told=told)


@pytest.fixture
def kept(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> Kept:
    """Return the book of a release, not brought up yet."""
    return _load(empty_url, request.param, tmp_path)


def _rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table."""
    with engine.connect() as connection:
        names = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
        return {
            name: sorted(
                (dict(row) for row in connection.execute(text(f"SELECT * FROM {name}")).mappings()),  # noqa: S608 -- names of our own tables
                key=lambda row: repr(sorted(row.items())),
            )
            for name in names
        }


def _changed(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the tables and columns of which anything that was is not any more."""
    found = []
    for table, rows in before.items():
        names = sorted(rows[0]) if rows else []
        for name in names:
            was = sorted(repr((row[names[0]], row[name])) for row in rows)
            new = sorted(repr((row[names[0]], row.get(name))) for row in after.get(table, []))
            found += [f"{table}.{name}"] if was != new else []
    return found


def _since_postings(told: dict[str, list[list[Any]]]) -> dict[str, Any]:
    """Return the answers with the accounts summed among which a release before 0009 did not tell apart.

    It left what the bank posts in clearing; since then it moves into the bank's account, which begins with the opening
    balance.
    """
    ours = dict(map(tuple, told["ledger"]))
    ours["bank_clearing"] += ours.pop("bank", 0) + ours.pop("opening_balance", 0)
    return {**told, "ledger": ours}


def _brought_up(kept: Kept) -> Desk:
    """Bring a book up, see that nothing of it is lost, and open it on the evening that its release left it."""
    engine = open_engine(kept.url)
    before = _rows(engine)
    assert sum(len(rows) for rows in before.values()) > 100
    upgrade(engine)
    assert _changed(before, _rows(engine)) == []
    with engine.connect() as connection:
        assert answers(connection) == kept.told["before"]
    engine.dispose()
    evening = datetime.fromisoformat(kept.told["evening"])
    desk = kept.desk(evening + timedelta(hours=3))
    with desk.view() as ctx:
        assert audit.first_fault(ctx.session) is None
    assert [name for name, holds in check_invariants(desk).items() if not holds] == []
    return desk


@pytest.mark.parametrize("kept", [each for each in RELEASES if each not in GO_ON], indirect=True)
def test_a_book_of_every_release_is_brought_up(kept: Kept) -> None:
    _brought_up(kept).engine.dispose()


@pytest.mark.parametrize("kept", GO_ON, indirect=True)
def test_a_book_of_a_release_is_brought_up_and_goes_on(kept: Kept) -> None:
    desk = _brought_up(kept)
    for name, content in kept.told["coming"]:
        (kept.folder / "bank" / "from-bank" / name).write_bytes(base64.b64decode(content))
        run_inbound(desk)
    with desk.engine.connect() as connection:
        assert _since_postings(answers(connection)) == _since_postings(kept.told["after"])
    # Three months later the one that was due far ahead is collected.
    desk = kept.desk(_FAR_AHEAD)
    assert run_night(desk).sealed_orders == 1
    assert run_inbound(desk).reports == []
    with desk.engine.connect() as connection:
        assert ["b012", "submitted", 1, 10_444] in answers(connection)["orders"]
    assert [name for name, holds in check_invariants(desk).items() if not holds] == []
