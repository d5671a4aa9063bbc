"""A night killed at any durable step, and killed again while it recovers, debits nobody twice and loses no order.

Three banks are played: one that leaves what it is given, one that collects between two runs of ours, and one that
collects in the instant of the rename. With the last two some kills leave no evidence: the file is held in doubt, and
what a person then records of the bank's word ends it. Until the first rename all banks see the same, so the others are
killed from there on only.
One run kills at one step in four, and the next seed at others; the soak comes to every one.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ingather.jobs.transmit import resolve
from tests.crash.checking import faults, in_doubt
from tests.crash.killing import Ran, Steps, a_share, ended, run, telling
from tests.crash.stories import Bank, Story, begin, evening, night
from tests.seeds import seed

_MOST_RUNS = 4
_LAST_MINUTE = 59


def _recover(story: Story, bank: Bank, draw: Random, *, killed_again: bool, steps: int) -> list[Ran]:
    """Run the night again until it has ended by itself twice; its first recovery may be killed at a random step."""
    runs: list[Ran] = []
    for minute in range(5, 5 * _MOST_RUNS, 5):
        kill_at = draw.randrange(1, steps + 1) if killed_again and not runs else None
        runs.append(run(night(story, minute=minute), kill_at=kill_at, on_final_name=story.on_final_name(bank)))
        story.between_runs(bank)
        if len(runs) > 1 and not runs[-2].killed:
            break
    ended(runs[-2])
    return runs


@pytest.mark.parametrize(
    ("bank", "files", "at_least"),
    [
        pytest.param(Bank.LEAVES, 2, 40, marks=pytest.mark.xdist_group("kills-1")),
        pytest.param(Bank.POLLS, 2, 20, marks=pytest.mark.xdist_group("kills-2")),
        pytest.param(Bank.COLLECTS, 2, 15, marks=pytest.mark.xdist_group("kills-2")),
    ],
)
def test_every_order_is_at_the_bank_once_or_held_wherever_the_night_is_killed(
    tmp_path: Path, record_property: Callable[[str, object], None], bank: Bank, files: int, at_least: int
) -> None:
    story, _ = begin(tmp_path, orders=30 * files)
    whole = run(night(story), on_final_name=story.on_final_name(bank))
    ended(whole)
    assert len(story.at_the_bank()) == files
    from_rename_on = 0 if bank is Bank.LEAVES else whole.steps.index("before rename")
    points = [point for point in telling(whole.steps) if point > from_rename_on]
    assert len(points) >= at_least
    points = a_share(points)
    draw, broken, held, second_kills = Random(seed()), [], 0, 0  # noqa: S311 -- a test wants repeatable draws
    for number, point in enumerate(points):
        story.begin_again()
        first = run(night(story), kill_at=point, on_final_name=story.on_final_name(bank))
        assert first.killed, f"no kill at step {point}, {whole.steps[point - 1]}"
        story.between_runs(bank)
        runs = _recover(story, bank, draw, killed_again=number % 3 == 0, steps=len(whole.steps) - point + 1)
        second_kills += runs[0].killed
        where = f"killed at step {point}, {whole.steps[point - 1]}"
        broken += [f"{where}: {fault}" for fault in faults(story)]
        doubted = in_doubt(story)
        held += len(doubted)
        again = ended(runs[-1])
        if not doubted and again["did"] != "nothing":
            broken.append(f"{where}: a run after the last one did something")
        if doubted and bank is Bank.LEAVES:
            broken.append(f"{where}: in doubt although the bank shows everything")
    record_property("kills", len(points) + second_kills)
    record_property("in_doubt_share", f"{held} of {files * len(points)} files")
    assert not broken, "\n".join(broken)
    assert second_kills >= len(points) // 6


def _resolving(story: Story, file_id: int, *, delivered: bool, minute: int) -> Callable[[Steps], Any]:
    def job(step: Steps) -> None:
        if file_id in in_doubt(story):
            desk = story.desk(evening(minute), node=minute, actor="ana", tell=step)
            resolve(desk, file_id, delivered=delivered, second="ben", word="told by telephone")

    return job


@pytest.mark.xdist_group("kills-2")
@pytest.mark.parametrize(("bank", "delivered"), [(Bank.COLLECTS, True), (Bank.LOSES, False)])
def test_the_banks_word_ends_a_doubt_wherever_its_recording_is_killed(
    tmp_path: Path, bank: Bank, *, delivered: bool
) -> None:
    story, _ = begin(tmp_path, orders=30, entries=15)
    on_final_name = story.on_final_name(bank)
    ended(run(night(story), on_final_name=on_final_name))
    first, second = in_doubt(story)
    story.keep()
    points = telling(run(_resolving(story, first, delivered=delivered, minute=10)).steps)
    assert len(points) >= 8
    for point in points:
        story.begin_again()
        assert run(_resolving(story, first, delivered=delivered, minute=10), kill_at=point).killed
        for file_id, minute in ((first, 11), (second, 12)):
            ended(run(_resolving(story, file_id, delivered=delivered, minute=minute)))
        ended(run(night(story, minute=20), on_final_name=on_final_name))
        assert ended(run(night(story, minute=30), on_final_name=on_final_name))["did"] == "nothing"
        assert not in_doubt(story), f"killed at step {point}"
        assert not faults(story), f"killed at step {point}"
        assert len(story.at_the_bank()) == 2


def test_a_file_lost_twice_is_doubted_twice_and_sent_a_third_time(tmp_path: Path) -> None:
    story, _ = begin(tmp_path, orders=10)

    def lose(name: str) -> None:
        lost = len(list(story.lost.iterdir()))
        if lost < 2:
            (story.outbound / name).rename(story.lost / f"{lost}-{name}")

    for minute in (0, 10):
        ended(run(night(story, minute=minute), on_final_name=lose))
        (file_id,) = in_doubt(story)
        ended(run(_resolving(story, file_id, delivered=False, minute=minute + 5)))
    ended(run(night(story, minute=20), on_final_name=lose))
    assert not in_doubt(story)
    assert not faults(story)


def test_a_night_that_cannot_reach_its_date_any_more_is_built_again_after_a_kill(tmp_path: Path) -> None:
    story, _ = begin(tmp_path, orders=10)
    whole = run(night(story))
    at_intent = whole.steps.index("laid") + 1
    story.begin_again()
    assert run(night(story), kill_at=at_intent).killed
    report = ended(run(night(story, minute=_LAST_MINUTE + 62)))
    assert len(report["voided"]) == 1
    assert not faults(story, minute=_LAST_MINUTE + 63)
    assert len(story.at_the_bank()) == 1
