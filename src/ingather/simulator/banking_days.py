"""When an entry settles: processing day, settlement day and banking-day counts on the calendar that was given.

The operator's day is in Eastern time and ends at 02:15 of the next morning. An effective date that is today, past or
missing settles today when the file came early enough, otherwise on the next banking day; a future one settles on
itself, or on the first banking day after it.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from ingather.simulator.terms import BankTerms

IsBankingDay = Callable[[date], bool]

_ONE_DAY = timedelta(days=1)
_END_OF_PROCESSING_DAY = time(2, 15)


def on_or_after(day: date, is_banking_day: IsBankingDay) -> date:
    """Return ``day`` if it is a banking day, else the first one after it."""
    while not is_banking_day(day):
        day += _ONE_DAY
    return day


def after(day: date, count: int, is_banking_day: IsBankingDay) -> date:
    """Return the ``count``-th banking day strictly after ``day``; ``day`` itself for 0."""
    for _ in range(count):
        day = on_or_after(day + _ONE_DAY, is_banking_day)
    return day


def processing_day(at: datetime, terms: BankTerms, is_banking_day: IsBankingDay) -> date:
    """Return the banking day on which the operator takes a file that the bank accepted at this instant."""
    local = at.astimezone(terms.zone)
    day = local.date()
    return on_or_after(day - _ONE_DAY if local.time() < _END_OF_PROCESSING_DAY else day, is_banking_day)


def same_day(at: datetime, terms: BankTerms, is_banking_day: IsBankingDay) -> date:
    """Return when an entry dated today, earlier or not at all settles: today before the last window, else next."""
    local = at.astimezone(terms.zone)
    day = processing_day(at, terms, is_banking_day)
    in_time = local.date() < day or (local.date() == day and local.time() <= terms.same_day_until)
    return day if in_time else after(day, 1, is_banking_day)


def settlement_day(effective: date | None, at: datetime, terms: BankTerms, is_banking_day: IsBankingDay) -> date:
    """Return the settlement day of a batch accepted at this instant; ``effective`` is None when blank or no date."""
    day = processing_day(at, terms, is_banking_day)
    if effective is None or effective <= day:
        return same_day(at, terms, is_banking_day)
    return on_or_after(effective, is_banking_day)


def is_too_far_ahead(effective: date | None, at: datetime, terms: BankTerms, is_banking_day: IsBankingDay) -> bool:
    """Return whether the effective date lies further ahead than this bank holds files for (R18)."""
    if effective is None:
        return False
    last = after(processing_day(at, terms, is_banking_day), terms.held_banking_days, is_banking_day)
    return on_or_after(effective, is_banking_day) > last
