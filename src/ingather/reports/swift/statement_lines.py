"""Field 61 of a statement, one line of money, and the balances and sums beside it."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from ingather.base.dates import parse_month_day, parse_yymmdd
from ingather.reports.amounts import minor_units

_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}| {4})?(?P<mark>R[CD]|E[CD]|[CD])(?P<funds>[A-Z])?"
    r"(?P<amount>[0-9]{1,18}(?:,[0-9]{0,4})?)(?:(?P<type>[A-Z][A-Z0-9]{3})(?P<rest>.*))?"
)
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>[0-9]{6})(?P<currency>[A-Z]{3})?(?P<amount>[0-9]{1,18}(?:,[0-9]{0,4})?)")
_SUM = re.compile(r"(?P<count>[0-9]{1,5})(?P<currency>[A-Z]{3})(?P<amount>[0-9]{1,18}(?:,[0-9]{0,4})?)")
_FLOOR = re.compile(r"(?P<currency>[A-Z]{3})(?P<mark>[CD])?(?P<amount>[0-9]{1,18}(?:,[0-9]{0,4})?)")
_INSTANT = re.compile(r"(?P<day>[0-9]{6})(?P<clock>[0-9]{4})(?:(?P<sign>[+-])(?P<offset>[0-9]{4}))?")
_REFERENCE = 16
# The latter say which code word of field 86 has the reference.
_NO_REFERENCE = frozenset({"NONREF", "NOTPROVIDED", "EREF", "PREF", "MARF"})
_CREDITS = frozenset({"C", "RD", "EC"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One field 61: ``amount_minor`` is signed, ``value_on`` None where there is no such day.

    ``code`` is the transaction type without its first letter; ``reversed`` when it takes back another, ``expected``
    when it has not been booked yet.
    """

    value_on: date | None
    entered_on: date | None
    amount_minor: int
    reversed: bool
    expected: bool
    code: str
    customer_ref: str
    bank_ref: str
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A balance, a sum or a floor: signed for a balance; ``count`` of a sum; ``on`` None without a readable day."""

    amount_minor: int
    currency: str
    on: date | None = None
    count: int = 0


def statement_line(text: str, *, currency: str, near: date) -> StatementLine | None:
    """Return a field 61's first line; None where it has none of the forms that are read.

    ``near`` is a day close to the statement's, for the entry date, which has no year.
    """
    found = _LINE.fullmatch(text)
    if found is None:
        return None
    try:
        minor = minor_units(found["amount"], currency, mark=",")
    except ValueError:
        return None
    value_on = _day(found["value"])
    rest = found["rest"] or ""
    customer_ref, parted, bank_ref = rest.partition("//")
    more = ""
    if not parted:
        customer_ref, more = rest[:_REFERENCE], rest[_REFERENCE:].strip()
    return StatementLine(
        value_on=value_on,
        entered_on=_near(found["entry"] or "", value_on or near),
        amount_minor=minor if found["mark"] in _CREDITS else -minor,
        reversed=found["mark"].startswith("R"),
        expected=found["mark"].startswith("E"),
        code=(found["type"] or "")[1:],
        customer_ref=_given(customer_ref),
        bank_ref=_given(bank_ref),
        more=more,
    )


def balance(text: str, *, currency: str) -> Stated | None:
    """Return a field 60, 62, 64 or 65; ``currency`` where it names none."""
    found = _BALANCE.fullmatch(text.strip())
    stated = _stated(found, currency)
    if found is None or stated is None:
        return None
    minor = stated.amount_minor if found["mark"] == "C" else -stated.amount_minor
    return Stated(amount_minor=minor, currency=stated.currency, on=_day(found["day"]))


def entry_sum(text: str) -> Stated | None:
    """Return a field 90C or 90D: how many entries, and what they come to."""
    found = _SUM.fullmatch(text.strip())
    stated = _stated(found, "")
    if found is None or stated is None:
        return None
    return Stated(amount_minor=stated.amount_minor, currency=stated.currency, count=int(found["count"]))


def floor(text: str) -> Stated | None:
    """Return a field 34F: entries below it are not told."""
    return _stated(_FLOOR.fullmatch(text.strip()), "")


def instant(text: str) -> datetime | None:
    """Return a field 13D; its offset is hours and minutes. None without an offset or where there is no such time."""
    found = _INSTANT.fullmatch(text.strip())
    if found is None or found["offset"] is None:
        return None
    offset = timedelta(hours=int(found["offset"][:2]), minutes=int(found["offset"][2:]))
    day = _day(found["day"])
    clock = (int(found["clock"][:2]), int(found["clock"][2:]))
    if day is None or offset >= timedelta(hours=15) or clock > (23, 59) or clock[1] > 59:  # noqa: PLR2004 -- of a clock
        return None
    zone = timezone(-offset if found["sign"] == "-" else offset)
    return datetime(day.year, day.month, day.day, *clock, tzinfo=zone)


def _stated(found: re.Match[str] | None, currency: str) -> Stated | None:
    if found is None:
        return None
    named = found["currency"] or currency
    try:
        return Stated(amount_minor=minor_units(found["amount"], named, mark=","), currency=named)
    except ValueError:
        return None


def _given(reference: str) -> str:
    bare = reference.strip()
    return "" if bare in _NO_REFERENCE else bare


def _day(digits: str) -> date | None:
    try:
        return parse_yymmdd(digits)
    except ValueError:
        return None


def _near(digits: str, near: date) -> date | None:
    """Return the day of a month and day that lies closest to another day."""
    if not digits.strip():
        return None
    try:
        return parse_month_day(int(digits[:2]), int(digits[2:]), near=near)
    except ValueError:
        return None
