"""The clock of a test book runs ahead of the machine's by as much as it was moved; a live book's is the machine's."""

from datetime import timedelta
from pathlib import Path

import pytest

from ingather.actions.clock_moving import move_clock
from ingather.domain.refusals import LiveBook
from ingather.jobs.book_clock import BookClock
from ingather.jobs.desk import Desk
from ingather.jobs.rehearsal import serving
from ingather.jobs.rehearsal.stage import Stage
from ingather.wiring import fixed_clock, open_desk, parse_instant, system_clock
from tests.journey.stage import staged

_HOUR = timedelta(hours=1)
_SOON = timedelta(seconds=30)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return staged(tmp_path)


def _desk(stage: Stage, **how: object) -> Desk:
    book, keys = str(stage.folder / "book.sqlite"), str(stage.folder / "book.keys")
    return open_desk(book, keys=keys, actor="user:ana", **how)  # type: ignore[arg-type]  # the desk's own particulars


def _ahead(desk: Desk) -> timedelta:
    return desk.clock() - system_clock()


def test_a_clock_that_was_moved_is_followed_by_every_desk(stage: Stage) -> None:
    ours, theirs = _desk(stage), _desk(stage)
    assert _ahead(theirs) < _SOON
    serving.advance(ours, by=_HOUR)
    assert abs(_ahead(ours) - _HOUR) < 2 * _SOON
    assert isinstance(theirs.clock, BookClock)
    theirs.clock.forget()
    assert abs(_ahead(theirs) - _HOUR) < 2 * _SOON
    assert abs(_ahead(_desk(stage)) - _HOUR) < 2 * _SOON


def test_a_day_that_is_named_stands_whatever_the_book_says(stage: Stage) -> None:
    serving.advance(_desk(stage), by=_HOUR)
    instant = parse_instant("2026-11-18")
    assert _desk(stage, clock=fixed_clock(instant)).clock() == instant


def test_the_clock_of_a_live_book_is_the_machines(stage: Stage) -> None:
    with stage.desk.action() as ctx:
        ctx.session.connection().exec_driver_sql("UPDATE book SET mark = 'live'")
    desk = _desk(stage)
    assert desk.clock is system_clock
    with pytest.raises(LiveBook), desk.action() as ctx:
        move_clock(ctx, ahead_s=60)
    with pytest.raises(LiveBook):
        serving.advance(desk, by=_HOUR)


def test_a_call_repeated_goes_where_it_went_first(stage: Stage) -> None:
    desk = _desk(stage)
    first = serving.advance(desk, by=_HOUR, once="call-1")
    again = serving.advance(desk, by=_HOUR, once="call-1")
    assert again.now - first.now < _SOON
    other = serving.advance(desk, by=_HOUR, once="call-2")
    assert other.now - again.now > _HOUR - _SOON
