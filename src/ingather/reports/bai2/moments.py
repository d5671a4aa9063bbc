"""Dates and times of BAI2: YYMMDD and HHMM, with two ways to say the end of a day."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ingather.base.dates import parse_yymmdd

_HALF_A_CENTURY = 50
_CENTURY = 100
_END_OF_DAY = frozenset({"2400", "9999"})
_TIME = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])")


def read_day(text: str, *, near: date) -> date:
    """Return the day of YYMMDD in the century that brings it closest to ``near``; raises ``ValueError`` for none."""
    century = near.year // _CENTURY * _CENTURY
    day = parse_yymmdd(text, century=century)
    if abs(day.year - near.year) > _HALF_A_CENTURY:
        day = parse_yymmdd(text, century=century + (_CENTURY if day.year < near.year else -_CENTURY))
    return day


def read_moment(day: date, clock: str, zone: str) -> datetime:
    """Return the instant of a day at HHMM by a zone's clock; 2400, 9999 and nothing mean its end.

    Raises ``ValueError`` for a time that no clock shows.
    """
    if not clock or clock in _END_OF_DAY:
        at = time(23, 59, 59)
    elif found := _TIME.fullmatch(clock):
        at = time(int(found[1]), int(found[2]))
    else:
        message = "not a time"
        raise ValueError(message)
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone))
