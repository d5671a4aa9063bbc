"""What spreadsheets do to rows that pass through them, each kind recognised by its shape and explained.

Nothing is repaired here: a value that a spreadsheet changed is asked for again from where it came.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from ingather.jobs.imports.faults import Fault

ACCURATE_DIGITS = 15


class Sort(StrEnum):
    """What a cell is meant to be, which decides what counts as damage to it."""

    KEY = "key"
    NAME = "name"
    WORD = "word"
    NUMBER = "number"
    AMOUNT = "amount"
    DATE = "date"
    INSTANT = "instant"
    ROUTING = "routing"
    ACCOUNT = "account"


_ALL = frozenset(Sort)
_NUMBERS = frozenset({Sort.NUMBER, Sort.AMOUNT, Sort.ROUTING, Sort.ACCOUNT})
_WHOLE = frozenset({Sort.NUMBER, Sort.ROUTING, Sort.ACCOUNT})
_DATES = frozenset({Sort.DATE, Sort.INSTANT})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Damage:
    check: str
    shape: re.Pattern[str]
    sentence: str
    to: frozenset[Sort] = _ALL


_TABLE = (
    _Damage(
        check="import-no-break-space",
        shape=re.compile(r".*[\u00a0\u2007\u202f\u200b\u2060\ufeff].*", re.DOTALL),
        sentence="holds a no-break or invisible space, as copied from a web page or a spreadsheet; type it anew",
    ),
    _Damage(
        check="import-blanks",
        shape=re.compile(r"\s.*|.*\s", re.DOTALL),
        sentence="starts or ends with a blank; take the blank out",
    ),
    _Damage(
        check="import-formula-error",
        shape=re.compile(
            r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|UNKNOWN!|GETTING_DATA)"
        ),
        sentence="holds the error that a spreadsheet's formula left there; put the value itself",
    ),
    _Damage(
        check="import-hidden-number",
        shape=re.compile(r"#{3,}"),
        sentence="holds the signs a spreadsheet shows when a column is too narrow; take the value from its source",
    ),
    _Damage(
        check="import-formula",
        shape=re.compile(r"=.*", re.DOTALL),
        sentence="holds a spreadsheet's formula; put the value itself",
    ),
    _Damage(
        check="import-apostrophe",
        shape=re.compile(r"['\u2019].*", re.DOTALL),
        sentence="starts with the apostrophe that marks text in a spreadsheet; take it out",
        to=_ALL - {Sort.NAME},
    ),
    _Damage(
        check="import-apostrophe",
        shape=re.compile(r"['\u2019][\d=+-].*", re.DOTALL),
        sentence="starts with the apostrophe that marks text in a spreadsheet; take it out",
        to=frozenset({Sort.NAME}),
    ),
    _Damage(
        check="import-exponent",
        shape=re.compile(r"[+-]?\d+(?:[.,]\d*)?[eE][+-]\d{1,3}"),
        sentence="was turned into powers of ten by a spreadsheet (as in 1.23E+16) and its last digits are lost; "
        "take it from its source, in a column of text",
    ),
    _Damage(
        check="import-currency-sign",
        shape=re.compile(r"[(\s-]*(?:[$€£]|USD\s?).*|.*(?:[$€£]|\s?USD)[)\s]*", re.DOTALL),
        sentence="has a currency sign; write the bare amount, as in 1234.56",
        to=frozenset({Sort.AMOUNT}),
    ),
    _Damage(
        check="import-negative",
        shape=re.compile(r"[-\u2212]\s?[\d.,]+|\([\d.,]+\)|[\d.,]+-"),
        sentence="is negative; an order asks for an amount of more than zero, and money going back is a refund",
        to=frozenset({Sort.AMOUNT, Sort.NUMBER}),
    ),
    _Damage(
        check="import-thousands",
        shape=re.compile(r"\d{1,3}(?:[,' ]\d{3})+(?:\.\d*)?"),
        sentence="has separators between its thousands; write it without them, 1234.56 for 1,234.56",
        to=_NUMBERS,
    ),
    _Damage(
        check="import-decimal-comma",
        shape=re.compile(r"\d+(?:\.\d{3})*,\d*"),
        sentence="has a comma before its decimals; write a point, as in 1234.56",
        to=_NUMBERS,
    ),
    _Damage(
        check="import-decimals",
        shape=re.compile(r"\d*\.\d{3,}"),
        sentence="has more than two decimals; a cent is the smallest unit, and nothing is rounded here",
        to=frozenset({Sort.AMOUNT}),
    ),
    _Damage(
        check="import-decimal-point",
        shape=re.compile(r"\d+\.\d*"),
        sentence="has a decimal point, as a spreadsheet writes numbers; write the digits alone",
        to=_WHOLE,
    ),
    _Damage(
        check="import-leading-zero",
        shape=re.compile(r"\d{8}"),
        sentence="has eight digits: a spreadsheet dropped the zero it starts with; write all nine",
        to=frozenset({Sort.ROUTING}),
    ),
    _Damage(
        check="import-date-order",
        shape=re.compile(r"(?!\d{4}-\d\d-\d\d)\d{1,4}([/.-])\d{1,2}\1\d{1,4}(?:[ T].*)?"),
        sentence="is not written year-month-day; write it as in 2026-11-30, so that day and month cannot be mistaken",
        to=_DATES,
    ),
    _Damage(
        check="import-date-number",
        shape=re.compile(r"\d{5}(?:\.\d+)?"),
        sentence="is the number under which a spreadsheet keeps a date; write it as in 2026-11-30",
        to=_DATES,
    ),
)


def damage_to(cell: str, sort: Sort) -> Fault | None:
    """Return what a spreadsheet did to a cell of this sort, None when nothing is recognised.

    The sentence's subject is left to the caller: it goes on from "The amount", and ends without a point.
    """
    for damage in _TABLE:
        if sort in damage.to and damage.shape.fullmatch(cell):
            return Fault(check=damage.check, message=damage.sentence)
    return None


def may_be_rounded(number: str) -> bool:
    """Return whether a number of more than fifteen digits has only zeros after them, as spreadsheets leave it."""
    return len(number) > ACCURATE_DIGITS and number.isdigit() and not number[ACCURATE_DIGITS:].strip("0")


def keeps_long_digits(number: str) -> bool:
    """Return whether a number of more than fifteen digits has others than zeros after them: nothing rounded it."""
    return len(number) > ACCURATE_DIGITS and number.isdigit() and bool(number[ACCURATE_DIGITS:].strip("0"))
