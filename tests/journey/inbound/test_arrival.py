"""Whatever order the bank's answers come in, and however often: the same states, codes and money."""

import random
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from ingather.base.dates import NEW_YORK
from ingather.base.ids import encode_key
from ingather.jobs.desk import Desk
from ingather.jobs.inbound import InboundReport, close_books, run_inbound, take_bytes
from ingather.jobs.invariants import check_invariants
from ingather.rules.calendar import is_banking_day
from ingather.simulator.behaviour import Fate, FileFate
from ingather.simulator.state import Delivery
from ingather.store.reading import cases, orders
from ingather.wiring import fixed_clock, open_desk
from tests.journey.stage import (
    MONDAY,
    Sale,
    Script,
    bank_evening,
    night,
    order_key,
    staged,
)

NIGHTS = 4
BANK_DAYS = 20
FATES = {
    ("B 001", 1): Fate(return_code="R01"),
    ("B 002", 1): Fate(return_code="R09", banking_days=2),
    ("B 003", 1): Fate(return_code="R02"),
    ("B 004", 1): Fate(return_code="R07", banking_days=3),
    ("B 005", 1): Fate(return_code="R10", calendar_days=14),
    ("B 006", 1): Fate(return_code="R29", banking_days=2),
    ("B 007", 1): Fate(change_code="C01"),
    ("B 008", 1): Fate(return_code="R98"),
    ("B 009", 1): Fate(return_code="R10", calendar_days=7),
}
PENDED = FileFate(pended_for=timedelta(hours=1))
REJECTED = FileFate(batch_reasons=((0, "COMPANY NOT ON FILE"),), pended_for=timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month at the bank: the book before anything was taken, all that was delivered, and the straight run's end."""

    folder: Path
    deliveries: list[Delivery]
    end: dict[str, object]


def outcome(desk: Desk) -> dict[str, object]:
    """Return what must not depend on the order of arrival."""
    with desk.view() as ctx:
        rows = orders.listed(ctx.session)
        money = ctx.session.connection().exec_driver_sql(
            "SELECT merchant_id, sum(amount_minor) FROM postings WHERE account LIKE 'payable%' GROUP BY 1 ORDER BY 1"
        )
        return {
            "orders": {
                row["external_id"]: (
                    row["state"],
                    row["last_code"],
                    row["late"],
                    row["presentations"],
                    row["collect_on"],
                )
                for row in rows
            },
            "money": [tuple(row) for row in money],
            "cases": sorted((row["kind"], row["state"]) for row in cases.listed(ctx.session, state="open")),
        }


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Return a month in which nobody took what the bank delivered, and how it ends when each is taken as it comes."""
    folder = tmp_path_factory.mktemp("month")
    script = Script(fates=FATES, files={2: PENDED, 4: REJECTED})
    days = [day for number in range(BANK_DAYS) if is_banking_day(day := MONDAY + timedelta(days=number))]
    sales = [
        Sale(amount=100 + number, due=days[1 + number // 6], holder=("consumer", "business")[number % 2],
             merchant=("harbor", "summit")[number // 2 % 2])
        for number in range(24)
    ]  # fmt: skip
    stage = staged(folder, sales, behaviour=script)
    script.refused.add(encode_key(order_key(stage, "b012")))
    deliveries = []
    for number, day in enumerate(days):
        if number < NIGHTS:
            night(stage, day)
        else:
            stage.clock.move(stage.clock.now + (day - stage.clock.now.date()))
        deliveries += bank_evening(stage, day)
    straight = desk_at(folder, folder.with_name("straight"), hours=5)
    taken(straight, deliveries)
    return Month(folder=folder, deliveries=deliveries, end=outcome(straight))


def desk_at(folder: Path, copy: Path, *, hours: int) -> Desk:
    """Return a desk at a copy of a book, some hours after its last bank day."""
    shutil.copytree(folder, copy)
    now = MONDAY + timedelta(days=BANK_DAYS)
    clock = fixed_clock(datetime.combine(now, time(hours), tzinfo=NEW_YORK))
    return open_desk(str(copy / "book.sqlite"), keys=str(copy / "book.keys"), actor="system:inbound", clock=clock)


def taken(desk: Desk, deliveries: Iterable[Delivery]) -> InboundReport:
    """Take deliveries in this order, and close the books after each fifth."""
    routes, report = desk.routes(), InboundReport()
    for number, delivery in enumerate(deliveries):
        take_bytes(desk, routes[0], name=f"{number}-{delivery.name}", data=delivery.data)
        if number % 5 == 0:
            close_books(desk, routes, InboundReport())
    close_books(desk, routes, report)
    return report


def test_the_straight_run_ends_as_the_script_says(month: Month) -> None:
    found = month.end["orders"]
    assert isinstance(found, dict)
    states = {name: row[:3] for name, row in found.items()}
    assert states["b000"] == ("collected", None, False)
    assert states["b001"] == ("returned", "R01", False)
    assert states["b003"] == ("failed", "R02", False)
    assert states["b005"] == ("failed", "R10", True)
    assert states["b008"] == ("returned", "R98", False)
    assert states["b012"] == ("open", None, False)
    assert {name for name, row in states.items() if row[0] == "open"} > {"b012"}
    assert {state for state, _, _ in states.values()} == {"collected", "returned", "failed", "open"}


@pytest.mark.parametrize("seed", range(5))
def test_any_order_and_repetition_of_arrival_ends_alike(month: Month, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 -- a repeatable shuffle
    mixed = month.deliveries + draw.choices(month.deliveries, k=len(month.deliveries) // 2)
    draw.shuffle(mixed)
    desk = desk_at(month.folder, tmp_path / "mixed", hours=5)
    taken(desk, mixed)
    assert outcome(desk) == month.end
    held = check_invariants(desk)
    assert [name for name, holds in held.items() if not holds] == []


def test_the_last_first_and_the_first_last_ends_alike(month: Month, tmp_path: Path) -> None:
    desk = desk_at(month.folder, tmp_path / "reversed", hours=5)
    taken(desk, reversed(month.deliveries))
    assert outcome(desk) == month.end
    assert run_inbound(desk).did == "nothing"
