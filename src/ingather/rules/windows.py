"""The windows of the ACH operator, in New York time: until when it takes a file, and when that file settles.

They say what becomes of a file; when we hand one over, the ODFI's own earlier cut-offs decide
(``ingather.rules.effective``).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from ingather.base.dates import NEW_YORK, first_instant
from ingather.rules.calendar import add_banking_days, banking_day_on_or_after, is_banking_day, next_banking_day
from ingather.rules.clocks import clock
from ingather.rules.rows import Row, in_force

_DAY = timedelta(days=1)
_SAME_DAY = "same_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorWindow:
    """A window of the operator; the times are New York's.

    ``day_after`` says that it closes in the night after its processing day.
    """

    odfi_by: time
    day_after: bool
    out_by: time
    settles_at: time
    same_day: bool
    row: Row

    def closes(self, processing_on: date) -> datetime:
        """Return the instant, in UTC, before which a file of a processing day is at the operator."""
        return first_instant(processing_on + _DAY if self.day_after else processing_on, self.odfi_by, NEW_YORK)

    def settles(self, processing_on: date) -> datetime:
        """Return the instant, in UTC, at which what it takes settles."""
        day = processing_on if self.same_day else next_banking_day(processing_on)
        return first_instant(day, self.settles_at, NEW_YORK)


@lru_cache(maxsize=1024)
def operator_windows(on: date) -> tuple[OperatorWindow, ...]:
    """Return the operator's windows as they were on a processing day, in the order in which they close."""
    found = (
        OperatorWindow(
            odfi_by=time.fromisoformat(row.values["odfi_by"]),
            day_after=row.values["odfi_day"] == "day_after",
            out_by=time.fromisoformat(row.values["out_by"]),
            settles_at=time.fromisoformat(row.values["settles_at"]),
            same_day=row.values["kind"] == _SAME_DAY,
            row=row,
        )
        for row in in_force("windows", on).values()
    )
    return tuple(sorted(found, key=lambda window: (window.day_after, window.odfi_by)))


def operator_day(instant: datetime) -> date:
    """Return the operator's processing day at an aware instant: a banking day, until its last window closes at night.

    Raises ``ValueError`` for a naive instant.
    """
    if instant.tzinfo is None:
        message = "an instant needs a time zone"
        raise ValueError(message)
    day = instant.astimezone(NEW_YORK).date()
    for processing_on in (day - _DAY, day):
        if is_banking_day(processing_on) and instant < operator_windows(processing_on)[-1].closes(processing_on):
            return processing_on
    return next_banking_day(day)


def window_taking(instant: datetime) -> tuple[date, OperatorWindow]:
    """Return the processing day and the window that take what reaches the operator at an aware instant.

    What comes as a window closes goes into the next one. Raises ``ValueError`` for a naive instant.
    """
    day = operator_day(instant)
    return day, next(window for window in operator_windows(day) if instant < window.closes(day))


def last_same_day(on: date) -> datetime | None:
    """Return the instant, in UTC, at which a day's last same-day window closes; None when there is none."""
    closing = [window.closes(on) for window in operator_windows(on) if window.same_day and is_banking_day(on)]
    return max(closing, default=None)


def operator_settles(effective_on: date | None, instant: datetime) -> date | None:
    """Return when the operator settles a debit that reaches it at an aware instant; None when it is returned R18.

    What is dated for the next banking day settles then. What is dated for today, or for a past day, or has no valid
    date (None), settles today when it comes before the last same-day window closes, earlier than the buyer may have
    agreed to, else on the next banking day.
    Source: Federal Reserve on stale-dated entries and same-day scenarios; Nacha Operating Rules, Appendix Two.
    """
    today = operator_day(instant)
    if effective_on is not None and effective_on > today:
        latest = add_banking_days(today, clock("debit-lead", today).count)
        return banking_day_on_or_after(effective_on) if effective_on <= latest else None
    closing = last_same_day(today)
    return today if closing is not None and instant < closing else next_banking_day(today)
