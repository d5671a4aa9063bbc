"""However a bank's reports are split, joined, repeated, reordered, corrected or late, the book ends the same.

And while one is lost, nothing is collected whose window it covers, and all else is.
"""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from ingather.base.dates import NEW_YORK
from ingather.jobs.inbound import InboundReport, take_paths
from ingather.jobs.invariants import check_invariants
from ingather.simulator.behaviour import Fate
from ingather.simulator.state import Kind
from ingather.store.tables import BankPosting, Batch, Entry, Feed, Order, Posting, Return
from ingather.wiring import open_desk
from tests.journey.answers import bank_days, of_kind
from tests.journey.retelling import Part, corrected_day, numbered, parts_of, split_day
from tests.journey.stage import MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Sale, Script, staged

DAYS = [MONDAY + timedelta(days=ahead) for ahead in (0, 1, 2, 3, 4, 7, 8, 9, 11)]
EVENING = datetime.combine(DAYS[-1], time(22, 0), tzinfo=NEW_YORK)
SEEDS = range(6)
ALIKE_ON = 2
SALES = [
    Sale(amount=100, due=TUESDAY),
    Sale(amount=200, due=TUESDAY, holder="business"),
    Sale(amount=400, due=TUESDAY, merchant="summit"),
    Sale(amount=800, due=WEDNESDAY),
    Sale(amount=1_600, due=THURSDAY, holder="business", merchant="summit"),
    Sale(amount=3_200, due=THURSDAY),
    Sale(amount=6_400, due=MONDAY + timedelta(days=7)),
]
FATES = {
    ("B 001", 1): Fate(return_code="R02"),
    ("B 003", 1): Fate(return_code="R01", banking_days=2),
    ("B 004", 1): Fate(return_code="R29", banking_days=2),
}
ALIKE = ("A|ANALYSIS|100|D|NONREF||ANALYSIS FEE", "P|BAI2|698|100|D|{day}|NONREF||ANALYSIS FEE")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A book whose files are at the bank and of which nothing was told yet, and what the bank would tell."""

    folder: Path
    days: tuple[Part, ...]
    others: tuple[tuple[str, bytes], ...]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return the one world of these tests; one day has charges that look exactly alike."""
    folder = tmp_path_factory.mktemp("world")
    stage = staged(folder, SALES, behaviour=Script(fates=FATES), fee_cents=250)
    deliveries = bank_days(stage, *DAYS)
    days = parts_of(of_kind(deliveries, Kind.REPORT))
    alike = tuple(line.format(day=days[ALIKE_ON].day) for line in ALIKE)
    days[ALIKE_ON] = replace(days[ALIKE_ON], body=(*days[ALIKE_ON].body, *alike, *alike))
    others = [(each.name, each.data) for each in deliveries if each.kind is not Kind.REPORT]
    return World(folder=folder, days=tuple(days), others=tuple(others))


class Retold:
    """A copy of the world's book, to which things are told."""

    def __init__(self, world: World, folder: Path) -> None:
        """Copy the book."""
        folder.mkdir()
        with (
            closing(sqlite3.connect(world.folder / "book.sqlite")) as from_book,
            closing(sqlite3.connect(folder / "book.sqlite")) as to_book,
        ):
            from_book.backup(to_book)
        shutil.copytree(world.folder / "book.keys", folder / "book.keys")
        self.folder = folder
        self.desk = open_desk(
            str(folder / "book.sqlite"), keys=str(folder / "book.keys"), actor="system:inbound",
            clock=lambda: EVENING, node=9,
        )  # fmt: skip

    def tell(self, things: Sequence[tuple[str, bytes]]) -> InboundReport:
        """Take deliveries in this order; the same name may come again."""
        paths = []
        for at, (name, data) in enumerate(things):
            path = self.folder / f"{at:03d}"
            path.mkdir(exist_ok=True)
            (path / name).write_bytes(data)
            paths.append(path / name)
        return take_paths(self.desk, paths)

    def orders(self) -> dict[str, tuple[Any, ...]]:
        """Return state, lateness and return code of every order, with the window of its debit."""
        with self.desk.view() as ctx:
            rows = ctx.session.execute(
                select(Order.external_id, Order.state, Order.late, Order.last_code, Batch.settled_on, Batch.hold_until)
                .join(Entry, Entry.order_id == Order.id)
                .join(Batch, Batch.id == Entry.batch_id)
            ).all()
        return {row.external_id: tuple(row)[1:] for row in rows}

    def ends(self) -> dict[str, Any]:
        """Return all that must not depend on how and when it was told."""
        with self.desk.view() as ctx:
            money = ctx.session.execute(
                select(Posting.merchant_id, Posting.account, func.sum(Posting.amount_minor)).group_by(
                    Posting.merchant_id, Posting.account
                )
            ).all()
            postings = ctx.session.execute(
                select(BankPosting.value_on, BankPosting.code, func.sum(BankPosting.amount_minor), func.count())
                .group_by(BankPosting.value_on, BankPosting.code)
                .having(func.sum(BankPosting.amount_minor) != 0)
            ).all()
            returns = ctx.session.execute(select(Return.code, Return.original_trace, Return.applied)).all()
            feed = ctx.session.execute(select(Feed.watermark_on, Feed.closing_balance_minor)).one()
        return {
            "orders": self.orders(),
            "positions": sorted((row[0], row[1], int(row[2])) for row in money if row[2]),
            "postings": sorted(tuple(row)[:3] for row in postings),
            "returns": sorted(map(tuple, returns)),
            "feed": tuple(feed),
            "broken": [name for name, holds in check_invariants(self.desk).items() if not holds],
        }


@pytest.fixture(scope="module")
def plain(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return how the book ends when every day is told as it is, in order."""
    book = Retold(world, tmp_path_factory.mktemp("plain") / "book")
    book.tell([*world.others, *numbered(world.days)])
    return book.ends()


def told_by(world: World, chance: Random) -> list[tuple[str, bytes]]:
    """Return the world's days told otherwise: some in parts, some corrected, all repeated here and there, shuffled."""
    parts: list[Part] = []
    corrected = {
        ALIKE_ON,
        chance.choice([at for at, day in enumerate(world.days) if any(r[0] == "R" for r in day.body)]),
    }
    for index, day in enumerate(world.days):
        if index in corrected:
            left_out = chance.choice([at for at, row in enumerate(day.body) if row[0] in "RAP"])
            parts += corrected_day(day, without=left_out)
        elif len(day.body) > 1 and chance.random() < 0.7:
            cuts = sorted(chance.sample(range(1, len(day.body)), k=min(2, len(day.body) - 1)))
            parts += split_day(day, cuts, mode=chance.choice(["DELTA", "CUMULATIVE"]))
        else:
            parts.append(day)
    returns = [each for each in world.others if each[1].startswith(b"101")]
    rest = [each for each in world.others if each not in returns]
    if len(returns) > 1 and chance.random() < 0.5:
        returns = [("joined.ach", b"".join(data for _, data in returns))]
    things = [*rest, *returns, *numbered(parts)]
    things += [(f"again-{name}", data) for name, data in chance.sample(things, k=3)]
    chance.shuffle(things)
    return things


def test_the_world_has_what_the_property_is_about(plain: dict[str, Any]) -> None:
    states = {order[0] for order in plain["orders"].values()}
    assert states == {"collected", "failed", "returned"}
    assert plain["feed"][0] == DAYS[-1]
    assert (plain["broken"], len(plain["returns"])) == ([], len(FATES))
    assert sum(cents for _, account, cents in plain["positions"] if account == "fees") == 250 * len(FATES) + 200


@pytest.mark.parametrize("seed", SEEDS)
def test_however_it_is_told_the_book_ends_the_same(
    seed: int, world: World, plain: dict[str, Any], tmp_path: Path
) -> None:
    book = Retold(world, tmp_path / "book")
    book.tell(told_by(world, Random(f"{seed}/order")))  # noqa: S311 -- a test wants repeatable draws
    assert book.ends() == plain


@pytest.mark.parametrize("seed", SEEDS)
def test_while_one_report_is_lost_nothing_it_covers_is_collected_and_all_else_is(
    seed: int, world: World, plain: dict[str, Any], tmp_path: Path
) -> None:
    chance = Random(f"{seed}/lost")  # noqa: S311 -- a test wants repeatable draws
    lost = chance.randrange(1, len(world.days) - 1)
    reports = numbered(world.days)
    things = [*world.others, *(each for at, each in enumerate(reports) if at != lost)]
    chance.shuffle(things)
    book = Retold(world, tmp_path / "book")
    assert book.tell(things).gaps == 1
    day = date.fromisoformat(world.days[lost].day)
    for name, order in book.orders().items():
        state, _, _, settled_on, held = plain["orders"][name]
        if settled_on <= day <= held:
            assert order[0] != "collected", (name, day)
        elif state == "collected":
            assert order[0] == "collected", (name, day)
    assert book.tell([reports[lost]]).gaps == 0
    assert book.ends() == plain


def test_what_is_told_twice_changes_nothing(world: World, plain: dict[str, Any], tmp_path: Path) -> None:
    book = Retold(world, tmp_path / "book")
    book.tell([*world.others, *numbered(world.days)])
    book.tell(numbered(world.days))
    assert json.dumps(book.ends(), default=str) == json.dumps(plain, default=str)
