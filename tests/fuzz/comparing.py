"""What the columnar reader and the slow one say of the same bytes, side by side."""

from collections.abc import Callable, Iterator, Sequence

from ingather.base.columns import Bytes2D
from ingather.nacha.answers import (
    Changes,
    Contests,
    Dishonours,
    RefusedChanges,
    Returns,
    changes,
    contests,
    dishonours,
    refused_changes,
    returns,
)
from ingather.nacha.reading import Reading
from ingather.nacha.records import LAYOUTS
from tests.fuzz.slow_addenda import ANSWERS, layout_key, type_of
from tests.fuzz.slow_frames import hash_of, summable, total
from tests.fuzz.slow_lines import Record
from tests.fuzz.slow_reader import SlowReading
from tests.fuzz.slow_structure import SlowBatch, SlowEntry, SlowFile, SlowStructure, is_digits, number

NOWHERE = -1
ANSWERED: dict[str, Callable[[Reading], Returns | Dishonours | Contests | Changes | RefusedChanges]] = {
    "returns": returns,
    "dishonours": dishonours,
    "contests": contests,
    "changes": changes,
    "refused changes": refused_changes,
}
ANSWERED_BY = {
    "799": "returns",
    "799IAT": "returns",
    "799DIS": "dishonours",
    "799CON": "contests",
    "798": "changes",
    "798IAT": "changes",
    "798REF": "refused changes",
}
TEXTS = ("account_number", "identification_number", "receiver_name", "discretionary_data")


def pairs_of(reading: Reading) -> frozenset[tuple[str, int]]:
    """Return the checks that fail, each with its line."""
    return frozenset((problem.check, problem.line) for problem in reading.problems)


def compare(reading: Reading, slow: SlowReading) -> list[str]:
    """Return what differs, in words without any text of the file; nothing when both see the same."""
    found = list(_differences(reading, slow))
    columnar = pairs_of(reading)
    found += [f"only the columns tell {check} on line {line}" for check, line in sorted(columnar - slow.problems)]
    found += [f"only the slow reader tells {check} on line {line}" for check, line in sorted(slow.problems - columnar)]
    return found


def _differences(reading: Reading, slow: SlowReading) -> Iterator[str]:
    seen = slow.structure
    counts = (reading.lines, len(reading.heads), len(reading.batches), len(reading.entries), len(reading.addenda))
    slow_counts = (slow.lines, len(seen.files), len(seen.batches), len(seen.entries), len(seen.addenda))
    if counts != slow_counts:
        yield f"lines, files, batches, entries and addenda: columns {counts}, slow {slow_counts}"
        return
    yield from _unequal("file", _files(reading), [_file(each) for each in seen.files])
    places = {id(batch): place for place, batch in enumerate(seen.batches)}
    yield from _unequal("batch", _batches(reading), [_batch(each) for each in seen.batches])
    yield from _unequal("entry", _entries(reading), [_entry(each, places) for each in seen.entries])
    owners = {id(entry): place for place, entry in enumerate(seen.entries)}
    addenda = [(each.record.line, owners.get(id(each.entry), NOWHERE), each.record.text) for each in seen.addenda]
    yield from _unequal("addenda", _addenda(reading), addenda)
    if any(type_of(each) in ANSWERS for each in seen.addenda):
        yield from _unequal_answers(reading, seen, owners)
    totals = (reading.entry_count, reading.addenda_count, reading.debit_cents, reading.credit_cents)
    slow_totals = (
        len(seen.entries),
        len(seen.addenda),
        total(seen.entries, debit=True),
        total(seen.entries, debit=False),
    )
    if totals != slow_totals:
        yield f"counts and cents: columns {totals}, slow {slow_totals}"


def _unequal_answers(reading: Reading, seen: SlowStructure, owners: dict[int, int]) -> Iterator[str]:
    """Compare what is said to be a return, a dishonour and so on: which addenda, whose, why, and about which entry."""
    slow: dict[str, list[tuple[object, ...]]] = {name: [] for name in ANSWERED}
    for place, each in enumerate(seen.addenda):
        if type_of(each) in ANSWERS:
            cut = each.record.cut
            entry = owners.get(id(each.entry), NOWHERE)
            slow[ANSWERED_BY[layout_key(each)]].append((place, entry, cut(4, 6), number(cut(7, 21)), cut(28, 35)))
    for name, columns_of in ANSWERED.items():
        found = columns_of(reading)
        reasons = found.code if isinstance(found, Changes | RefusedChanges) else found.reason
        columnar = zip(
            found.addenda.tolist(),
            found.entry.tolist(),
            map(_text, reasons),
            found.original_trace.tolist(),
            map(_text, found.original_rdfi),
            strict=True,
        )
        if list(columnar) != slow[name]:
            yield f"the {name}"


def _unequal(what: str, columnar: Sequence[tuple[object, ...]], slow: Sequence[tuple[object, ...]]) -> Iterator[str]:
    for place, (left, right) in enumerate(zip(columnar, slow, strict=True)):
        for part, (one, other) in enumerate(zip(left, right, strict=True)):
            if one != other:
                said = "" if isinstance(one, str) else f": columns {one}, slow {other}"
                yield f"{what} {place}, part {part}{said}"


def _files(reading: Reading) -> list[tuple[object, ...]]:
    heads = reading.heads
    numbers = zip(
        heads.line.tolist(),
        heads.control_line.tolist(),
        heads.batch_count.tolist(),
        heads.block_count.tolist(),
        heads.entry_addenda_count.tolist(),
        heads.entry_hash.tolist(),
        heads.debit_cents.tolist(),
        heads.credit_cents.tolist(),
        strict=True,
    )
    return [(*row, _text(heads.record[at]), _text(heads.control[at])) for at, row in enumerate(numbers)]


def _file(file: SlowFile) -> tuple[object, ...]:
    layout = file.control_layout
    claims = [
        summable(file.control.text[layout.span(name)]) if file.control else 0
        for name in ("batch_count", "block_count", "entry_addenda_count", "entry_hash", "total_debit", "total_credit")
    ]
    return (_line(file.header), _line(file.control), *claims, _record(file.header), _record(file.control))


def _batches(reading: Reading) -> list[tuple[object, ...]]:
    columns = reading.batches
    numbers = zip(
        columns.line.tolist(),
        columns.head.tolist(),
        columns.control_line.tolist(),
        columns.service_class.tolist(),
        columns.batch_number.tolist(),
        columns.originating_dfi.tolist(),
        columns.entries.tolist(),
        columns.addenda.tolist(),
        columns.entry_hash.tolist(),
        columns.debit_cents.tolist(),
        columns.credit_cents.tolist(),
        columns.claimed_entry_addenda.tolist(),
        columns.claimed_hash.tolist(),
        columns.claimed_debit_cents.tolist(),
        columns.claimed_credit_cents.tolist(),
        strict=True,
    )
    return [(*row, _text(columns.record[at]), _text(columns.control[at])) for at, row in enumerate(numbers)]


def _batch(batch: SlowBatch) -> tuple[object, ...]:
    return (
        batch.line,
        batch.file,
        _line(batch.control),
        number(batch.value("service_class")),
        number(batch.value("batch_number")),
        number(batch.value("originating_dfi")),
        len(batch.entries),
        batch.addenda,
        hash_of(batch),
        total(batch.entries, debit=True),
        total(batch.entries, debit=False),
        number(batch.claim("entry_addenda_count")),
        number(batch.claim("entry_hash")),
        summable(batch.claim("total_debit")),
        summable(batch.claim("total_credit")),
        batch.header.text,
        _record(batch.control),
    )


def _entries(reading: Reading) -> list[tuple[object, ...]]:
    entries = reading.entries
    numbers = zip(
        entries.line.tolist(),
        entries.batch.tolist(),
        entries.transaction_code.tolist(),
        entries.routing.tolist(),
        entries.amount_cents.tolist(),
        entries.trace.tolist(),
        strict=True,
    )
    cuts = [entries.account, entries.identification, entries.name, entries.discretionary]
    return [(*row, *(_text(cut[at]) for cut in cuts)) for at, row in enumerate(numbers)]


def _entry(entry: SlowEntry, places: dict[int, int]) -> tuple[object, ...]:
    eight, ninth = entry.value("receiving_dfi"), entry.value("check_digit")
    return (
        entry.line,
        places.get(id(entry.batch), NOWHERE),
        entry.code,
        # What is no number reads as 0; the eight digits count for the hash whatever follows them.
        10 * number(eight) + (number(ninth) if is_digits(eight) else 0),
        entry.amount,
        number(entry.value("trace_number")) if entry.has("trace_number") else 0,
        *(entry.record.text[LAYOUTS["6"].span(name)] for name in TEXTS),
    )


def _addenda(reading: Reading) -> list[tuple[object, ...]]:
    addenda = reading.addenda
    rows = zip(addenda.line.tolist(), addenda.entry.tolist(), strict=True)
    return [(*row, _text(addenda.text[at])) for at, row in enumerate(rows)]


def _line(record: Record | None) -> int:
    return record.line if record else 0


def _record(record: Record | None) -> str:
    return record.text if record else " " * 94


def _text(row: Bytes2D) -> str:
    return row.tobytes().decode("latin-1")
