"""Deadlines counted from a day: every clock of the Rules, and our own hold, as dates.

A return has until the opening of business of a banking day; the other deadlines are last days. Which hour a business
opens at is the bank's to say, so it is an argument. Source: the clocks, each with its own.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import assert_never

from ingather.base.dates import first_instant
from ingather.rules.calendar import add_banking_days, hold_until, next_banking_day
from ingather.rules.clocks import Clock, Unit, clock, clock_names

HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A deadline: what it is called, the day it falls on, what it was counted from, what it means, and its row.

    ``row_id`` is empty for the hold, which is ours.
    """

    name: str
    day: date
    counted_from: str
    meaning: str
    row_id: str


def deadline(name: str, start: date, *, buffer_days: int = 1) -> date:
    """Return the day on which a clock that starts on a day runs out, as the clock ran then.

    ``hold`` is our own: the deadline of ordinary returns and ``buffer_days`` banking days. A clock that is counted
    back, as that of a notice, gives the day before. Raises ``KeyError`` for a clock that is not in force on that day
    and ``ValueError`` for one that counts no days.
    """
    if name == HOLD:
        return hold_until(start, buffer_days=buffer_days)
    return _counted(clock(name, start), start)


def deadlines_from(start: date, *, buffer_days: int = 1) -> tuple[Deadline, ...]:
    """Return every deadline that is counted from a day, in the order of the days they fall on."""
    hold = Deadline(
        name=HOLD,
        day=deadline(HOLD, start, buffer_days=buffer_days),
        counted_from=clock("return-ordinary", start).row.values["counted_from"],
        meaning="the money is held until then, and until the bank's returns of that day are in",
        row_id="",
    )
    found = [hold]
    for name in clock_names(start):
        running = clock(name, start)
        if running.unit is not Unit.TIMES:
            values = running.row.values
            found.append(
                Deadline(
                    name=name,
                    day=_counted(running, start),
                    counted_from=values["counted_from"],
                    meaning=values["meaning"],
                    row_id=running.row.id,
                ),
            )
    return tuple(sorted(found, key=lambda each: each.day))


def opening_of(day: date, *, at: time, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, at which a business that opens at this hour opens on a day."""
    return first_instant(day, at, zone)


def _counted(running: Clock, start: date) -> date:
    day = _at_the_end(running, start)
    return next_banking_day(day) if running.then_next_banking_day else day


def _at_the_end(running: Clock, start: date) -> date:
    count = -running.count if running.before else running.count
    match running.unit:
        case Unit.BANKING_DAYS:
            return add_banking_days(start, count)
        case Unit.CALENDAR_DAYS:
            return start + timedelta(days=count)
        case Unit.YEARS:
            return _years_after(start, count)
        case Unit.TIMES:
            message = f"the clock {running.row.key} counts times, not days"
            raise ValueError(message)
    assert_never(running.unit)


def _years_after(start: date, years: int) -> date:
    """Return the same day of a later year; the 29th of February becomes the 1st of March, so a year is never short."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)
