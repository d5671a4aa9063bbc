"""File and batch records out of the bytes: headers and controls as columns, with what the entries add up to."""

from dataclasses import dataclass

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask, column_texts, parse_digits
from ingather.nacha.lines import Lines
from ingather.nacha.reading import BatchColumns, EntryColumns, Heads
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH, Field
from ingather.nacha.structure import Structure
from ingather.nacha.transaction_codes import DEBIT

HASH_MODULUS = 10_000_000_000
_WIDEST = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the entries of each batch add up to, ``(b,)`` each; ``addenda`` counts every record 7 of the batch.

    ``all_*`` are the sums over every entry, those outside batches included.
    """

    entries: Int64
    addenda: Int64
    entry_hash: Int64
    debit_cents: Int64
    credit_cents: Int64
    all_debit_cents: int
    all_credit_cents: int


def sec_codes(lines: Lines, structure: Structure) -> list[str]:
    """Return the SEC code of each batch as it stands there."""
    rows = _records(lines, [batch.header for batch in structure.batches])
    return column_texts(rows[:, LAYOUTS["5"].span("standard_entry_class")])


def number_in(records: Bytes2D, field: Field) -> Int64:
    """Return one field of many records as numbers, 0 where it is none; of a wider field the last 18 digits."""
    columns = records[:, field.span]
    return parse_digits(columns[:, max(0, columns.shape[1] - _WIDEST) :])[0]


def _records(lines: Lines, rows: list[int]) -> Bytes2D:
    """Return the records at these rows, blank ones where the row is -1."""
    found = np.full((len(rows), RECORD_WIDTH), BLANK, np.uint8)
    for index, row in enumerate(rows):
        if row >= 0:
            found[index] = lines.rows[row]
    return found


def _line_numbers(lines: Lines, rows: list[int]) -> Int64:
    at = np.array(rows, np.int64)
    return np.where(at >= 0, lines.number[np.maximum(at, 0)], 0) if len(at) else at


def add_up(entries: EntryColumns, structure: Structure) -> Totals:
    """Return counts, hash and sums per batch; debits are the codes of the debit family, returned ones included."""
    amounts = entries.amount_cents
    debits = amounts if DEBIT[entries.used].all() else np.where(DEBIT[entries.transaction_code], amounts, 0)
    spans = (structure.first, structure.end)
    debit_sums = _sums(debits, *spans)
    addenda = structure.addenda_batch
    all_amounts = int(amounts.sum())
    all_debits = all_amounts if debits is amounts else int(debits.sum())
    return Totals(
        entries=structure.end - structure.first,
        addenda=np.bincount(addenda[addenda >= 0], minlength=len(structure.batches)).astype(np.int64),
        entry_hash=_sums(entries.routing // 10, *spans) % HASH_MODULUS,
        debit_cents=debit_sums,
        credit_cents=(debit_sums if debits is amounts else _sums(amounts, *spans)) - debit_sums,
        all_debit_cents=all_debits,
        all_credit_cents=all_amounts - all_debits,
    )


def _sums(values: Int64, first: Int64, end: Int64) -> Int64:
    """Return the sum of each span; spans follow each other and may be empty or leave gaps."""
    sums = np.zeros(len(first), np.int64)
    full = np.flatnonzero(end > first)
    if len(full):
        # Between the end of one span and the start of the next lie entries of no batch: they get sums of their own.
        edges = np.stack([first[full], end[full]], axis=1).ravel()
        # An edge at the very end is none for reduceat.
        sums[full] = np.add.reduceat(values, edges[:-1] if edges[-1] == len(values) else edges)[::2]
    return sums


def read_batches(lines: Lines, structure: Structure, sec: list[str], totals: Totals) -> BatchColumns:
    """Return the batches as columns, each with its control's claims and its entries' totals."""
    header, control = LAYOUTS["5"], LAYOUTS["8"]
    header_rows = [batch.header for batch in structure.batches]
    control_rows = [batch.control for batch in structure.batches]
    record, control_record = _records(lines, header_rows), _records(lines, control_rows)
    advice = np.array([code == "ADV" for code in sec], np.bool_)
    claimed: dict[str, Int64] = {}
    for name in ("entry_addenda_count", "entry_hash", "total_debit", "total_credit"):
        plain = number_in(control_record, control.field(name))
        claimed[name] = np.where(advice, number_in(control_record, LAYOUTS["8ADV"].field(name)), plain)
    return BatchColumns(
        line=_line_numbers(lines, header_rows),
        head=np.array([batch.file for batch in structure.batches], np.int64),
        record=record,
        control_line=_line_numbers(lines, control_rows),
        control=control_record,
        service_class=number_in(record, header.field("service_class")),
        batch_number=number_in(record, header.field("batch_number")),
        originating_dfi=number_in(record, header.field("originating_dfi")),
        first=structure.first,
        end=structure.end,
        entries=totals.entries,
        addenda=totals.addenda,
        entry_hash=totals.entry_hash,
        debit_cents=totals.debit_cents,
        credit_cents=totals.credit_cents,
        claimed_entry_addenda=claimed["entry_addenda_count"],
        claimed_hash=claimed["entry_hash"],
        claimed_debit_cents=claimed["total_debit"],
        claimed_credit_cents=claimed["total_credit"],
    )


def advice_files(file_of_batch: list[int], sec: list[str], files: int) -> Mask:
    """Return which files hold advices and nothing else, ``(files,)``: their controls have wider totals."""
    advices, others = np.zeros(files, np.bool_), np.zeros(files, np.bool_)
    for file, code in zip(file_of_batch, sec, strict=True):
        (advices if code == "ADV" else others)[file] = True
    return advices & ~others


def read_heads(lines: Lines, structure: Structure, sec: list[str]) -> Heads:
    """Return the files as columns, each with its control's claims; a file of advices has wider totals."""
    record = _records(lines, [file.header for file in structure.files])
    control_rows = [file.control for file in structure.files]
    control = _records(lines, control_rows)
    advice = advice_files([batch.file for batch in structure.batches], sec, len(structure.files))
    claimed: dict[str, Int64] = {}
    for name in ("batch_count", "block_count", "entry_addenda_count", "entry_hash", "total_debit", "total_credit"):
        plain = number_in(control, LAYOUTS["9"].field(name))
        claimed[name] = np.where(advice, number_in(control, LAYOUTS["9ADV"].field(name)), plain)
    return Heads(
        line=_line_numbers(lines, [file.header for file in structure.files]),
        record=record,
        control_line=_line_numbers(lines, control_rows),
        control=control,
        batch_count=claimed["batch_count"],
        block_count=claimed["block_count"],
        entry_addenda_count=claimed["entry_addenda_count"],
        entry_hash=claimed["entry_hash"],
        debit_cents=claimed["total_debit"],
        credit_cents=claimed["total_credit"],
    )
