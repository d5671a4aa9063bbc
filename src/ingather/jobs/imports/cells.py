"""Cells into values: what each sort of cell may hold, judged once for each different cell of a column."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, TypeAlias
from unicodedata import category

from ingather.base.money import parse_minor
from ingather.jobs.imports.damage import Sort, damage_to
from ingather.jobs.imports.faults import Fault, shown

Judge: TypeAlias = Callable[[str], Any]
"""Takes a cell and returns its value, or a ``Fault`` whose sentence goes on from the column's name."""

_SUSPICIOUS = re.compile(r"^[\s='\u2019#]|\s$|[eE][+-]\d|[\u00a0\u2007\u202f\u200b\u2060\ufeff]")
_AMOUNT = re.compile(r"\d{1,10}(?:\.\d{1,2})?", re.ASCII)
_DATE = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"20\d\d-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_NUMBER = re.compile(r"[1-9]\d{0,4}", re.ASCII)
_ROUTING = re.compile(r"\d{9}", re.ASCII)
_ACCOUNT = re.compile(r"(?=.*[1-9A-Za-z])[0-9A-Za-z-]{1,17}", re.ASCII)
_FREE_CONTROLS = str.maketrans(dict.fromkeys("\n\r\t"))
_MOST_INSTALMENTS = 32_767
_FREE = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a sheet. ``red`` cells are never quoted: an account number may stand in them by mistake.

    A column that may be ``absent`` counts as one of empty cells where the header does not name it.
    """

    name: str
    judge: Judge
    red: bool = False
    absent: bool = False

    def values(self, cells: Sequence[str]) -> tuple[list[Any], list[tuple[int, Fault]]]:
        """Return the ``n`` values of ``n`` cells, and the faults with their row; a faulty row's value is its fault."""
        judged = {cell: self._judged(cell) for cell in set(cells)}
        values = [judged[cell] for cell in cells]
        if not any(isinstance(value, Fault) for value in judged.values()):
            return values, []
        return values, [(row, value) for row, value in enumerate(values) if isinstance(value, Fault)]

    def _judged(self, cell: str) -> Any:  # noqa: ANN401 -- a value of the column's own type, or a fault
        value = self.judge(cell)
        if not isinstance(value, Fault):
            return value
        quoted = "" if self.red or not cell else f" It says {shown(cell)}."
        return Fault(check=value.check, message=f"The {self.name} {value.message}.{quoted}")


def _fault(cell: str, sort: Sort, check: str, sentence: str) -> Fault:
    """Return the damage that a spreadsheet did, or else this fault."""
    if not cell:
        return Fault(check="import-empty", message="is empty; this column is needed")
    return damage_to(cell, sort) or Fault(check=check, message=sentence)


def text(width: int, sort: Sort = Sort.KEY, *, ascii_only: bool = False) -> Judge:
    """Return the judge of a short text of at most ``width`` characters."""

    def judge(cell: str) -> str | Fault:
        if _SUSPICIOUS.search(cell) and (damage := damage_to(cell, sort)):
            return damage
        if not 0 < len(cell) <= width:
            return _fault(cell, sort, "import-length", f"has {len(cell)} characters, {width} fit, and it is never cut")
        if not cell.isprintable() or (ascii_only and not cell.isascii()):
            allowed = "plain ASCII letters, digits and signs" if ascii_only else "characters that can be printed"
            return _fault(cell, sort, "import-characters", f"holds something else than {allowed}")
        return cell

    return judge


def free_text(cell: str) -> str | Fault:
    """Judge words that are kept as they are: only what cannot be words at all is refused."""
    if not cell.strip():
        return Fault(check="import-empty", message="is empty; this column is needed")
    if len(cell) > _FREE:
        return Fault(check="import-length", message=f"has {len(cell)} characters, {_FREE} fit, and it is never cut")
    if cell.startswith("#") and (damage := damage_to(cell, Sort.NAME)):
        return damage
    if not cell.isprintable() and any(category(letter) == "Cc" for letter in set(cell.translate(_FREE_CONTROLS))):
        return Fault(check="import-characters", message="holds control characters; only line ends and tabs may stand")
    return cell


def word(of: type[StrEnum]) -> Judge:
    """Return the judge of one word of an enumeration, in lower case."""
    words = {str(member): member for member in of}
    choice = ", ".join(words)

    def judge(cell: str) -> StrEnum | Fault:
        found = words.get(cell)
        if found is not None:
            return found
        if cell.lower() in words:
            return Fault(check="import-word", message=f"is written in lower case: {cell.lower()}")
        return _fault(cell, Sort.WORD, "import-word", f"is one of: {choice}")

    return judge


def words(of: type[StrEnum]) -> Judge:
    """Return the judge of several words of an enumeration, in lower case, with blanks between them."""
    one = word(of)

    def judge(cell: str) -> tuple[StrEnum, ...] | Fault:
        found = [one(part) for part in cell.split()]
        faults = [each for each in found if isinstance(each, Fault)]
        if faults or not found:
            choice = ", ".join(of)
            return (
                faults[0] if len(found) == 1 else Fault(check="import-word", message=f"is made of words of: {choice}")
            )
        return tuple(found)

    return judge


def yes_or_no(cell: str) -> bool | Fault:
    """Judge a yes or a no."""
    match cell:
        case "yes":
            return True
        case "no":
            return False
        case _:
            return _fault(cell, Sort.WORD, "import-yes-no", "is yes or no, in lower case")


def currency(cell: str) -> str | Fault:
    """Judge a currency: US dollars, the only one an ACH debit collects here."""
    return cell if cell == "USD" else _fault(cell, Sort.WORD, "import-currency", "is USD; nothing else is collected")


def amount(cell: str) -> int | Fault:
    """Judge an amount of more than zero and return its minor units."""
    if not _AMOUNT.fullmatch(cell):
        return _fault(cell, Sort.AMOUNT, "import-amount", "is not a plain amount; write it as in 1234.56")
    minor = parse_minor(cell)
    return minor or Fault(check="import-amount", message="is zero; it must be more")


def instalment(cell: str) -> int | Fault:
    """Judge the number of an instalment, 1 for an order paid at once."""
    if _NUMBER.fullmatch(cell) and int(cell) <= _MOST_INSTALMENTS:
        return int(cell)
    return _fault(cell, Sort.NUMBER, "import-number", f"is a whole number from 1 to {_MOST_INSTALMENTS}")


def day(cell: str) -> date | Fault:
    """Judge a date of this century, year-month-day."""
    if _DATE.fullmatch(cell):
        try:
            return date.fromisoformat(cell)
        except ValueError:
            return Fault(check="import-date", message="is not in the calendar")
    return _fault(cell, Sort.DATE, "import-date", "is not a date of this century; write it as in 2026-11-30")


def instant(cell: str) -> datetime | Fault:
    """Judge an instant of this century with its offset (RFC 3339)."""
    if _INSTANT.fullmatch(cell):
        try:
            return datetime.fromisoformat(cell.upper())
        except ValueError:
            return Fault(check="import-instant", message="is not in the calendar, or not a time of day")
    sentence = "is not an instant with its offset; write it as in 2026-11-03T14:05:00-05:00"
    if _INSTANT.fullmatch(f"{cell}Z"):
        return Fault(check="import-offset", message=sentence.replace("an instant with its", "complete: it has no"))
    return _fault(cell, Sort.INSTANT, "import-instant", sentence)


def routing(cell: str) -> str | Fault:
    """Judge nine digits; their check digit is looked at where accounts are recorded."""
    if _ROUTING.fullmatch(cell):
        return cell
    return _fault(cell, Sort.ROUTING, "import-routing", "is not a routing number: nine digits, without blanks or signs")


def account_number(cell: str) -> str | Fault:
    """Judge an account number of 1 to 17 digits, letters and hyphens; it is not looked at for rounding."""
    if _ACCOUNT.fullmatch(cell) and (cell.isdigit() or not damage_to(cell, Sort.ACCOUNT)):
        return cell
    return _fault(
        cell,
        Sort.ACCOUNT,
        "import-account-number",
        "is not an account number: 1 to 17 digits, letters or hyphens, not all zeros, without blanks; it is never cut",
    )


def address(cell: str) -> str | Fault:
    """Judge an internet address, version 4 or 6."""
    try:
        ip_address(cell)
    except ValueError:
        return _fault(cell, Sort.WORD, "import-address", "is not an internet address, as in 203.0.113.7")
    return cell


def optional(judge: Judge, *, empty: str | None = None) -> Judge:
    """Return a judge that takes an empty cell for ``empty``."""
    return lambda cell: judge(cell) if cell else empty
