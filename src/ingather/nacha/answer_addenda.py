"""Addenda 98 and 99 out of columns: what comes back about an entry, packed by the records table.

Every function takes the entries that the addenda belong to, ``(k,)`` ascending, and the record's fields by their names
in the table: a column of ``k`` texts, ``(k, width)`` bytes or ``(k,)`` numbers, or one value for all of them. Numbers
are zero-filled, texts left-justified; a field that is not given stays blank. Trace numbers in 80 to 94 are the
writer's. ``FormatRefused`` is raised for unknown and missing fields and for values that do not fit: nothing is cut.
Messages never repeat a value. (Nacha Operating Rules, Appendix Four and Five.)
"""

from collections.abc import Sequence

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, digits_column, text_column
from ingather.nacha.findings import Findings
from ingather.nacha.plan import ADDENDA_CONTENT_WIDTH, Addenda
from ingather.nacha.records import DIGIT_KINDS, LAYOUTS, Field, Inclusion
from ingather.nacha.refused import FormatRefused

Values = str | int | Sequence[str] | Bytes2D | Int64
_FIRST_COLUMN = 3
_WRITERS_OWN = frozenset({"record_type", "addenda_type", "trace_number"})
_HIGHEST = 0x7E
_NOTHING = np.empty((0, 0), np.uint8)


def return_addenda(entry: Int64, /, **fields: Values) -> Addenda:
    """Return 99 records of returns: ``return_reason``, ``original_trace``, ``original_rdfi`` and so on."""
    return _pack("799", entry, fields)


def iat_return_addenda(entry: Int64, /, **fields: Values) -> Addenda:
    """Return 99 records of international returns, which carry ``original_amount`` in cents as well."""
    return _pack("799IAT", entry, fields)


def dishonour_addenda(entry: Int64, /, **fields: Values) -> Addenda:
    """Return 99 records of dishonours: reason R61 to R70, and ``return_trace`` and so on of the return they refuse."""
    return _pack("799DIS", entry, fields)


def contest_addenda(entry: Int64, /, **fields: Values) -> Addenda:
    """Return 99 records of contests and corrected returns: R71 to R77, ``dishonour_trace`` and so on."""
    return _pack("799CON", entry, fields)


def change_addenda(entry: Int64, /, **fields: Values) -> Addenda:
    """Return 98 records of changes; ``corrected_data`` stand in their 29 fixed columns as the change code wants it."""
    return _pack("798", entry, fields)


def iat_change_addenda(entry: Int64, /, **fields: Values) -> Addenda:
    """Return 98 records of international changes, whose ``corrected_data`` have 35 columns."""
    return _pack("798IAT", entry, fields)


def refused_change_addenda(entry: Int64, /, **fields: Values) -> Addenda:
    """Return 98 records of refused changes: ``refusal_code`` C61 to C69, ``change_code``, ``change_trace_sequence``."""
    return _pack("798REF", entry, fields)


def joined(*parts: Addenda) -> Addenda:
    """Return several addenda as one, by entry; of one entry those of the first part come first."""
    entry = np.concatenate([part.entry for part in parts])
    order = np.argsort(entry, kind="stable")
    return Addenda(
        entry=entry[order],
        type_code=np.concatenate([part.type_code for part in parts])[order],
        content=np.concatenate([part.content for part in parts])[order],
    )


def _pack(code: str, entry: Int64, fields: dict[str, Values]) -> Addenda:
    layout, findings = LAYOUTS[code], Findings()
    content = np.full((len(entry), ADDENDA_CONTENT_WIDTH), BLANK, np.uint8)
    known = {field.name: field for field in layout.fields if field.name not in _WRITERS_OWN}
    for name in sorted(fields.keys() - known.keys()):
        findings.add("field-fits", f"A {layout.name} record has no field {name} to fill.")
    for name, field in known.items():
        value = fields.get(name)
        fault = "is mandatory" if value is None and field.inclusion is Inclusion.MANDATORY else ""
        if value is not None:
            start = field.start - 1 - _FIRST_COLUMN
            fault = _put(content[:, start : start + field.width], field, value)
        if fault:
            findings.add("field-fits", f"{name} of the {layout.name} record {fault}.", field=field)
    if len(findings):
        raise FormatRefused(findings.problems())
    return Addenda(entry=entry, type_code=np.full(len(entry), int(code[1:3]), np.int64), content=content)


def _put(target: Bytes2D, field: Field, value: Values) -> str:
    """Write a column of values into the field's columns, or return what is wrong with them."""
    count, width = target.shape
    if isinstance(value, str | int):
        value = [value] * count if isinstance(value, str) else np.full(count, value, np.int64)
    if len(value) != count:
        return f"has {len(value)} values for {count} addenda"
    if isinstance(value, np.ndarray):
        column, fault = (value, "") if value.dtype == np.uint8 else _digits(value, width)
    else:
        column, fault = _texts(field, value)
    if fault:
        return fault
    if count and (column[:, width:] != BLANK).any():
        return f"has a text of more than {width} characters"
    if count and (column.min() < BLANK or column.max() > _HIGHEST):
        return "holds characters outside printable ASCII"
    target[:, : column.shape[1]] = column[:, :width]
    return ""


def _digits(numbers: Bytes2D | Int64, width: int) -> tuple[Bytes2D, str]:
    if len(numbers) and (numbers.min() < 0 or numbers.max() >= 10**width):
        return _NOTHING, f"has a number that does not fit {width} digits"
    return digits_column(numbers.astype(np.int64), width), ""


def _texts(field: Field, words: Sequence[str]) -> tuple[Bytes2D, str]:
    """Return texts as bytes, digits among them zero-filled, and what is wrong with them."""
    if field.kind in DIGIT_KINDS:
        if any(word and not word.isdigit() for word in words):
            return _NOTHING, "holds something other than digits"
        words = [word.zfill(field.width) if word else word for word in words]
    if not all(word.isascii() for word in words):
        return _NOTHING, "holds characters outside printable ASCII"
    return text_column(words, max([field.width, *map(len, words)])), ""
