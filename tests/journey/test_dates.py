"""The core takes its dates as arguments: whatever year the machine's clock shows, a day gives the same bytes."""

from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.behaviour import Fate
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    at_the_bank,
    broken,
    order,
    play,
    staged,
    states,
)

SALES = [Sale(), Sale(holder="business"), Sale(goods=True), Sale(due=WEDNESDAY)]
FATES = {("B 001", 1): Fate(return_code="R02"), ("B 002", 1): Fate(change_code="C01")}


def week(folder: Path) -> Stage:
    """Play a week."""
    stage = staged(folder, SALES, behaviour=Script(fates=FATES))
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    return stage


@pytest.mark.parametrize("frozen", ["2031-03-03 03:03:03", "2019-12-31 23:59:59"])
def test_a_week_is_the_same_under_another_year_of_the_machines_clock(tmp_path: Path, frozen: str) -> None:
    now = week(tmp_path / "now")
    with freeze_time(frozen):
        other = week(tmp_path / "other")
    assert at_the_bank(now) == at_the_bank(other)
    assert states(now) == states(other)
    assert [order(now, name) for name in ("b000", "b001", "b002", "b003")] == [
        order(other, name) for name in ("b000", "b001", "b002", "b003")
    ]
    told = [{path.name: path.read_bytes() for path in (stage.inbound / "archive").iterdir()} for stage in (now, other)]
    assert told[0] == told[1]
    assert broken(other) == []


def test_a_later_week_is_another(tmp_path: Path) -> None:
    first = week(tmp_path / "first")
    later = staged(tmp_path / "later", SALES)
    play(later, MONDAY + timedelta(days=1))
    assert not set(at_the_bank(first).values()) & set(at_the_bank(later).values())
