"""Banking days of the Federal Reserve, and the deadlines that are counted in them.

A banking day is a weekday that the Reserve Banks do not close. A holiday on a Saturday closes no weekday; one on a
Sunday closes the Monday after it (Federal Reserve K.8 schedule). Dates are plain dates in the bank's own zone.
"""

from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache

from ingather.base.dates import first_instant
from ingather.rules.clocks import clock

FIRST_YEAR = 1999
LAST_YEAR = 2099

_SATURDAY = 5
_DAY = timedelta(days=1)


@cache
def holidays_of(year: int) -> frozenset[date]:
    """Return the weekdays of a year on which the Reserve Banks are closed.

    Raises ``ValueError`` outside 1999 to 2099, where no calendar is known.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = f"no banking calendar is known for {year}, only for {FIRST_YEAR} to {LAST_YEAR}"
        raise ValueError(message)
    # The package loads every country's calendar: a second that commands without dates need not wait.
    from holidays.financial.federal_reserve import FederalReserve  # noqa: PLC0415 -- see above

    days = FederalReserve(years=year)  # type: ignore[no-untyped-call]  # the package types its data, not its makers
    return frozenset(day for day in days if day.year == year and day.weekday() < _SATURDAY)


def is_banking_day(day: date) -> bool:
    """Return whether the Reserve Banks settle ACH entries on this day."""
    return day.weekday() < _SATURDAY and day not in holidays_of(day.year)


def next_banking_day(day: date) -> date:
    """Return the first banking day strictly after this day."""
    return banking_day_on_or_after(day + _DAY)


def previous_banking_day(day: date) -> date:
    """Return the last banking day strictly before this day."""
    day -= _DAY
    while not is_banking_day(day):
        day -= _DAY
    return day


def banking_day_on_or_after(day: date) -> date:
    """Return the day itself when it is a banking day, else the next one."""
    while not is_banking_day(day):
        day += _DAY
    return day


def add_banking_days(day: date, count: int) -> date:
    """Return the ``count``-th banking day after the day, before it when negative; 0 gives the day itself."""
    for _ in range(abs(count)):
        day = next_banking_day(day) if count > 0 else previous_banking_day(day)
    return day


def banking_days_between(first: date, last: date) -> list[date]:
    """Return the banking days from ``first`` to ``last``, both included, ascending; none when ``last`` is earlier."""
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [day for day in days if is_banking_day(day)]


def processing_day(instant: datetime, *, cutoff: time, zone: tzinfo) -> date:
    """Return the banking day whose cut-off is still ahead of an aware instant; at the cut-off itself it has passed.

    Instants are compared and not what clocks show, so an hour that comes twice or never changes nothing. Raises
    ``ValueError`` for a naive instant.
    """
    if instant.tzinfo is None:
        message = "an instant needs a time zone"
        raise ValueError(message)
    day = instant.astimezone(zone).date()
    return day if is_banking_day(day) and instant < first_instant(day, cutoff, zone) else next_banking_day(day)


def return_deadline(settled_on: date) -> date:
    """Return the banking day by whose opening an ordinary return is at the ODFI: settlement and two banking days.

    Source: Nacha Operating Rules, Appendix Four; the clock ``return-ordinary``.
    """
    return add_banking_days(settled_on, clock("return-ordinary", settled_on).count)


def hold_until(settled_on: date, *, buffer_days: int = 1) -> date:
    """Return the last day of the hold: the deadline of ordinary returns, and a buffer of banking days."""
    return add_banking_days(return_deadline(settled_on), buffer_days)


def extended_return_deadline(settled_on: date) -> date:
    """Return the first banking day after calendar day 60, by whose opening an unauthorized return is at the ODFI.

    Source: Nacha Operating Rules, Appendix Four, codes R05, R07, R10, R11 and others; the clock ``return-extended``.
    """
    return next_banking_day(settled_on + timedelta(days=clock("return-extended", settled_on).count))


def retry_deadline(first_settled_on: date) -> date:
    """Return the last day on which an entry may be re-presented: 180 calendar days after its first settlement.

    Source: Nacha Operating Rules, reinitiation of returned entries; the clock ``retry-window``.
    """
    return first_settled_on + timedelta(days=clock("retry-window", first_settled_on).count)
