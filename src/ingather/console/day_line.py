"""The frame of every page: what the day is, the next cut-off, and how much waits behind each word of the menu."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ingather.base.dates import NEW_YORK
from ingather.console.front import Front
from ingather.rules.calendar import is_banking_day, processing_day
from ingather.rules.effective import Window, effective_date
from ingather.store.reading.waiting import Completeness, Waiting, completeness, count_waiting, mark_of

_KEPT_S = 2.0
_AHEAD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """The next instant until which a bank takes files."""

    bank: str
    at: datetime
    settles_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """What stands on every page: ``closed`` are the weekdays of the next days on which nothing settles."""

    now: datetime
    cut_off: CutOff | None
    closed: Sequence[date]
    complete: Sequence[Completeness]
    mark: str
    waiting: Waiting


def day_line(front: Front) -> DayLine:
    """Return the frame's figures; they are at most two seconds old."""
    return front.kept.get("day line", _KEPT_S, lambda: _measure(front))


def _measure(front: Front) -> DayLine:
    now = front.desk.clock().astimezone(NEW_YORK)
    windows = [(route.profile.name, route.profile.window) for route in front.desk.routes()]
    ahead = [next_cut_off(name, window, now) for name, window in windows]
    with front.desk.view() as ctx:
        return DayLine(
            now=now,
            cut_off=min(ahead, key=lambda each: each.at, default=None),
            closed=[
                day
                for day in (now.date() + timedelta(days=later) for later in range(_AHEAD + 1))
                if day.weekday() < 5 and not is_banking_day(day)  # noqa: PLR2004 -- Monday to Friday
            ],
            complete=completeness(ctx.session),
            mark=mark_of(ctx.session),
            waiting=count_waiting(ctx.session, today=now.date()),
        )  # fmt: skip


def next_cut_off(bank: str, window: Window, now: datetime) -> CutOff:
    """Return until when a bank takes files next, and when their debits settle."""
    day = processing_day(now, cutoff=window.cutoff, zone=window.zone)
    at = datetime.combine(day, window.cutoff, tzinfo=window.zone)
    return CutOff(bank=bank, at=at, settles_on=effective_date(now, window))
