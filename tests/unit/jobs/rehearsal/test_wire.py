"""The weather of a wire: what really happened at the far end, and what is heard of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from ingather.gateway.channel import ChannelUnreachable
from ingather.gateway.folder import FolderChannel
from ingather.jobs.rehearsal.stage import StageClock
from ingather.jobs.rehearsal.wire import CALM, Weather, WeatheredChannel, Wire

ALWAYS = 10_000
NAME, DATA = "one.ach", b"101 some bytes of a file\n" * 40
NOON = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)


class Far:
    """Two folders of a bank, a clock, and the wire between."""

    def __init__(self, folder: Path, weather: Weather, *, seed: int = 1) -> None:
        self.outbound, self.inbound = folder / "out", folder / "in"
        self.outbound.mkdir()
        self.inbound.mkdir()
        self.clock = StageClock(NOON)
        self.told: list[str] = []
        draw = Random(seed)  # noqa: S311 -- a repeatable wire
        wire = Wire(weather=weather, draw=draw, clock=self.clock, tell=self.told.append)
        self.real = FolderChannel(self.outbound, self.inbound, mark="test")
        self.channel = WeatheredChannel(self.real, wire)


def test_calm_weather_changes_nothing(tmp_path: Path) -> None:
    far = Far(tmp_path, CALM)
    far.channel.put_temporary(NAME, DATA)
    far.channel.publish(NAME)
    assert (far.outbound / NAME).read_bytes() == DATA
    assert far.channel.read_back(NAME).final is not None
    assert far.told == []


def test_a_lost_reply_leaves_the_file_published(tmp_path: Path) -> None:
    far = Far(tmp_path, Weather(reply_lost=ALWAYS))
    far.channel.put_temporary(NAME, DATA)
    with pytest.raises(ChannelUnreachable):
        far.channel.publish(NAME)
    assert (far.outbound / NAME).read_bytes() == DATA
    assert far.told


def test_a_lost_request_leaves_the_file_unpublished(tmp_path: Path) -> None:
    far = Far(tmp_path, Weather(request_lost=ALWAYS))
    far.channel.put_temporary(NAME, DATA)
    with pytest.raises(ChannelUnreachable):
        far.channel.publish(NAME)
    assert not (far.outbound / NAME).exists()


def test_a_cut_file_is_completed_by_the_next_attempt(tmp_path: Path) -> None:
    far = Far(tmp_path, Weather(cut=ALWAYS))
    with pytest.raises(ChannelUnreachable):
        far.channel.put_temporary(NAME, DATA)
    (cut,) = far.outbound.iterdir()
    assert len(cut.read_bytes()) < len(DATA)
    assert DATA.startswith(cut.read_bytes())
    far.real.put_temporary(NAME, DATA)
    assert cut.read_bytes() == DATA


def test_a_silence_ends_by_itself(tmp_path: Path) -> None:
    far = Far(tmp_path, Weather(silence=ALWAYS, silent_for=timedelta(hours=1)))
    with pytest.raises(ChannelUnreachable):
        far.channel.listing()
    far.clock.move(NOON + timedelta(minutes=59))
    with pytest.raises(ChannelUnreachable):
        far.channel.listing()
    far.clock.move(NOON + timedelta(hours=1))
    assert far.channel.listing() == []


def test_a_stale_listing_is_that_of_the_last_look(tmp_path: Path) -> None:
    far = Far(tmp_path, Weather(stale=ALWAYS))
    (far.inbound / "report.txt").write_bytes(b"x")
    assert far.channel.inbound() == []


def test_a_clock_can_be_wrong_for_a_while_and_else_moves_one_way() -> None:
    clock = StageClock(NOON)
    with clock.wrong_by(timedelta(days=-3)):
        assert clock() == NOON - timedelta(days=3)
    assert clock() == NOON
    with pytest.raises(ValueError, match="one way"):
        clock.move(NOON - timedelta(seconds=1))
