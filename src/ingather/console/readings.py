"""What a text that somebody looks for could be: an id, a reference, a trace, an amount, a day, a hash, a name.

One text is often several of these. Each reading is asked of the book, and the page says which ones there were.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ingather.base.ids import KEY_WIDTH, Prefix, decode_key, parse_public_id
from ingather.base.money import parse_minor

MOST = 200
"""Longer texts name nothing."""
_TRACE = re.compile(r"\d{15}")
_LAST_FOUR = re.compile(r"[•*]?([0-9]{4})")
_HASH = re.compile(r"[0-9a-f]{8,64}")
_AMOUNT = re.compile(r"\$? ?(\d{1,3}(?:,\d{3})+|\d{1,12})(\.\d{2})?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?")
_WORDS = re.compile(
    r"(?:[a-z]{3,9},? )?(\d{1,2}) ([a-z]{3})[a-z]*(?: (\d{4}))?|([a-z]{3})[a-z]* (\d{1,2})(?:,? (\d{4}))?"
)
_CHINESE = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AN_ID = re.compile(r"[a-z]{2,5}_[0-9A-Za-z]{13}")


class Kind(StrEnum):
    """As what a text is read."""

    ID = "id"
    REFERENCE = "reference"
    TRACE = "trace"
    AMOUNT = "amount"
    DAY = "day"
    LAST_FOUR = "last_four"
    HASH = "hash"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of a text: its kind and what it is then.

    ``key`` with ``prefix`` for an id or a reference, ``number`` a trace or minor units, ``day`` a day; ``text`` is what
    was typed.
    """

    kind: Kind
    text: str = ""
    prefix: Prefix | None = None
    key: int = 0
    number: int = 0
    day: date | None = None


def readings_of(text: str, *, today: date) -> list[Reading]:
    """Return everything that a text could be, the most particular first.

    A day without its year is the one nearest to today.
    """
    text = text.strip()
    if not text or len(text) > MOST:
        return []
    return list(_read(text, today))


def _read(text: str, today: date) -> Iterator[Reading]:
    if _AN_ID.fullmatch(text) and (named := _named(text)) is not None:
        yield named
        return
    if len(text) == KEY_WIDTH and (key := _key(text)) is not None:
        yield Reading(kind=Kind.REFERENCE, text=text, prefix=Prefix.ORDER, key=key)
    if _TRACE.fullmatch(text):
        yield Reading(kind=Kind.TRACE, text=text, number=int(text))
    if (found := _LAST_FOUR.fullmatch(text)) is not None:
        yield Reading(kind=Kind.LAST_FOUR, text=found[1])
    for minor in _amounts(text):
        yield Reading(kind=Kind.AMOUNT, text=text, number=minor)
    if (day := _day(text.lower(), today)) is not None:
        yield Reading(kind=Kind.DAY, text=text, day=day)
    if _HASH.fullmatch(text.lower()):
        yield Reading(kind=Kind.HASH, text=text.lower())
    yield Reading(kind=Kind.NAME, text=text)


def _named(text: str) -> Reading | None:
    word = text.partition("_")[0]
    if word not in set(Prefix):
        return None
    try:
        key = parse_public_id(Prefix(word), text)
    except ValueError:
        return None
    return Reading(kind=Kind.ID, text=text, prefix=Prefix(word), key=key)


def _key(text: str) -> int | None:
    try:
        return decode_key(text)
    except ValueError:
        return None


def _amounts(text: str) -> Iterator[int]:
    """Yield the minor units that a text could be: ``84.15`` is one thing, ``8415`` may be 84.15 or 8,415.00."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return
    plain = text.lstrip("$ ").replace(",", "")
    if not found[2]:
        if "," not in text and "$" not in text and len(plain) > 2:  # noqa: PLR2004 -- the cents are two digits
            yield int(plain)
        plain += ".00"
    if (minor := parse_minor(plain)) > 0:
        yield minor


def _day(text: str, today: date) -> date | None:
    if (iso := _ISO.fullmatch(text)) is not None:
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    if (slashed := _SLASHED.fullmatch(text)) is not None:
        return _latest(slashed[3], int(slashed[1]), int(slashed[2]), today)
    if (chinese := _CHINESE.fullmatch(text)) is not None:
        return _latest(chinese[1], int(chinese[2]), int(chinese[3]), today)
    if (words := _WORDS.fullmatch(text)) is not None:
        day, month, year = (words[1], words[2], words[3]) if words[1] else (words[5], words[4], words[6])
        if month in _MONTHS:
            return _latest(year, _MONTHS.index(month) + 1, int(day), today)
    return None


def _latest(year: str | None, month: int, day: int, today: date) -> date | None:
    """Return a day; without its year the one nearest to today, since orders are due ahead and files lie behind."""
    if year:
        return _date(int(year), month, day)
    found = [each for each in (_date(today.year + ahead, month, day) for ahead in (-1, 0, 1)) if each is not None]
    return min(found, key=lambda each: abs(each - today), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
