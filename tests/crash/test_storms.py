"""A night and an inbound run that are killed again while they recover from being killed end in what was to be done."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.crash.storm import targets, weather
from tests.seeds import seed

pytestmark = pytest.mark.xdist_group("kills-4")
_STORMS = 2


@pytest.mark.parametrize("name", ["night", "inbound"])
def test_a_storm_of_kills_changes_nothing_but_the_time_it_takes(
    tmp_path: Path, record_property: Callable[[str, object], None], name: str
) -> None:
    target = targets()[name](tmp_path)
    draw = Random(seed())  # noqa: S311 -- a test wants repeatable draws
    counted, found = 0, []
    for _ in range(_STORMS):
        kills, wrong = weather(target, draw)
        counted += kills
        found += wrong
    record_property("kills", counted)
    assert not found, "\n".join(found)
    assert counted >= _STORMS
