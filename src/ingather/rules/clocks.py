"""Clocks: how long each deadline of the Rules runs, as dated rows."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from ingather.rules.rows import Row, in_force


class Unit(StrEnum):
    """What is counted."""

    BANKING_DAYS = "banking_days"
    CALENDAR_DAYS = "calendar_days"
    YEARS = "years"
    TIMES = "times"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How long a deadline runs, and the row that says so.

    ``before`` says that it is counted back from its day; ``then_next_banking_day`` that it ends on the banking day
    after the day it comes to.
    """

    count: int
    unit: Unit
    before: bool
    then_next_banking_day: bool
    row: Row


@lru_cache(maxsize=1024)
def clock(name: str, on: date) -> Clock:
    """Return a clock as it ran on a day, such as ``return-ordinary``; raises ``KeyError`` when none is in force."""
    row = in_force("clocks", on)[name]
    return Clock(
        count=int(row.values["count"]),
        unit=Unit(row.values["unit"]),
        before=row.values["side"] == "before",
        then_next_banking_day=row.values["then"] == "next_banking_day",
        row=row,
    )


def clock_names(on: date) -> tuple[str, ...]:
    """Return the names of the clocks in force on a day, in the order of their table."""
    return tuple(in_force("clocks", on))
