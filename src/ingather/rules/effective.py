"""Effective entry dates: the settlement day a debit asks for, and until when a file asking for it can be handed over.

A debit's effective date is one banking day after the day its file is processed. A later one is returned R18; an
earlier, blank or past one settles the same day, before the buyer agreed to pay. So a file that missed its cut-off is
rebuilt, never sent.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from ingather.rules.calendar import add_banking_days, is_banking_day, processing_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a bank takes files: its cut-off on banking days, in its zone, and the lead in banking days."""

    cutoff: time
    zone: tzinfo
    lead_banking_days: int = 1


def effective_date(instant: datetime, window: Window) -> date:
    """Return the effective entry date of a file that is handed over at an aware instant."""
    day = processing_day(instant, cutoff=window.cutoff, zone=window.zone)
    return add_banking_days(day, window.lead_banking_days)


def cutoff_for(effective_on: date, window: Window) -> datetime:
    """Return the instant before which a file with this effective date must be at the ODFI, in the bank's zone.

    Raises ``ValueError`` when the date is not a banking day: no hand-over leads to it.
    """
    if not is_banking_day(effective_on):
        message = f"{effective_on} is not a banking day; nothing settles on it"
        raise ValueError(message)
    day = add_banking_days(effective_on, -window.lead_banking_days)
    return datetime.combine(day, window.cutoff, tzinfo=window.zone)


def reachable(effective_on: date, instant: datetime, window: Window) -> bool:
    """Return whether a file handed over at this instant settles on its effective date, neither earlier nor refused.

    Too late would settle the same day or be moved; too early would be returned R18.
    """
    return effective_date(instant, window) == effective_on
