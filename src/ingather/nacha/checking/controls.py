"""Controls against contents: counts, hashes and totals of batches and files, blocking and fill."""

import numpy as np

from ingather.base.columns import ZERO, Bytes2D, Int64, Mask
from ingather.base.money import format_minor
from ingather.nacha.findings import Findings
from ingather.nacha.frames import HASH_MODULUS, advice_files
from ingather.nacha.lines import Lines
from ingather.nacha.reading import BatchColumns, Heads
from ingather.nacha.records import BLOCK_RECORDS, LAYOUTS, Field, Kind
from ingather.nacha.structure import FileSpan, Structure

# Six digits count the records of a batch, the batches and the blocks of a file; twelve hold cents, twenty of advices.
_MOST, _MOST_CENTS = 999_999, 999_999_999_999
_WIDEST = 18
_ADVICE = "ADV"


def check_batch_controls(batches: BatchColumns, sec: list[str], findings: Findings) -> None:
    """Tell every batch whose control does not say, in digits, what its entries add up to."""
    sums = {
        "entry_addenda_count": ("batch-count", batches.claimed_entry_addenda, batches.entries + batches.addenda),
        "entry_hash": ("batch-hash", batches.claimed_hash, batches.entry_hash),
        "total_debit": ("batch-debit-total", batches.claimed_debit_cents, batches.debit_cents),
        "total_credit": ("batch-credit-total", batches.claimed_credit_cents, batches.credit_cents),
    }
    advices = np.array([code == _ADVICE for code in sec], np.bool_)
    for layout, mine in ((LAYOUTS["8"], ~advices), (LAYOUTS["8ADV"], advices)):
        told = mine & (batches.control_line > 0)
        for name, (check, claimed, counted) in sums.items():
            field = layout.field(name)
            readable = _are_numbers(batches.control[:, field.span])
            for at in np.flatnonzero(told & (~readable | (claimed != counted))).tolist():
                sentence = _difference(
                    "batch control", field, int(claimed[at]) if readable[at] else -1, int(counted[at])
                )
                findings.add(check, sentence, line=int(batches.control_line[at]), field=field)
    too_many = batches.entries + batches.addenda > _MOST
    too_much = ~advices & (np.maximum(batches.debit_cents, batches.credit_cents) > _MOST_CENTS)
    sentence = "The batch has more entries and addenda, or more cents, than its control can say."
    findings.rows("batch-limit", batches.line[too_many | too_much], sentence)
    findings.rows("batch-empty", batches.line[batches.entries == 0], "The batch has no entries.")


def _are_numbers(columns: Bytes2D) -> Mask:
    """Return which rows are digits; of a field wider than a number holds, with zeros in front of what it holds."""
    beyond = columns[:, : max(0, columns.shape[1] - _WIDEST)]
    digits = (columns >= ZERO) & (columns < ZERO + 10)
    numbers: Mask = digits.all(axis=1) & (beyond == ZERO).all(axis=1)
    return numbers


def _difference(record: str, field: Field, claimed: int, counted: int) -> str:
    words = field.name.replace("_", " ")
    money = field.kind is Kind.AMOUNT
    found = format_minor(counted) if money else f"{counted:,}"
    if claimed < 0:
        return f"The {record} has no number for {words}, the records give {found}."
    return (
        f"The {record} says {format_minor(claimed) if money else f'{claimed:,}'} for {words}, the records give {found}."
    )


def check_file_controls(
    heads: Heads, batches: BatchColumns, sec: list[str], structure: Structure, lines: Lines, findings: Findings
) -> None:
    """Tell every file whose control does not say what its batch controls add up to, or which is not blocked."""
    records = np.array([file.end - file.first for file in structure.files], np.int64)
    of_batches = _sums_by_file(np.ones(len(batches), np.int64), batches.head, len(heads))
    empty = (heads.line > 0) & (of_batches == 0)
    findings.rows("file-empty", heads.line[empty], "The file has no batch.")
    over = (of_batches > _MOST) | (records > _MOST * BLOCK_RECORDS)
    sentence = "The file has more batches or blocks than its control can say."
    findings.rows("batch-limit", heads.line[over], sentence)
    for file in structure.files:
        _check_blocking(file, lines, findings)
    has = batches.control_line > 0
    counts = np.where(has, batches.claimed_entry_addenda, batches.entries + batches.addenda)
    hashes = np.where(has, batches.claimed_hash, batches.entry_hash)
    debits = np.where(has, batches.claimed_debit_cents, batches.debit_cents)
    credit_sums = np.where(has, batches.claimed_credit_cents, batches.credit_cents)
    by_file = {
        "entry_addenda_count": ("file-count", heads.entry_addenda_count, counts),
        "entry_hash": ("file-hash", heads.entry_hash, hashes),
        "total_debit": ("file-debit-total", heads.debit_cents, debits),
        "total_credit": ("file-credit-total", heads.credit_cents, credit_sums),
    }
    sums = {
        name: (check, claimed, _sums_by_file(values, batches.head, len(heads)))
        for name, (check, claimed, values) in by_file.items()
    }
    sums["entry_hash"] = (*sums["entry_hash"][:2], sums["entry_hash"][2] % HASH_MODULUS)
    sums["batch_count"] = ("file-batch-count", heads.batch_count, of_batches)
    sums["block_count"] = ("file-block-count", heads.block_count, -(-records // BLOCK_RECORDS))
    _tell_file_sums(heads, sums, advice_files(batches.head.tolist(), sec, len(heads)), findings)


def _sums_by_file(values: Int64, head: Int64, files: int) -> Int64:
    sums = np.zeros(files, np.int64)
    np.add.at(sums, head, values)
    return sums


def _tell_file_sums(heads: Heads, sums: dict[str, tuple[str, Int64, Int64]], advices: Mask, findings: Findings) -> None:
    for layout, mine in ((LAYOUTS["9"], ~advices), (LAYOUTS["9ADV"], advices)):
        told = mine & (heads.control_line > 0)
        for name, (check, claimed, counted) in sums.items():
            field = layout.field(name)
            readable = _are_numbers(heads.control[:, field.span])
            for at in np.flatnonzero(told & (~readable | (claimed != counted))).tolist():
                sentence = _difference(
                    "file control", field, int(claimed[at]) if readable[at] else -1, int(counted[at])
                )
                findings.add(check, sentence, line=int(heads.control_line[at]), field=field)


def _check_blocking(file: FileSpan, lines: Lines, findings: Findings) -> None:
    records = file.end - file.first
    if file.control < 0 or not records:
        return
    last = int(lines.number[file.end - 1])
    if records % BLOCK_RECORDS:
        sentence = f"The file has {records:,} records, which fill no whole number of blocks of {BLOCK_RECORDS}."
        findings.add("blocking", sentence, line=last)
    after = lines.rows[file.control + 1 : file.end]
    bad = ~(after == ord("9")).all(axis=1)
    numbers = lines.number[file.control + 1 : file.end][bad]
    findings.rows("fill", numbers, "The record after the file control is not all nines.")
