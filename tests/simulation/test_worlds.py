"""Simulated worlds: each evening every invariant holds and every cent is where both books say, whatever happens.

Here three worlds of 90 days are played, in which the bank moves money in three different ways; ``INGATHER_TEST_WORLDS``
says how many, and the seed which. The soak plays fifty worlds of a year, in every way.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingather.domain.refusals import NoSuch
from ingather.jobs.rehearsal.wire import STORM
from tests.seeds import seed
from tests.simulation.worlds import play_world, played_and_gone, sent_hashes
from tests.unit.cli.shell import call

WORLDS = int(os.environ.get("INGATHER_TEST_WORLDS", "3"))
DAYS = 90
ORDERS = 100


@pytest.mark.parametrize("number", range(1, 2 * WORLDS, 2))
def test_a_world_holds_on_every_evening(number: int, record_property: Callable[[str, object], None]) -> None:
    found = played_and_gone(seed=(seed() - 1) * 2 * WORLDS + number, days=DAYS, orders=ORDERS)
    assert found["days"] == DAYS
    assert found["orders"] == ORDERS
    assert found["by_state"]["collected"] > ORDERS // 2
    assert found["returned"]["entries"]
    assert found["explained"] == found["postings"] > DAYS // 2
    assert found["ledger"].get("bank_suspense", 0) == 0
    assert found["counted"]["days balanced"] > DAYS // 2
    assert found["not rebuilt"] == []
    assert found["rebuilt"] >= found["files"]
    record_property("evenings", found["days"])
    record_property("orders", found["orders"])


def test_a_storm_is_weathered(tmp_path: Path) -> None:
    world = play_world(tmp_path, seed=seed(), days=25, orders=60, scenario="storm", weather=STORM)
    assert world.counted["in doubt"]
    assert world.counted["collected"]


def test_the_same_seed_plays_the_same_events_and_another_seed_others(tmp_path: Path) -> None:
    one, again, other = (
        play_world(tmp_path / name, seed=number, days=12, orders=40, weather=STORM)
        for name, number in (("one", 5), ("again", 5), ("other", 6))
    )
    assert one.log == again.log
    assert sent_hashes(one) == sent_hashes(again)
    assert one.log != other.log
    assert sent_hashes(one) != sent_hashes(other)


def test_a_world_is_played_by_a_command(tmp_path: Path) -> None:
    wanted = ["simulate", "world", "--seed", "3", "--days", "6", "--orders", "12"]
    said = call(*wanted, "--keep", str(tmp_path / "kept"), "--json")
    assert said.code == 0
    assert said.json["days"] == 6
    assert said.json["orders"] <= 12
    assert (tmp_path / "kept" / "book.sqlite").exists()
    shown = call(*wanted)
    assert shown.code == 0
    assert "Every invariant held on every evening" in shown.words


def test_a_world_of_an_unknown_scenario_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSuch, match="Known are"):
        play_world(tmp_path, seed=1, days=1, orders=1, scenario="nothing")
