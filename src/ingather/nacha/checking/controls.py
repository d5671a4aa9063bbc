"""Controls against contents: counts, hashes and totals of batches and files, blocking and fill."""

import numpy as np

from ingather.base.money import format_minor
from ingather.nacha.findings import Findings
from ingather.nacha.frames import HASH_MODULUS
from ingather.nacha.lines import Lines
from ingather.nacha.reading import BatchColumns, Heads
from ingather.nacha.records import BLOCK_RECORDS, LAYOUTS
from ingather.nacha.structure import FileSpan, Structure

_CONTROL = LAYOUTS["8"]
_FILE_CONTROL = LAYOUTS["9"]
# Six digits count the records of a batch, the batches and the blocks of a file; twelve hold cents.
_MOST, _MOST_CENTS = 999_999, 999_999_999_999


def check_batch_controls(batches: BatchColumns, findings: Findings) -> None:
    """Tell every batch whose control does not say what its entries add up to."""
    has = batches.control_line > 0
    sums = (
        ("batch-count", "entry_addenda_count", batches.claimed_entry_addenda, batches.entries + batches.addenda, False),
        ("batch-hash", "entry_hash", batches.claimed_hash, batches.entry_hash, False),
        ("batch-debit-total", "total_debit", batches.claimed_debit_cents, batches.debit_cents, True),
        ("batch-credit-total", "total_credit", batches.claimed_credit_cents, batches.credit_cents, True),
    )
    for check, name, claimed, found, money in sums:
        for at in np.flatnonzero(has & (claimed != found)).tolist():
            sentence = _difference("batch control", name, int(claimed[at]), int(found[at]), money=money)
            findings.add(check, sentence, line=int(batches.control_line[at]), field=_CONTROL.field(name))
    over = (batches.entries + batches.addenda > _MOST) | (batches.debit_cents > _MOST_CENTS)
    over |= batches.credit_cents > _MOST_CENTS
    # The totals of an advice are wider than any sum here.
    sentence = "The batch has more entries and addenda, or more cents, than its control can say."
    findings.rows("batch-limit", batches.line[over], sentence)
    for at in np.flatnonzero(batches.entries == 0).tolist():
        findings.add("batch-empty", "The batch has no entries.", line=int(batches.line[at]))


def _difference(record: str, name: str, claimed: int, found: int, *, money: bool) -> str:
    said, counted = (format_minor(claimed), format_minor(found)) if money else (f"{claimed:,}", f"{found:,}")
    return f"The {record} says {said} for {name.replace('_', ' ')}, the records give {counted}."


def check_file_controls(
    heads: Heads, batches: BatchColumns, structure: Structure, lines: Lines, findings: Findings
) -> None:
    """Tell every file whose control does not say what its batch controls add up to, or which is not blocked."""
    has = batches.control_line > 0
    counts = np.where(has, batches.claimed_entry_addenda, batches.entries + batches.addenda)
    hashes = np.where(has, batches.claimed_hash, batches.entry_hash)
    debits = np.where(has, batches.claimed_debit_cents, batches.debit_cents)
    credit_sums = np.where(has, batches.claimed_credit_cents, batches.credit_cents)
    for index, file in enumerate(structure.files):
        mine = batches.head == index
        if file.header >= 0 and not mine.any():
            findings.add("file-empty", "The file has no batch.", line=int(heads.line[index]))
        _check_blocking(file, lines, findings)
        records = file.end - file.first
        if int(mine.sum()) > _MOST or records > _MOST * BLOCK_RECORDS:
            sentence = "The file has more batches or blocks than its control can say."
            findings.add("batch-limit", sentence, line=int(heads.line[index]))
        if file.control < 0:
            continue
        sums = (
            ("file-batch-count", "batch_count", heads.batch_count, int(mine.sum()), False),
            ("file-block-count", "block_count", heads.block_count, -(-records // BLOCK_RECORDS), False),
            ("file-count", "entry_addenda_count", heads.entry_addenda_count, int(counts[mine].sum()), False),
            ("file-hash", "entry_hash", heads.entry_hash, int(hashes[mine].sum()) % HASH_MODULUS, False),
            ("file-debit-total", "total_debit", heads.debit_cents, int(debits[mine].sum()), True),
            ("file-credit-total", "total_credit", heads.credit_cents, int(credit_sums[mine].sum()), True),
        )
        for check, name, claimed, found, money in sums:
            if int(claimed[index]) != found:
                sentence = _difference("file control", name, int(claimed[index]), found, money=money)
                line = int(heads.control_line[index])
                findings.add(check, sentence, line=line, field=_FILE_CONTROL.field(name))


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
