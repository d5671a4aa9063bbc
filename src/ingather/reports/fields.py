"""The types of report fields: from the text a bank wrote to a value, a whole column at a time.

Equal texts are read once, so a column of dates or codes costs little. A text that is not of its type never raises: its
row is named.
"""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType

from ingather.base.dates import parse_julian, parse_month_day
from ingather.reports.layout import FieldLayout

CORRECTED_WIDTH = 29
YEARS = range(1900, 2100)

_TRACE_WIDTH = 15
_MOST_DIGITS = 18
_CENTURY = 100
_INTEGER = re.compile(r"[0-9]{1,18}")
_SIGNED = re.compile(r"([+-]?)([0-9]{1,18})([+-]?)")
_TIME = re.compile(r"([01][0-9]|2[0-3]):?[0-5][0-9](:?[0-5][0-9])?")
_OFFSET = re.compile(r"([+-])(0[0-9]|1[0-4]):?([0-5][0-9])")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,34}")
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,33}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MONTHS = dict(
    zip(("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), range(1, 13), strict=True)
)
_TOKENS = {"YYYY": r"(?P<YYYY>[0-9]{4})", "YY": r"(?P<YY>[0-9]{2})", "MMM": r"(?P<MMM>[A-Za-z]{3})",
           "MM": r"(?P<MM>[0-9]{1,2})", "DDD": r"(?P<DDD>[0-9]{3})", "DD": r"(?P<DD>[0-9]{1,2})"}  # fmt: skip
_TOKEN = re.compile("|".join(_TOKENS))
_SIGNS = {"C": 1, "D": -1}
_FLAGS = {"Y": True, "N": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldType:
    """One type: ``read`` gets a text, its field and a day near; it raises ``ValueError`` or ``KeyError``.

    ``blank`` stands for "not given"; ``holds`` is what its values are, ``words`` what a person is told to write.
    """

    read: Callable[[str, FieldLayout, date], object]
    blank: object
    holds: type
    words: str


def _text(text: str, _field: FieldLayout, _near: date) -> str:
    if _CONTROL.search(text) is not None:
        raise ValueError
    return text


def _shaped(shape: re.Pattern[str]) -> Callable[[str, FieldLayout, date], str]:
    def read(text: str, _field: FieldLayout, _near: date) -> str:
        if shape.fullmatch(text) is None:
            raise ValueError
        return text

    return read


def _integer(text: str, _field: FieldLayout, _near: date) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise ValueError
    return int(text)


def _cents(text: str, _field: FieldLayout, _near: date) -> int:
    match = _SIGNED.fullmatch(text)
    if match is None or (match[1] and match[3]):
        raise ValueError
    return -int(match[2]) if "-" in (match[1], match[3]) else int(match[2])


def _decimal(text: str, field: FieldLayout, near: date) -> int:
    """Return minor units of ``1,234.50``, ``-12.5`` or ``12-``; thousands stand apart by the other mark or a blank."""
    bare = text[1:-1] + "-" if text.startswith("(") and text.endswith(")") else text
    whole, _, part = bare.rstrip("+-").partition(field.mark)
    other = "," if field.mark == "." else "."
    if other in whole or " " in whole:
        groups = re.split(rf"[{other} ]", whole.lstrip("+-"))
        if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):  # noqa: PLR2004 -- thousands
            raise ValueError
        whole = whole[: len(whole) - len(whole.lstrip("+-"))] + "".join(groups)
    if not (whole.strip("+-") or part):
        raise ValueError
    if len(part.rstrip("0")) > field.decimals or (part and not part.isdigit()) or len(part) > _MOST_DIGITS:
        raise ValueError
    sign = bare[len(bare.rstrip("+-")) :]
    return _cents(whole + part[: field.decimals].ljust(field.decimals, "0") + sign, field, near)


def _trace(text: str, field: FieldLayout, near: date) -> int:
    if len(text) != _TRACE_WIDTH:
        raise ValueError
    return _integer(text, field, near)


def date_shape(written: str) -> re.Pattern[str]:
    """Return the pattern of dates so written, of YYYY YY MM MMM DD DDD; raises ``ValueError`` when no day is told."""
    parts = _TOKEN.split(written)
    tokens = _TOKEN.findall(written)
    days = {frozenset({"MM", "DD"}), frozenset({"MMM", "DD"}), frozenset({"DDD"})}
    if frozenset(tokens) - {"YYYY", "YY"} not in days or len(set(tokens)) != len(tokens):
        raise ValueError(written)
    pattern = re.escape(parts[0])
    for token, behind in zip(tokens, parts[1:], strict=True):
        pattern += _TOKENS[token] + re.escape(behind)
    together = not any(parts)
    return re.compile(pattern.replace("{1,2}", "{2}") if together else pattern)


def _date(text: str, field: FieldLayout, near: date) -> date:
    match = date_shape(field.format or "YYYYMMDD").fullmatch(text) if text.isascii() else None
    if match is None:
        raise ValueError
    found = match.groupdict()
    year = int(found.get("YYYY") or 0)
    if short := found.get("YY"):
        year = int(short) + (2000 if int(short) < field.pivot else 1900)
    if number := found.get("DDD"):
        if not year:
            return parse_julian(number, near=near)
        day = date(year, 1, 1) + timedelta(days=int(number) - 1)
        if day.year != year:
            raise ValueError
        return day
    month = _MONTHS[found["MMM"].upper()] if found.get("MMM") else int(found["MM"])
    if not year:
        return parse_month_day(month, int(found["DD"]), near=near)
    if year not in YEARS:
        raise ValueError
    return date(year, month, int(found["DD"]))


def _written(form: str) -> Callable[[str, FieldLayout, date], date]:
    fixed = FieldLayout(label="", column="", format=form)

    def read(text: str, field: FieldLayout, near: date) -> date:
        return _date(text, field if field.format else fixed, near)

    return read


def _time(text: str, _field: FieldLayout, _near: date) -> str:
    if _TIME.fullmatch(text) is None:
        raise ValueError
    return text.replace(":", "").ljust(6, "0")


def _offset(text: str, _field: FieldLayout, _near: date) -> timezone:
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ValueError
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(ahead if match[1] == "+" else -ahead)


def _instant(text: str, _field: FieldLayout, _near: date) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None or instant.year not in YEARS:
        raise ValueError
    return instant


def _corrected(text: str, _field: FieldLayout, _near: date) -> str:
    kept = text.rstrip(" ")
    if len(kept) > CORRECTED_WIDTH or _CONTROL.search(kept) is not None:
        raise ValueError
    return kept.ljust(CORRECTED_WIDTH)


def _sign(text: str, _field: FieldLayout, _near: date) -> int:
    return _SIGNS[text]


def _flag(text: str, _field: FieldLayout, _near: date) -> bool:
    return _FLAGS[text]


TYPES: Mapping[str, FieldType] = MappingProxyType(
    {
        "text": FieldType(read=_text, blank="", holds=str, words="text without control characters"),
        "code": FieldType(read=_shaped(_CODE), blank="", holds=str, words="a code of letters and digits"),
        "account": FieldType(read=_shaped(_ACCOUNT), blank="", holds=str, words="an account number"),
        "integer": FieldType(read=_integer, blank=0, holds=int, words="a whole number without sign"),
        "cents": FieldType(read=_cents, blank=0, holds=int, words="an amount in whole minor units"),
        "decimal": FieldType(read=_decimal, blank=0, holds=int, words="an amount with its decimals"),
        "trace": FieldType(read=_trace, blank=0, holds=int, words="a trace number of 15 digits"),
        "date": FieldType(read=_date, blank=None, holds=date, words="a date"),
        "yymmdd": FieldType(read=_written("YYMMDD"), blank=None, holds=date, words="a date YYMMDD"),
        "julian": FieldType(read=_written("DDD"), blank=None, holds=date, words="a day of the year"),
        "time": FieldType(read=_time, blank="", holds=str, words="a time HHMMSS"),
        "offset": FieldType(read=_offset, blank=None, holds=timezone, words="an offset from UTC such as -0500"),
        "instant": FieldType(
            read=_instant, blank=None, holds=datetime, words="an instant such as 2026-11-19T18:00:00-05:00"
        ),
        "sign": FieldType(read=_sign, blank=0, holds=int, words="C or D"),
        "flag": FieldType(read=_flag, blank=False, holds=bool, words="Y or N"),
        "blanks-kept": FieldType(
            read=_corrected, blank=" " * CORRECTED_WIDTH, holds=str, words="at most 29 printable characters"
        ),
    }
)

TRANSFORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "strip": str.strip,
        "zero-strip": lambda text: text.lstrip("0"),
        "upper": str.upper,
        "digits": lambda text: "".join(each for each in text if "0" <= each <= "9"),
        "last-four": lambda text: text[-4:],
        "no-apostrophe": lambda text: text.removeprefix("'"),
    }
)
"""What may be done to a field's text before it is read, by name; each in the order the profile says."""


def words_of(field: FieldLayout) -> str:
    """Return what a field should be, for a sentence that goes on from "is not"."""
    if field.values:
        return f"one of {', '.join(sorted(field.values))}"
    if field.type == "date":
        return f"a date {field.format or 'YYYYMMDD'}"
    return TYPES[field.type].words


def read_column(texts: AbstractSet[str], field: FieldLayout, *, near: date) -> dict[str, object]:
    """Return the value of every text that is of the field's type; what is missing from the result is not.

    The field's values and pattern narrow the texts further. Blank texts stand for the type's blank value.
    """
    kind = TYPES[field.type]
    shape = re.compile(field.pattern) if field.pattern else None
    transforms = [TRANSFORMS[name] for name in field.transforms]
    meant = dict(field.map)
    known: dict[str, object] = {}
    for text in texts:
        bare = text.strip(" ")
        for transform in transforms:
            bare = transform(bare)
        bare = meant.get(bare, bare)
        if not bare:
            known[text] = kind.blank
            continue
        if (field.values and bare not in field.values) or (shape is not None and shape.fullmatch(bare) is None):
            continue
        try:
            known[text] = kind.read(text if kind.read is _corrected else bare, field, near)
        except (ValueError, KeyError, OverflowError):
            continue
    return known
