"""Dates and instants: banking dates are plain dates, instants are aware and kept as microseconds UTC."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_HALF_A_YEAR = 183


def to_micros(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970 UTC; raises ``ValueError`` for a naive one."""
    if instant.tzinfo is None:
        message = "an instant needs a time zone"
        raise ValueError(message)
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return microseconds since 1970 as an aware UTC instant."""
    return _EPOCH + timedelta(microseconds=micros)


def first_instant(day: date, at: time, zone: tzinfo) -> datetime:
    """Return the first instant, in UTC, at which a zone's clock shows this time of a day or has passed it.

    Where clocks are put back, an hour comes twice and its first time counts; where they are put forward over the time,
    it is the instant at which they are.
    """
    wall = datetime.combine(day, at)
    before, after = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if before.astimezone(zone).replace(tzinfo=None) == wall:
        return before
    # The clocks skip this time: the instant of the change lies between the two readings.
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def parse_yymmdd(text: str, /, *, century: int = 2000) -> date:
    """Return the date of six digits as NACHA files write it; raises ``ValueError`` when there is no such day."""
    if len(text) != 6 or not text.isascii() or not text.isdigit():  # noqa: PLR2004 -- the format's own width
        message = "a NACHA date has six digits, YYMMDD"
        raise ValueError(message)
    return date(century + int(text[:2]), int(text[2:4]), int(text[4:]))


def format_yymmdd(day: date) -> str:
    """Return a date as the six digits of a NACHA file."""
    return day.strftime("%y%m%d")


def julian_day(day: date) -> str:
    """Return a date's day of the year as three digits, as settlement dates are written."""
    return f"{day.timetuple().tm_yday:03d}"


def parse_julian(text: str, /, *, near: date) -> date:
    """Return the date with this day of the year that lies closest to ``near``; raises ``ValueError`` otherwise.

    Settlement dates have no year: near a year's end day 001 is in the next and day 365 in the last. A day that no year
    has within half a year, as 366 mostly, is no date.
    """
    if len(text) != 3 or not text.isascii() or not text.isdigit():  # noqa: PLR2004 -- the format's own width
        message = "a settlement date has three digits, the day of the year"
        raise ValueError(message)
    found = [
        day
        for year in (near.year - 1, near.year, near.year + 1)
        if (day := date(year, 1, 1) + timedelta(days=int(text) - 1)).year == year and int(text) > 0
    ]
    found = [day for day in found if abs((day - near).days) <= _HALF_A_YEAR]
    if not found:
        message = "no year near has this day"
        raise ValueError(message)
    return min(found, key=lambda day: abs((day - near).days))


def parse_month_day(month: int, day: int, /, *, near: date) -> date:
    """Return the date of a month and day without a year that lies closest to ``near``; raises ``ValueError`` for none.

    As for a day of the year: one that no year has within half a year, as 29 February mostly, is no date.
    """
    found = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            each = date(year, month, day)
        except ValueError:
            continue
        if abs((each - near).days) <= _HALF_A_YEAR:
            found.append(each)
    if not found:
        message = "no year near has this day"
        raise ValueError(message)
    return min(found, key=lambda each: abs((each - near).days))
