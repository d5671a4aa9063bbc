"""The field in hand: its place, name and meaning, what the format asks of it, and where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingather.base.problems import Problem
from ingather.console.files.grid import field_text, layout_at
from ingather.console.files.kinds import INCLUSIONS, name_of, place_of, tint_of, type_of
from ingather.console.files.opened import Opened, offsets_of
from ingather.nacha.mask import mask_values
from ingather.nacha.meanings import meaning_of
from ingather.nacha.records import RECORD_WIDTH, Field, Kind, Layout, decompose
from ingather.store.reading.entry_origins import origin_of

_LOOK_BACK = 200
_TRACE = slice(79, 94)
_RESERVED = "Reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldInHand:
    """One field of one line; ``bytes`` are its places in the file, from 0; ``number`` is the record type and field.

    ``value`` is the masked text as it stands, ``minor`` the amount where it is one, ``meaning`` what a code says.
    """

    line: int
    start: int
    end: int
    offsets: tuple[int, int] | None
    name: str
    tint: str
    value: str
    minor: int | None
    meaning: str
    type: str
    columns: int
    inclusion: str
    note: str
    record: str
    number: tuple[str, int]
    problems: Sequence[Problem]


def field_in_hand(opened: Opened, line: int, column: int) -> FieldInHand | None:
    """Return the field of a line in which a column lies, account numbers masked.

    None for a line that is no record or ends before that column.
    """
    checked, raws = opened.checked, opened.raw(line, line)
    raw = raws[0] if raws else b""
    entry_class, text = checked.class_at(line), raw.decode("cp1252", errors="replace")
    layout = layout_at(raw, entry_class, advices=checked.advices)
    if layout is None or not 1 <= column <= min(RECORD_WIDTH, len(text)):
        return None
    field = next(each for each in layout.fields if each.start <= column <= each.end)
    values = mask_values(layout, raw)
    code = decompose(layout, raw).get("change_code", "")
    return FieldInHand(
        line=line,
        start=field.start,
        end=field.end,
        offsets=offsets_of(checked, line, field.start, field.end),
        name=_RESERVED if field.kind is Kind.BLANK else name_of(field),
        tint=tint_of(field),
        value=field_text(field, text[field.span], code),
        minor=_minor(field, values[field.name]),
        meaning=_meaning(field, values, entry_class),
        type=type_of(field),
        columns=field.width,
        inclusion=INCLUSIONS[field.inclusion],
        note=field.note,
        record=layout.name,
        number=place_of(layout, field),
        problems=[
            each
            for each in checked.on_line.get(line, ())
            if not each.start or (each.start <= field.end and each.end >= field.start)
        ],
    )


def _meaning(field: Field, values: dict[str, str], entry_class: str) -> str:
    said = meaning_of(field, values[field.name], values=values, standard_entry_class=entry_class)
    return "" if said == field.note or field.kind is Kind.AMOUNT else said


def _minor(field: Field, value: str) -> int | None:
    """Return an amount in cents; None for what is none, and for an amount in another currency's units."""
    return int(value) if field.kind is Kind.AMOUNT and value.isdecimal() and field.name != "foreign_amount" else None


def layout_rows(layout: Layout) -> list[dict[str, Any]]:
    """Return what the panel says of each field of a layout, whatever stands in it."""
    return [
        {
            "start": field.start,
            "end": field.end,
            "name": _RESERVED if field.kind is Kind.BLANK else name_of(field),
            "type": type_of(field),
            "columns": field.width,
            "inclusion": INCLUSIONS[field.inclusion],
            "note": field.note,
            "number": place_of(layout, field),
        }
        for field in layout.fields
    ]


def fields_of_line(opened: Opened, line: int, raw: bytes) -> list[tuple[int, int, str]]:
    """Return columns and name of every field of a line, for who has no pointer."""
    layout: Layout | None = layout_at(raw, opened.checked.class_at(line), advices=opened.checked.advices)
    if layout is None:
        return []
    return [
        (field.start, field.end, _RESERVED if field.kind is Kind.BLANK else name_of(field)) for field in layout.fields
    ]


def entry_line(opened: Opened, line: int) -> tuple[int, bytes] | None:
    """Return the entry that a line belongs to, an entry's own or that of its addenda; None for other records."""
    first = max(1, line - _LOOK_BACK)
    raws = opened.raw(first, line)
    for back, raw in enumerate(reversed(raws)):
        if raw[:1] == b"6":
            return line - back, raw
        if raw[:1] != b"7":
            return None
    return None


def origin_at(opened: Opened, line: int) -> dict[str, Any] | None:
    """Return where the entry of a line comes from; None for records of no entry."""
    found = entry_line(opened, line)
    if found is None:
        return None
    trace = found[1][_TRACE]
    if not trace.isdigit():
        return None
    origin = origin_of(opened.ctx.session, opened.row, int(trace))
    return origin and origin | {"line": found[0]}
