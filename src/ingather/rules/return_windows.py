"""When a return is in time: by its settlement date against the window of its code, never by its arrival.

Two banking days and "sixty days" are both measured at the opening of the ODFI's business: the last unauthorized return
settles on the banking day after calendar day 60. (Nacha Operating Rules, Appendix Four.)
"""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from ingather.rules.calendar import add_banking_days, next_banking_day
from ingather.rules.return_codes import CountedFrom, ReturnReason, WindowKind


class Timeliness(StrEnum):
    """Whether the Rules call a return timely; ``not_defined`` where they, or the bank's report, give no day to tell."""

    IN_TIME = "in_time"
    LATE = "late"
    BY_AGREEMENT = "by_agreement"
    NOT_DEFINED = "not_defined"


@lru_cache(maxsize=4096)
def last_day(reason: ReturnReason, settled_on: date) -> date | None:
    """Return the last day on which a return may settle when its entry settled on a day.

    ``None`` where the window has no number, or is counted from a return or a dishonour instead.
    """
    if reason.window_days is None or reason.counted_from is not CountedFrom.ENTRY:
        return None
    if reason.window_kind is WindowKind.CALENDAR:
        return next_banking_day(settled_on + timedelta(days=reason.window_days))
    return add_banking_days(settled_on, reason.window_days)


def timeliness(reason: ReturnReason, *, deadline: date | None, settled_on: date | None, told_on: date) -> Timeliness:
    """Return whether a return that settled on a day is in time; ``told_on`` is when the bank reported it.

    Without a settlement date it is in time when it was reported by the deadline: it cannot have settled later.
    """
    if reason.window_kind is WindowKind.BY_AGREEMENT:
        return Timeliness.BY_AGREEMENT
    if deadline is None:
        return Timeliness.NOT_DEFINED
    if settled_on is None:
        return Timeliness.IN_TIME if told_on <= deadline else Timeliness.NOT_DEFINED
    return Timeliness.LATE if settled_on > deadline else Timeliness.IN_TIME


def is_late(return_settled_on: date, hold_until: date) -> bool:
    """Return whether a return came after its entry's hold, by its settlement date and never by its arrival.

    This is about our money: what was released by then is clawed back. It says nothing about the Rules' window.
    """
    return return_settled_on > hold_until
