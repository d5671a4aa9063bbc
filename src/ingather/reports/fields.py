"""The types of report fields: from the text a bank wrote to a value, a whole column at a time.

Equal texts are read once, so a column of dates or codes costs little. A text that is not of its type never raises: its
row is named.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from ingather.base.dates import parse_yymmdd

CORRECTED_WIDTH = 29
YEARS = range(2000, 2100)

_TRACE_WIDTH = 15
_INTEGER = re.compile(r"[0-9]{1,18}")
_TIME = re.compile(r"([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9])?")
_OFFSET = re.compile(r"([+-])(0[0-9]|1[0-4])([0-5][0-9])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SIGNS = {"C": 1, "D": -1}
_FLAGS = {"Y": True, "N": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldType:
    """How one type is read: ``read`` raises ``ValueError`` or ``KeyError``; ``blank`` stands for "not given"."""

    read: Callable[[str], object]
    blank: object
    words: str


def _text(text: str) -> str:
    if _CONTROL.search(text) is not None:
        raise ValueError
    return text


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise ValueError
    return int(text)


def _trace(text: str) -> int:
    if len(text) != _TRACE_WIDTH:
        raise ValueError
    return _integer(text)


def _date(text: str) -> date:
    if len(text) != len("YYYYMMDD") or not text.isascii() or not text.isdigit() or int(text[:4]) not in YEARS:
        raise ValueError
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _time(text: str) -> str:
    if _TIME.fullmatch(text) is None:
        raise ValueError
    return text.ljust(6, "0")


def _offset(text: str) -> timezone:
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ValueError
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(ahead if match[1] == "+" else -ahead)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None or instant.year not in YEARS:
        raise ValueError
    return instant


def _corrected(text: str) -> str:
    kept = text.rstrip(" ")
    if len(kept) > CORRECTED_WIDTH or _CONTROL.search(kept) is not None:
        raise ValueError
    return kept.ljust(CORRECTED_WIDTH)


TYPES: dict[str, FieldType] = {
    "text": FieldType(read=_text, blank="", words="text without control characters"),
    "integer": FieldType(read=_integer, blank=0, words="a whole number without sign"),
    "trace": FieldType(read=_trace, blank=0, words="a trace number of 15 digits"),
    "date": FieldType(read=_date, blank=None, words="a date YYYYMMDD"),
    "yymmdd": FieldType(read=parse_yymmdd, blank=None, words="a date YYMMDD"),
    "time": FieldType(read=_time, blank="", words="a time HHMMSS"),
    "offset": FieldType(read=_offset, blank=None, words="an offset from UTC such as -0500"),
    "instant": FieldType(read=_instant, blank=None, words="an instant such as 2026-11-19T18:00:00-05:00"),
    "sign": FieldType(read=_SIGNS.__getitem__, blank=0, words="C or D"),
    "flag": FieldType(read=_FLAGS.__getitem__, blank=False, words="Y or N"),
    "blanks-kept": FieldType(read=_corrected, blank=" " * CORRECTED_WIDTH, words="at most 29 printable characters"),
}


def read_column(texts: Sequence[str], kind: FieldType, *, values: frozenset[str], pattern: str) -> dict[str, object]:
    """Return the value of every distinct text that is of the type; what is missing from the result is not.

    ``values`` and ``pattern`` narrow the texts further when given. Blank texts stand for the type's blank value.
    """
    shape = re.compile(pattern) if pattern else None
    known: dict[str, object] = {}
    for text in set(texts):
        bare = text.strip(" ")
        if not bare:
            known[text] = kind.blank
            continue
        if (values and bare not in values) or (shape is not None and shape.fullmatch(bare) is None):
            continue
        try:
            known[text] = kind.read(text if kind.read is _corrected else bare)
        except (ValueError, KeyError):
            continue
    return known
