"""A file as people read it: files, batches, entries and addenda, every field named and decoded, accounts masked."""

from dataclasses import replace
from typing import TypedDict

import numpy as np

from ingather.nacha.mask import mask_record, mask_values
from ingather.nacha.meanings import meaning_of, parts_of
from ingather.nacha.reading import Reading
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH, Field, Kind, Layout, class_of_batch, layout_of
from ingather.nacha.sec import SEC_CODES

ENTRIES_SHOWN = 20
ADDENDA_SHOWN = 20
_MAY_HOLD_ACCOUNT = frozenset({"identification_number", "receiver_name"})
# Of an entry of no known class nobody can say whether columns 40 to 74 hold a foreign account.
_UNPLACED_ENTRY = replace(
    LAYOUTS["6"],
    fields=tuple(
        replace(field, kind=Kind.ACCOUNT) if field.name in _MAY_HOLD_ACCOUNT else field for field in LAYOUTS["6"].fields
    ),
)


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
    records: list[ShownRecord] = []
    heads = reading.heads
    for head, batches in enumerate(batches_of):
        file = _record(int(heads.line[head]), LAYOUTS["1"], bytes(heads.record[head]))
        file["under"] = [_batch(reading, index, entries) for index in batches]
        if heads.control_line[head]:
            layout = _file_control_layout(reading, batches)
            file["under"].append(_record(int(heads.control_line[head]), layout, bytes(heads.control[head])))
        records.append(file)
    strays = np.flatnonzero(reading.entries.batch < 0)
    records += [_entry(reading, index, "") for index in strays[:entries].tolist()]
    if records:
        records[-1]["more"] += max(0, len(strays) - entries)
    lost = np.flatnonzero(reading.addenda.entry < 0)
    records += [_addenda(reading, index, "") for index in lost[:entries].tolist()]
    if records:
        records[-1]["more"] += max(0, len(lost) - entries)
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
    return _record(line, found[0], found[1], standard_entry_class=found[2]) if found else None


def show_text(reading: Reading, line: int, /) -> str | None:
    """Return the 94 columns of the record on this line with accounts masked; nothing when it was not read as one."""
    found = _find(reading, line)
    return mask_record(found[0], found[1]) if found else None


def ruler() -> tuple[str, str]:
    """Return two lines that count the 94 columns: tens above, ones below."""
    tens = "".join(f"{column // 10:>10}" if column % 10 == 0 else "" for column in range(1, RECORD_WIDTH + 1))
    return tens.ljust(RECORD_WIDTH), "".join(str(column % 10) for column in range(1, RECORD_WIDTH + 1))


def class_of(reading: Reading, batch: int, /) -> str:
    """Return the SEC code by which the records of this batch are laid out; nothing for none (-1) or an unknown one."""
    code = class_of_batch(bytes(reading.batches.record[batch])) if batch >= 0 else ""
    return code if code in SEC_CODES else ""


def layout_in(record: bytes, standard_entry_class: str, /) -> Layout:
    """Return the layout by which a record of a batch is shown; an entry of no known class hides all it may hold."""
    if record[:1] == b"6" and not standard_entry_class:
        return _UNPLACED_ENTRY
    return layout_of(record, standard_entry_class=standard_entry_class) or LAYOUTS["7"]


def _file_control_layout(reading: Reading, batches: list[int]) -> Layout:
    advices = bool(batches) and all(class_of(reading, index) == "ADV" for index in batches)
    return LAYOUTS["9ADV" if advices else "9"]


def _find(reading: Reading, line: int) -> tuple[Layout, bytes, str] | None:
    """Return layout, record and class of the record on a line."""
    if line < 1:
        return None
    heads, batches, entries, addenda = reading.heads, reading.batches, reading.entries, reading.addenda
    record, code = b"", ""
    if len(at := np.flatnonzero(entries.line == line)):
        record, code = entries.record_at(int(at[0])), class_of(reading, int(entries.batch[at[0]]))
    elif len(at := np.flatnonzero(addenda.line == line)):
        record, code = bytes(addenda.text[at[0]]), _class_of_addenda(reading, int(at[0]))
    elif len(at := np.flatnonzero(heads.line == line)):
        record = bytes(heads.record[at[0]])
    elif len(at := np.flatnonzero(heads.control_line == line)):
        control = bytes(heads.control[at[0]])
        return _file_control_layout(reading, np.flatnonzero(batches.head == at[0]).tolist()), control, ""
    elif len(at := np.flatnonzero(batches.line == line)):
        record = bytes(batches.record[at[0]])
    elif len(at := np.flatnonzero(batches.control_line == line)):
        record, code = bytes(batches.control[at[0]]), class_of(reading, int(at[0]))
    return (layout_in(record, code), record, code) if record else None


def _class_of_addenda(reading: Reading, index: int) -> str:
    entry = int(reading.addenda.entry[index])
    return class_of(reading, int(reading.entries.batch[entry])) if entry >= 0 else ""


def _record(line: int, layout: Layout, record: bytes, *, standard_entry_class: str = "") -> ShownRecord:
    values = mask_values(layout, record)
    fields: list[ShownField] = []
    for field in layout.fields if line else ():
        value = values[field.name]
        if field.kind is Kind.BLANK and not value:
            continue
        meaning = meaning_of(field, value, values=values, standard_entry_class=standard_entry_class)
        fields.append(
            ShownField(name=field.name, columns=_columns(field.start, field.end), value=value, meaning=meaning)
        )
        if field.kind is Kind.CORRECTED:
            fields += _corrected(field, layout, values)
    return ShownRecord(line=line, record=layout.name, fields=fields, under=[], more=0)


def _corrected(field: Field, layout: Layout, values: dict[str, str]) -> list[ShownField]:
    """Return the parts of corrected data as fields of their own; an account is masked by itself, not by its run."""
    code = values["change_code"]
    fields: list[ShownField] = []
    for part, meaning in parts_of(code, international=layout.code == "798IAT"):
        value = values[field.name][part.span].strip()
        start = field.start + part.start - 1
        if value:
            columns = _columns(start, min(field.end, field.start + part.end - 1))
            fields.append(ShownField(name=f"corrected {part.kind}", columns=columns, value=value, meaning=meaning))
    return fields


def _columns(start: int, end: int) -> str:
    return f"{start}-{end}" if end > start else str(start)


def _batch(reading: Reading, index: int, limit: int) -> ShownRecord:
    batches = reading.batches
    code = class_of(reading, index)
    header = bytes(batches.record[index])
    batch = _record(int(batches.line[index]), layout_in(header, code), header)
    first, end = int(batches.first[index]), int(batches.end[index])
    shown = min(end, first + limit)
    batch["under"] = [_entry(reading, entry, code) for entry in range(first, shown)]
    batch["more"] = end - shown
    if batches.control_line[index]:
        control = bytes(batches.control[index])
        batch["under"].append(_record(int(batches.control_line[index]), layout_in(control, code), control))
    return batch


def _entry(reading: Reading, index: int, code: str) -> ShownRecord:
    record = reading.entries.record_at(index)
    line = int(reading.entries.line[index])
    entry = _record(line, layout_in(record, code), record, standard_entry_class=code)
    low, high = np.searchsorted(reading.addenda.line, [line, _next_entry_line(reading, index)])
    own = [at for at in range(int(low), int(high)) if reading.addenda.entry[at] == index]
    entry["under"] = [_addenda(reading, at, code) for at in own[:ADDENDA_SHOWN]]
    entry["more"] = max(0, len(own) - ADDENDA_SHOWN)
    return entry


def _next_entry_line(reading: Reading, index: int) -> int:
    lines = reading.entries.line
    return int(lines[index + 1]) if index + 1 < len(lines) else reading.lines + 1


def _addenda(reading: Reading, index: int, code: str) -> ShownRecord:
    record = bytes(reading.addenda.text[index])
    return _record(int(reading.addenda.line[index]), layout_in(record, code), record, standard_entry_class=code)
