"""Single values of ISO 20022 messages: days, instants, amounts with their currency, numbers."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ingather.reports.amounts import minor_units
from ingather.reports.camt.markup import Element

YEARS = range(1990, 2100)

_MOST_DIGITS = 18
_DAY = len("2026-11-24")
_SIGNS = {"CRDT": 1, "DBIT": -1}
_NOT_PROVIDED = frozenset({"NOTPROVIDED", "NONREF"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount without its sign; ``minor`` is None where the text is none that we read."""

    minor: int | None
    currency: str


def amount_of(element: Element | None, *, currency: str = "") -> Amount:
    """Return the amount of an element; ``currency`` where it names none."""
    if element is None:
        return Amount(minor=None, currency=currency)
    named = element.currency or currency
    try:
        return Amount(minor=minor_units(element.text, named), currency=named)
    except ValueError:
        return Amount(minor=None, currency=named)


def sign_of(element: Element) -> int:
    """Return 1 for a credit to our account, -1 for a debit, 0 where the message does not say."""
    return _SIGNS.get(element.said("CdtDbtInd"), 0)


def day_of(text: str) -> date | None:
    """Return the day that a date, or an instant by its own clock, names; None where there is no such day."""
    try:
        found = date.fromisoformat(text[:_DAY])
    except ValueError:
        return None
    return found if found.year in YEARS and text[4:5] == "-" else None


def instant_of(text: str, zone: str) -> datetime | None:
    """Return an instant; without an offset it is told by the clock of ``zone``. None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.year not in YEARS or len(text) <= _DAY:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))


def number_of(text: str) -> int | None:
    """Return a whole number of at most 18 digits, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def provided(text: str) -> str:
    """Return a reference, or nothing where the text only says that there is none."""
    return "" if text in _NOT_PROVIDED else text
