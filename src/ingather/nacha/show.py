"""A file as people read it: files, batches, entries and addenda, every field named and decoded, accounts masked."""

from typing import TypedDict

import numpy as np

from ingather.base.columns import column_texts
from ingather.base.dates import parse_yymmdd
from ingather.base.money import format_minor
from ingather.nacha.change_codes import CHANGE_CODES
from ingather.nacha.checking.dates import is_real_time
from ingather.nacha.mask import mask_record, mask_values
from ingather.nacha.reading import Reading
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH, Field, Kind, Layout, layout_of
from ingather.nacha.return_reasons import RETURN_REASONS
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.transaction_codes import describe_code

ENTRIES_SHOWN = 20
_WORDS: dict[str, dict[str, str]] = {
    "service_class": {"200": "debits and credits", "220": "credits only", "225": "debits only", "280": "advices only"},
    "addenda_indicator": {"0": "no addenda", "1": "addenda follow"},
    "standard_entry_class": {code: row.title for code, row in SEC_CODES.items()},
}


class ShownField(TypedDict):
    """One field: its name, its columns (from 1), its value with accounts masked, and what that means."""

    name: str
    columns: str
    value: str
    meaning: str


class ShownRecord(TypedDict):
    """One record: its line, the name of its kind, its fields and the records that belong under it."""

    line: int
    record: str
    fields: list[ShownField]
    under: list["ShownRecord"]
    more: int


class ShownFile(TypedDict):
    """A whole reading: its records as trees, what it adds up to and its problems."""

    records: list[ShownRecord]
    counts: dict[str, int]
    problems: list[dict[str, object]]


def show(reading: Reading, /, *, entries: int = ENTRIES_SHOWN) -> ShownFile:
    """Return the reading as plain nested values; per batch at most ``entries`` entries, ``more`` says how many not."""
    batches_of: list[list[int]] = [[] for _ in range(len(reading.heads))]
    for index, head in enumerate(reading.batches.head.tolist()):
        batches_of[head].append(index)
    sec = column_texts(reading.batches.texts("standard_entry_class"))
    records: list[ShownRecord] = []
    for head, batches in enumerate(batches_of):
        heads = reading.heads
        file = _record(int(heads.line[head]), LAYOUTS["1"], bytes(heads.record[head]))
        file["under"] = [_batch(reading, index, sec[index], entries) for index in batches]
        if heads.control_line[head]:
            advices = bool(batches) and all(sec[index] == "ADV" for index in batches)
            layout = LAYOUTS["9ADV" if advices else "9"]
            file["under"].append(_record(int(heads.control_line[head]), layout, bytes(heads.control[head])))
        records.append(file)
    strays = np.flatnonzero(reading.entries.batch < 0)
    records += [_entry(reading, index, "") for index in strays[:entries].tolist()]
    if len(strays) > entries:
        records[-1]["more"] = len(strays) - entries
    lost = np.flatnonzero(reading.addenda.entry < 0)
    records += [_addenda(reading, index) for index in lost[:entries].tolist()]
    return ShownFile(
        records=records, counts=counts_of(reading), problems=[problem.as_dict() for problem in reading.problems]
    )


def counts_of(reading: Reading, /) -> dict[str, int]:
    """Return what the reading adds up to: batches, entries, addenda, debits and credits in cents."""
    return {
        "batches": len(reading.batches),
        "entries": reading.entry_count,
        "addenda": reading.addenda_count,
        "debit_cents": reading.debit_cents,
        "credit_cents": reading.credit_cents,
    }


def show_line(reading: Reading, line: int, /) -> ShownRecord | None:
    """Return one record by its line, with its fields; nothing when the line was not read as a record."""
    found = _find(reading, line)
    return _record(line, *found) if found else None


def show_text(reading: Reading, line: int, /) -> str | None:
    """Return the 94 columns of the record on this line with accounts masked; nothing when it was not read as one."""
    found = _find(reading, line)
    return mask_record(*found) if found else None


def ruler() -> tuple[str, str]:
    """Return two lines that count the 94 columns: tens above, ones below."""
    tens = "".join(f"{column // 10:>10}" if column % 10 == 0 else "" for column in range(1, RECORD_WIDTH + 1))
    return tens.ljust(RECORD_WIDTH), "".join(str(column % 10) for column in range(1, RECORD_WIDTH + 1))


def _find(reading: Reading, line: int) -> tuple[Layout, bytes] | None:
    sec = column_texts(reading.batches.texts("standard_entry_class"))
    places = (
        (reading.heads.line, reading.heads.record),
        (reading.heads.control_line, reading.heads.control),
        (reading.batches.line, reading.batches.record),
        (reading.batches.control_line, reading.batches.control),
        (reading.addenda.line, reading.addenda.text),
    )
    owner = np.flatnonzero(reading.entries.line == line)
    if len(owner):
        index = int(owner[0])
        batch = int(reading.entries.batch[index])
        record = reading.entries.record_at(index)
        return _layout(record, sec[batch] if batch >= 0 else "") or LAYOUTS["6"], record
    for lines, records in places:
        at = np.flatnonzero(lines == line)
        if line > 0 and len(at):
            record = bytes(records[at[0]])
            code = sec[int(at[0])] if lines is reading.batches.control_line else ""
            layout = _layout(record, code)
            return (layout, record) if layout else None
    return None


def _layout(record: bytes, sec: str) -> Layout | None:
    row = SEC_CODES.get(sec)
    if record[:1] == b"6" and row is not None:
        return LAYOUTS[row.entry_layout]
    return layout_of(record, standard_entry_class=sec)


def _record(line: int, layout: Layout, record: bytes) -> ShownRecord:
    values = mask_values(layout, record)
    fields = [
        ShownField(
            name=field.name,
            columns=f"{field.start}-{field.end}" if field.width > 1 else str(field.start),
            value=values[field.name],
            meaning=_meaning(field, values[field.name]),
        )
        for field in layout.fields
        if field.kind is not Kind.BLANK or values[field.name]
    ]
    return ShownRecord(line=line, record=layout.name, fields=fields if line else [], under=[], more=0)


def _batch(reading: Reading, index: int, sec: str, limit: int) -> ShownRecord:
    batches = reading.batches
    batch = _record(int(batches.line[index]), LAYOUTS["5"], bytes(batches.record[index]))
    first, end = int(batches.first[index]), int(batches.end[index])
    shown = min(end, first + limit)
    batch["under"] = [_entry(reading, entry, sec) for entry in range(first, shown)]
    batch["more"] = end - shown
    if batches.control_line[index]:
        control = bytes(batches.control[index])
        layout = _layout(control, sec) or LAYOUTS["8"]
        batch["under"].append(_record(int(batches.control_line[index]), layout, control))
    return batch


def _entry(reading: Reading, index: int, sec: str) -> ShownRecord:
    record = reading.entries.record_at(index)
    entry = _record(int(reading.entries.line[index]), _layout(record, sec) or LAYOUTS["6"], record)
    if not sec:
        # Of an entry without a batch nobody can say whether columns 40 to 74 hold a foreign account.
        hidden = {field["name"]: field for field in entry["fields"]}
        for name in ("identification_number", "receiver_name"):
            hidden[name]["value"] = "*" * len(hidden[name]["value"])
    low, high = np.searchsorted(reading.addenda.line, [entry["line"], _next_entry_line(reading, index)])
    entry["under"] = [_addenda(reading, at) for at in range(int(low), int(high)) if reading.addenda.entry[at] == index]
    return entry


def _next_entry_line(reading: Reading, index: int) -> int:
    lines = reading.entries.line
    return int(lines[index + 1]) if index + 1 < len(lines) else reading.lines + 1


def _addenda(reading: Reading, index: int) -> ShownRecord:
    record = bytes(reading.addenda.text[index])
    return _record(int(reading.addenda.line[index]), layout_of(record) or LAYOUTS["7"], record)


def _meaning(field: Field, value: str) -> str:
    """Return a value in words, or the field's note where the value speaks for itself."""
    words = _WORDS.get(field.name)
    if words is not None:
        return words.get(value, field.note)
    if field.name == "return_reason":
        return RETURN_REASONS[value].title if value in RETURN_REASONS else "not a known reason"
    if field.name == "change_code":
        return CHANGE_CODES[value].title if value in CHANGE_CODES else "not a known code"
    if field.name == "transaction_code" and value.isdecimal():
        return describe_code(int(value))
    return _plain_meaning(field, value)


def _plain_meaning(field: Field, value: str) -> str:
    meaning = field.note
    if field.kind is Kind.AMOUNT and value.isdigit():
        meaning = f"{format_minor(int(value))} USD"
    elif field.kind is Kind.DATE and value:
        try:
            meaning = parse_yymmdd(value).isoformat()
        except ValueError:
            meaning = "not a date"
    elif field.kind is Kind.TIME and is_real_time(value):
        meaning = f"{value[:2]}:{value[2:]}"
    return meaning
