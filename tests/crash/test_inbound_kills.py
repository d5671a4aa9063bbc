"""An inbound run and a settling killed at any durable step end, run again, in what an undisturbed twin ends in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingather.jobs.invariants import check_invariants
from ingather.jobs.settle import run_settle
from tests.crash.checking import faults
from tests.crash.days import LATER, answered, differences, inbound, taken, twin
from tests.crash.killing import Steps, a_share, ended, run, telling
from tests.crash.stories import evening

pytestmark = pytest.mark.xdist_group("kills-1")


def test_an_inbound_run_killed_anywhere_applies_each_item_once(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    story = answered(tmp_path, orders=48)
    whole = run(inbound(story))
    ended(whole)
    told = twin(story)
    assert told["returns"]
    assert {row[1] for row in told["orders"]} >= {"settled", "returned"}
    assert sum(name == "taken" for name in whole.steps) >= 6
    points = telling(whole.steps)
    assert len(points) >= 25
    points = a_share(points)
    broken = []
    for number, point in enumerate(points):
        story.begin_again()
        assert run(inbound(story), kill_at=point).killed
        if number % 3 == 0:
            run(inbound(story, minute=5), kill_at=1 + number % 7)
        ended(run(inbound(story, minute=10)))
        again = ended(run(inbound(story, minute=15)))
        where = f"killed at step {point}, {whole.steps[point - 1]}"
        broken += [f"{where}: {fault}" for fault in (*differences(story, told), *faults(story))]
        if again["did"] != "nothing":
            broken.append(f"{where}: a run after the last one did something")
    record_property("kills", len(points))
    assert not broken, "\n".join(broken)


def test_a_settling_killed_anywhere_makes_each_statement_once_and_writes_it(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    story = taken(tmp_path, orders=48)

    def settle(step: Steps, minute: int = 0) -> str:
        desk = story.desk(evening(200 + minute, on=LATER), node=200 + minute, tell=step)
        return run_settle(desk, as_of=LATER, folder=story.folder / "statements").did

    def written() -> dict[str, str]:
        found = sorted((story.folder / "statements").glob("*.csv"))
        return {path.name: path.read_text("utf-8") for path in found}

    whole = run(settle)
    assert ended(whole) == "something"
    told, statements = twin(story), written()
    assert {row[2] for row in told["settlement lines"]} >= {"collected"}
    assert len(statements) == 2
    points = telling(whole.steps)
    assert len(points) >= 8
    points = a_share(points)
    for point in points:
        story.begin_again()
        assert run(settle, kill_at=point).killed
        ended(run(lambda step: settle(step, 1)))
        assert ended(run(lambda step: settle(step, 2))) == "nothing"
        where = f"killed at step {point}, {whole.steps[point - 1]}"
        assert not differences(story, told), where
        assert written() == statements, where
        assert not list((story.folder / "statements").glob("*.part")), where
        held = check_invariants(story.desk(evening(210, on=LATER), node=999))
        assert all(held.values()), where
    record_property("kills", len(points))
