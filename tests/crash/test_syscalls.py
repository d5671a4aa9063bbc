"""A night whose calls to the system are killed or fail, one by one, ends in one sentence and is mended by running it.

``make soak`` goes through every durable call of night, inbound and settle on both engines; here it is a share of the
night's. Where there is no ``strace``, or it may not look, the child's own steps are attacked instead, with the same
checks; the property ``by`` says which it was.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.crash.syscalls import Scene, Verb, play, scene
from tests.crash.tracing import Fault, Point, Spoken, can_trace, traced
from tests.seeds import seed

pytestmark = pytest.mark.xdist_group("kills-3")
_WRITES = "pwrite64"


def _drawn(points: list[Point], count: int) -> list[Point]:
    """Return so many points, one in three of them a write among the hundreds that a commit consists of."""
    draw = Random(seed())  # noqa: S311 -- a test wants repeatable draws
    writes = [point for point in points if point.call == _WRITES]
    others = [point for point in points if point.call != _WRITES]
    few = min(len(writes), count // 3)
    return [*draw.sample(writes, few), *draw.sample(others, min(len(others), count - few))]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return the scene of a night on a book in a file."""
    return scene(Verb.NIGHT, tmp_path_factory.mktemp("calls"), tracing=can_trace())


@pytest.mark.parametrize(("fault", "count"), [(Fault.KILL, 12), (Fault.EIO, 6), (Fault.ENOSPC, 6)])
def test_a_night_is_mended_by_running_it_again_whatever_call_is_attacked(
    night: Scene, record_property: Callable[[str, object], None], fault: Fault, count: int
) -> None:
    said: Counter[str] = Counter()
    points = _drawn(night.to_attack(fault), count)
    found = [wrong for point in points for wrong in play(night, point, fault, said=said)]
    record_property("by", "strace" if can_trace() else "steps")
    record_property("kills" if fault is Fault.KILL else "calls failed", len(points))
    assert not found, "\n".join([*found, *map(str, said.items())])


def test_the_steps_of_a_child_are_attacked_where_nothing_can_be_traced(tmp_path: Path) -> None:
    steps = scene(Verb.NIGHT, tmp_path, tracing=False)
    draw = Random(seed())  # noqa: S311 -- a test wants repeatable draws
    for fault in Fault:
        (point,) = draw.sample(steps.to_attack(fault), 1)
        assert not play(steps, point, fault)


def test_a_kill_that_does_not_arrive_is_said(night: Scene) -> None:
    never = Point(call=night.points[0].call, number=60_000)
    (said,) = play(night, never, Fault.KILL)
    assert "did not arrive" in said


def test_a_traceback_is_said(night: Scene) -> None:
    def raises() -> int:
        message = "no sentence"
        raise OSError(message)

    broken: Spoken = raises
    if can_trace():
        assert traced(broken).fault.strip().endswith("no sentence")
    assert night.points
