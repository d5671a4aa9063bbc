"""Clocks drawn as cells, one for each banking day: how many days have gone, which is today's, and how many are left.

The day on which a clock begins is not counted: with six banking days from Monday the sixth is Tuesday of next week.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from ingather.rules.calendar import is_banking_day

MOST_CELLS = 15
"""With more banking days than this a clock is one bar: cells could not be told apart."""
_SATURDAY = 5
_WEEKDAYS = {"en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"), "zh": tuple("一二三四五六日")}


class Cell(StrEnum):
    """What one day of a clock is; the names are the style sheet's."""

    PAST = "past"
    NOW = "now"
    HOT = "hot"
    LEFT = "left"
    END = "end"
    OVER = "over"
    SHUT = "shut"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDay:
    """One weekday of a clock."""

    on: date
    cell: Cell

    def weekday(self, language: str) -> str:
        """Return the day of the week as shortly as a cell needs it."""
        return _WEEKDAYS[language][self.on.weekday()]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStrip:
    """A clock on a day: which banking day of it is today's, of how many, and how many are left.

    ``left`` is 0 on the last day and negative after it. ``days`` are its weekdays, those on which banks are closed
    among them, empty where there are too many to draw.
    """

    due_on: date
    day: int
    of: int
    left: int
    days: tuple[ClockDay, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return the banking days as cells."""
        return tuple(
            Cell.LEFT if each.cell is Cell.END else each.cell for each in self.days if each.cell is not Cell.SHUT
        )

    @property
    def gone(self) -> float:
        """Return which part of it has gone, from 0 to 1."""
        return min(1.0, max(0.0, self.day / max(1, self.of)))

    @property
    def tone(self) -> str:
        """Return the status it is in: over, its last day, or nothing to note."""
        return "dan" if self.left < 0 else "att" if self.left == 0 else ""


def clock_of(opened_on: date | str, due_on: date | str | None, today: date) -> ClockStrip | None:
    """Return a clock that was opened on a day and ends on another, as it stands today; None without a last day."""
    return None if due_on is None else _drawn(_day(opened_on), _day(due_on), today)


@lru_cache(maxsize=2048)
def _drawn(opened_on: date, due_on: date, today: date) -> ClockStrip:
    # What ends on the day it was opened has that one day.
    first = opened_on + timedelta(days=1) if due_on > opened_on else due_on
    day, of = _between(first, min(today, max(due_on, first))), _between(first, due_on)
    if today > due_on:
        left = -_between(due_on + timedelta(days=1), today)
        day = of - left
    else:
        left = _between(today + timedelta(days=1), due_on)
    drawn = max(of, day) <= MOST_CELLS
    return ClockStrip(
        due_on=due_on,
        day=day,
        of=max(of, 1),
        left=left,
        days=_days(first, due_on, today) if drawn else (),
    )


def _days(first: date, due_on: date, today: date) -> tuple[ClockDay, ...]:
    last = max(due_on, today)
    weekdays = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(
        ClockDay(on=day, cell=_cell(day, due_on, today))
        for day in weekdays
        if day.weekday() < _SATURDAY or day == due_on
    )


def _cell(day: date, due_on: date, today: date) -> Cell:
    if day == due_on:
        return Cell.HOT if day == today else Cell.PAST if day < today else Cell.END
    if not is_banking_day(day):
        return Cell.SHUT
    if day > due_on:
        return Cell.OVER
    return Cell.NOW if day == today else Cell.PAST if day < today else Cell.LEFT


def _between(first: date, last: date) -> int:
    return sum(is_banking_day(first + timedelta(days=number)) for number in range((last - first).days + 1))


def _day(day: date | str) -> date:
    return date.fromisoformat(day[:10]) if isinstance(day, str) else day
