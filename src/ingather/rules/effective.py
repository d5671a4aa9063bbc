"""Effective entry dates: the settlement day a debit asks for, and until when a file asking for it can be handed over.

A debit's effective date is one banking day after the day its file is processed, or that day itself where same-day
settlement is wanted. A later one is returned R18; an earlier, blank or past one settles the same day, before the buyer
agreed to pay. So a file that missed its cut-off is rebuilt, never sent. The cut-offs are the ODFI's own; the
operator's later windows only bound them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from ingather.base.dates import first_instant
from ingather.rules.calendar import add_banking_days, is_banking_day, processing_day
from ingather.rules.windows import last_same_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a bank takes files: its cut-off on banking days, in its zone, and the lead in banking days.

    ``same_day_cutoffs`` are its cut-offs for debits that settle the same day; without any it takes none.
    """

    cutoff: time
    zone: tzinfo
    lead_banking_days: int = 1
    same_day_cutoffs: tuple[time, ...] = ()


def effective_date(instant: datetime, window: Window) -> date:
    """Return the effective entry date of a file that is handed over at an aware instant."""
    day = processing_day(instant, cutoff=window.cutoff, zone=window.zone)
    return add_banking_days(day, window.lead_banking_days)


def same_day_date(instant: datetime, cutoffs: Sequence[time], zone: tzinfo) -> date | None:
    """Return today as the effective date of a same-day file handed over at an aware instant, or None when too late.

    Today is a banking day in the bank's zone, with a same-day cut-off of the bank and a same-day window of the
    operator still ahead. Raises ``ValueError`` for a naive instant.
    """
    if instant.tzinfo is None:
        message = "an instant needs a time zone"
        raise ValueError(message)
    day = instant.astimezone(zone).date()
    closing = _last_same_day_cutoff(day, cutoffs, zone)
    return day if closing is not None and instant < closing else None


def cutoff_for(effective_on: date, window: Window, *, same_day: bool = False) -> datetime:
    """Return the instant before which a file with this effective date must be at the ODFI, in the bank's zone.

    Raises ``ValueError`` when the date is not a banking day, or no same-day file can settle on it: no hand-over leads
    to it.
    """
    if not is_banking_day(effective_on):
        message = f"{effective_on} is not a banking day; nothing settles on it"
        raise ValueError(message)
    if same_day:
        closing = _last_same_day_cutoff(effective_on, window.same_day_cutoffs, window.zone)
        if closing is None:
            message = "the bank takes no same-day files"
            raise ValueError(message)
    else:
        closing = first_instant(add_banking_days(effective_on, -window.lead_banking_days), window.cutoff, window.zone)
    return closing.astimezone(window.zone)


def reachable(effective_on: date, instant: datetime, window: Window, *, same_day: bool = False) -> bool:
    """Return whether a file handed over at this instant settles on its effective date, neither earlier nor refused.

    Too late would settle the same day or be moved; too early would be returned R18. A standard file never becomes a
    same-day one by being late: it is built again.
    """
    if same_day:
        return same_day_date(instant, window.same_day_cutoffs, window.zone) == effective_on
    return effective_date(instant, window) == effective_on


def _last_same_day_cutoff(day: date, cutoffs: Sequence[time], zone: tzinfo) -> datetime | None:
    """Return the earlier of the bank's last same-day cut-off and the operator's last same-day window of a day."""
    operator = last_same_day(day)
    if operator is None or not cutoffs:
        return None
    return min(operator, max(first_instant(day, cutoff, zone) for cutoff in cutoffs))
