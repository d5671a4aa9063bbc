"""Finding lines of a file by what people know of an entry: trace, amount, name, our reference, or the last four.

The columns of all lines are compared at once; what was looked for is on no record, since it may be anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask
from ingather.base.money import parse_minor
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH

MOST = 50
_LAST = 4
_ENTRY = LAYOUTS["6"]
_ACCOUNT, _AMOUNT, _TRACE = (_ENTRY.span(name) for name in ("account_number", "amount", "trace_number"))
_WORDS = slice(39, 79)
_SIX, _SEVEN = ord("6"), ord("7")
_UPPER = np.arange(256, dtype=np.uint8)
_UPPER[list(range(97, 123))] -= 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """The first lines that fit, from 1, and how many do."""

    lines: Sequence[int]
    count: int


def seek(rows: Bytes2D, text: str) -> Sought:
    """Return the lines of ``(n, 94)`` records that fit a text of at least two characters; none for less.

    Four digits are the end of an account, or part of anything else; an amount is written as 84.15 or 1,284.15.
    """
    text = " ".join(text.split())
    if len(text) < 2 or not len(rows):  # noqa: PLR2004 -- one letter fits everything
        return Sought(lines=(), count=0)
    entries = rows[:, 0] == _SIX
    found = np.zeros(len(rows), np.bool_)
    sought = text.upper().encode("cp1252", errors="replace")
    bare = text.replace(",", "").removeprefix("$")
    if "." in bare and (cents := _cents(bare)) is not None:
        found |= entries & (rows[:, _AMOUNT] == np.frombuffer(b"%010d" % cents, np.uint8)).all(axis=1)
    if text.isdigit() and len(text) <= 15:  # noqa: PLR2004 -- a trace number has fifteen digits
        found |= _holds(rows[:, _TRACE], sought, at_end=True) & (entries | (rows[:, 0] == _SEVEN))
    if len(text) == _LAST:
        found |= entries & _ends_with(rows[:, _ACCOUNT], sought)
    if not text.isdigit() or len(text) > _LAST:
        found |= entries & _holds(rows[:, _WORDS], sought)
    lines: Int64 = np.flatnonzero(found) + 1
    return Sought(lines=lines[:MOST].tolist(), count=len(lines))


def rows_of(data: bytes, stride: int) -> Bytes2D:
    """Return the bytes of a file whose lines take ``stride`` bytes each as ``(n, 94)`` records, without a copy."""
    count = (len(data) + stride - RECORD_WIDTH) // stride
    return np.ndarray((count, RECORD_WIDTH), np.uint8, data, 0, (stride, 1))


def _cents(text: str) -> int | None:
    try:
        return parse_minor(text)
    except ValueError:
        return None


def _holds(columns: Bytes2D, sought: bytes, *, at_end: bool = False) -> Mask:
    """Return the rows whose columns hold a text, in capitals or not; ``at_end`` only at their end."""
    width, size = columns.shape[1], len(sought)
    found = np.zeros(len(columns), np.bool_)
    wanted = np.frombuffer(sought, np.uint8)
    for start in (width - size,) if at_end else range(width - size + 1):
        # Most rows differ in the first letter.
        likely = np.flatnonzero(_UPPER[columns[:, start]] == wanted[0])
        if len(likely):
            same = (_UPPER[columns[likely, start : start + size]] == wanted).all(axis=1)
            found[likely[same]] = True
    return found


def _ends_with(columns: Bytes2D, sought: bytes) -> Mask:
    """Return the rows whose text, blanks after it left out, ends with four characters and is longer than them."""
    width, size = columns.shape[1], len(sought)
    found = np.zeros(len(columns), np.bool_)
    wanted = np.frombuffer(sought, np.uint8)
    for end in range(size + 1, width + 1):
        likely = np.flatnonzero(columns[:, end - 1] == wanted[-1])
        if len(likely):
            same = (columns[likely, end - size : end] == wanted).all(axis=1)
            same &= (columns[likely, end:] == BLANK).all(axis=1)
            found[likely[same]] = True
    return found
