"""What changed between two files as people read it: each record by line, each field by name, both values masked."""

from collections.abc import Iterator
from itertools import islice
from typing import TypedDict

import numpy as np

from ingather.base.money import format_minor
from ingather.nacha.diff import Fate, FileDiff, Pairs
from ingather.nacha.mask import mask_text, mask_values
from ingather.nacha.meanings import meaning_of
from ingather.nacha.reading import BatchColumns, Heads, Reading
from ingather.nacha.records import LAYOUTS, Layout
from ingather.nacha.show import class_of, counts_of, layout_in
from ingather.nacha.transaction_codes import describe_code

CHANGES_SHOWN = 1_000
_ADDENDA_SHOWN = 20
_MISSING = "missing"


class FieldChange(TypedDict):
    """One field that differs: its name, columns and both values, accounts masked, and their meanings if those differ.

    ``hidden`` says that the two look alike here, because they differ in what is masked or in blanks.
    """

    name: str
    columns: str
    before: str
    after: str
    meaning: str
    hidden: bool


class ShownChange(TypedDict):
    """One record that changed: what it is, what became of it, its line on each side (0: not there) and its fields."""

    record: str
    fate: str
    line_before: int
    line_after: int
    about: str
    fields: list[FieldChange]


class ShownDiff(TypedDict):
    """All that changed; ``found`` counts it, ``changes`` lists it and ``not_listed`` says how many more there are."""

    equal: bool
    before: dict[str, int]
    after: dict[str, int]
    found: dict[str, dict[str, int]]
    changes: list[ShownChange]
    not_listed: int


def show_diff(found: FileDiff, /, *, most: int = CHANGES_SHOWN) -> ShownDiff:
    """Return a diff as plain nested values, with at most ``most`` changes listed one by one."""
    changes = list(islice(_changes(found), most))
    return ShownDiff(
        equal=found.equal,
        before=counts_of(found.before),
        after=counts_of(found.after),
        found=_counts(found),
        changes=changes,
        not_listed=_total(found) - len(changes),
    )


def _total(found: FileDiff) -> int:
    """Return how many records changed: what the list of changes would hold without a limit."""
    frames = sum(
        int((left[pairs.before] != right[pairs.after]).any(axis=1).sum())
        for pairs, before, after in (
            (found.heads, found.before.heads, found.after.heads),
            (found.batches, found.before.batches, found.after.batches),
        )
        for left, right in ((before.record, after.record), (before.control, after.control))
    )
    lonely = sum(len(pairs.removed) + len(pairs.added) for pairs in (found.heads, found.batches, found.entries))
    return frames + lonely + int(np.count_nonzero(found.fate)) + len(found.loose_before) + len(found.loose_after)


def _counts(found: FileDiff) -> dict[str, dict[str, int]]:
    fates = np.bincount(found.fate, minlength=len(Fate))
    entries = {fate.name.lower(): int(fates[fate]) for fate in Fate}
    return {
        "files": _lonely(found.heads, int(found.changed_heads().sum())),
        "batches": _lonely(found.batches, int(found.changed_batches().sum())),
        "entries": entries
        | {
            "removed": len(found.entries.removed),
            "added": len(found.entries.added),
            "reordered": found.reordered,
        },
        "other_records": {"removed": len(found.loose_before), "added": len(found.loose_after)},
    }


def _lonely(pairs: Pairs, changed: int) -> dict[str, int]:
    return {
        "same": len(pairs.before) - changed,
        "changed": changed,
        "removed": len(pairs.removed),
        "added": len(pairs.added),
    }


def _changes(found: FileDiff) -> Iterator[ShownChange]:
    yield from _frame_changes(found, found.heads, found.before.heads, found.after.heads)
    yield from _frame_changes(found, found.batches, found.before.batches, found.after.batches)
    yield from _entry_changes(found)
    for fate, records in (("removed", found.loose_before), ("added", found.loose_after)):
        for record in records:
            text = mask_text(bytes(record).decode("cp1252", errors="replace").rstrip())
            yield _change("Other record", fate, 0, 0, text, [])


def _change(
    record: str,
    fate: str,
    before: int,
    after: int,
    about: str,
    fields: list[FieldChange],
    /,
) -> ShownChange:
    return ShownChange(record=record, fate=fate, line_before=before, line_after=after, about=about, fields=fields)


def _frame_changes(
    found: FileDiff, pairs: Pairs, left: BatchColumns | Heads, right: BatchColumns | Heads
) -> Iterator[ShownChange]:
    """Yield what changed in headers and controls, and those that are on one side only."""
    changed = found.changed_heads() if isinstance(left, Heads) else found.changed_batches()
    for before, after in zip(pairs.before[changed].tolist(), pairs.after[changed].tolist(), strict=True):
        classes = _classes(found.before, left, before), _classes(found.after, right, after)
        yield from _record_change(
            (int(left.line[before]), bytes(left.record[before]), classes[0]),
            (int(right.line[after]), bytes(right.record[after]), classes[1]),
            _about_frame(left, before),
        )
        yield from _record_change(
            (int(left.control_line[before]), bytes(left.control[before]), classes[0]),
            (int(right.control_line[after]), bytes(right.control[after]), classes[1]),
            _about_frame(left, before),
        )
    name = LAYOUTS["1"].name if isinstance(left, Heads) else LAYOUTS["5"].name
    for index in pairs.removed.tolist():
        yield _change(name, "removed", int(left.line[index]), 0, _about_frame(left, index), [])
    for index in pairs.added.tolist():
        yield _change(name, "added", 0, int(right.line[index]), _about_frame(right, index), [])


def _classes(reading: Reading, frames: BatchColumns | Heads, index: int) -> str:
    if isinstance(frames, BatchColumns):
        return class_of(reading, index)
    own = np.flatnonzero(reading.batches.head == index).tolist()
    return "ADV" if own and all(class_of(reading, batch) == "ADV" for batch in own) else ""


def _record_change(before: tuple[int, bytes, str], after: tuple[int, bytes, str], about: str) -> Iterator[ShownChange]:
    """Yield the change of one record, of which line (0: none), bytes and class are given on each side."""
    (line_before, old, old_class), (line_after, new, new_class) = before, after
    if old == new and bool(line_before) == bool(line_after):
        return
    layout, other = layout_in(old if line_before else new, old_class), layout_in(new if line_after else old, new_class)
    if line_before and line_after:
        yield _change(layout.name, "changed", line_before, line_after, about, _fields(layout, old, other, new))
    else:
        yield _change(layout.name, "removed" if line_before else "added", line_before, line_after, about, [])


def _about_frame(frames: BatchColumns | Heads, index: int) -> str:
    if isinstance(frames, Heads):
        return f"file {index + 1}"
    record = bytes(frames.record[index])
    values = mask_values(layout_in(record, ""), record)
    names = ("standard_entry_class", "company_name", "company_entry_description", "effective_entry_date")
    return f"batch {values['batch_number']}: " + ", ".join(values[name] for name in names if values.get(name))


def _fields(layout: Layout, old: bytes, other: Layout, new: bytes, /) -> list[FieldChange]:
    """Return the fields that differ; of records laid out differently, by the fields' names."""
    values, others = mask_values(layout, old), mask_values(other, new)
    places = {field.name: field for field in other.fields} | {field.name: field for field in layout.fields}
    spans = {field.name: field.span for field in layout.fields}, {field.name: field.span for field in other.fields}
    changes: list[FieldChange] = []
    for name, field in places.items():
        before = old[spans[0][name]] if name in spans[0] else b""
        after = new[spans[1][name]] if name in spans[1] else b""
        if before != after:
            shown = values.get(name, _MISSING), others.get(name, _MISSING)
            meanings = meaning_of(field, shown[0], values=values), meaning_of(field, shown[1], values=others)
            changes.append(
                FieldChange(
                    name=name,
                    columns=f"{field.start}-{field.end}" if field.width > 1 else str(field.start),
                    before=shown[0],
                    after=shown[1],
                    meaning=" → ".join(meanings) if meanings[0] != meanings[1] else "",
                    hidden=shown[0] == shown[1],
                )
            )
    return changes


def _entry_changes(found: FileDiff) -> Iterator[ShownChange]:
    left, right = found.before, found.after
    for at in np.flatnonzero(found.fate).tolist():
        before, after = int(found.entries.before[at]), int(found.entries.after[at])
        old, new = _entry(left, before), _entry(right, after)
        fields = _batch_field(found, before, after) + _fields(old[0], old[1], new[0], new[1])
        if not found.same_addenda[at]:
            fields += _addenda_fields(found, before, after)
        lines = int(left.entries.line[before]), int(right.entries.line[after])
        fate = Fate(int(found.fate[at])).name.lower()
        yield _change(new[0].name, fate, *lines, _about_entry(right, after), fields)
    for index in found.entries.removed.tolist():
        line = int(left.entries.line[index])
        yield _change(_entry(left, index)[0].name, "removed", line, 0, _about_entry(left, index), [])
    for index in found.entries.added.tolist():
        line = int(right.entries.line[index])
        yield _change(_entry(right, index)[0].name, "added", 0, line, _about_entry(right, index), [])


def _entry(reading: Reading, index: int) -> tuple[Layout, bytes]:
    record = reading.entries.record_at(index)
    return layout_in(record, class_of(reading, int(reading.entries.batch[index]))), record


def _about_entry(reading: Reading, index: int) -> str:
    """Return an entry in a few words: what it does, the amount, to whom, its account masked."""
    layout, record = _entry(reading, index)
    values = mask_values(layout, record)
    code = int(reading.entries.transaction_code[index])
    amount = format_minor(int(reading.entries.amount_cents[index]))
    names = ("receiver_name", "account_number", "identification_number", "trace_number")
    told = [values[name].strip() for name in names if values.get(name)]
    return ", ".join([f"{describe_code(code)} of {amount} USD", *told])


def _batch_field(found: FileDiff, before: int, after: int) -> list[FieldChange]:
    """Return which batch the entry was and is in, when it is another one."""
    batches = int(found.before.entries.batch[before]), int(found.after.entries.batch[after])
    at = np.flatnonzero(found.batches.before == batches[0])
    if batches[0] >= 0 and len(at) and int(found.batches.after[at[0]]) == batches[1]:
        return []
    if max(batches) < 0:
        return []
    words = [
        f"batch at line {int(reading.batches.line[batch])}" if batch >= 0 else "no batch"
        for reading, batch in zip((found.before, found.after), batches, strict=True)
    ]
    return [_counted("batch", *words)]


def _addenda_fields(found: FileDiff, before: int, after: int) -> list[FieldChange]:
    """Return how the addenda of two entries differ, place by place, and how many there are when not as many."""
    left, right = _addenda(found.before, before), _addenda(found.after, after)
    pairs = enumerate(zip(left, right, strict=False), 1)
    differing = [(place, old, new) for place, (old, new) in pairs if old != new]
    changes = [
        FieldChange(**(field | {"name": f"addenda {place} {field['name']}"}))
        for place, old, new in differing[:_ADDENDA_SHOWN]
        for field in _fields(*old, *new)
    ]
    if len(differing) > _ADDENDA_SHOWN:
        more = f"{len(differing) - _ADDENDA_SHOWN:,} more that differ"
        changes.append(_counted("addenda", more, more))
    if len(left) != len(right):
        counts = f"{len(left):,} addenda", f"{len(right):,} addenda"
        changes.append(_counted("addenda", *counts))
    return changes


def _counted(name: str, before: str, after: str) -> FieldChange:
    return FieldChange(name=name, columns="", before=before, after=after, meaning="", hidden=False)


def _addenda(reading: Reading, entry: int) -> list[tuple[Layout, bytes]]:
    code = class_of(reading, int(reading.entries.batch[entry]))
    owner = reading.addenda.entry
    low = int(reading.addenda.line.searchsorted(reading.entries.line[entry]))
    high = low + int(np.count_nonzero(owner[low:] == entry))
    records = [bytes(record) for record in reading.addenda.text[low:high]]
    return [(layout_in(record, code), record) for record in records]
