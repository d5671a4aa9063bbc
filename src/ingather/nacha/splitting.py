"""Splitting: one plan into several files and batches where a limit, the format's or a bank's own, would be passed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ingather.base.columns import Int64
from ingather.nacha.descriptions import MICRO_ENTRY
from ingather.nacha.dialect import Dialect
from ingather.nacha.findings import Findings
from ingather.nacha.plan import Addenda, Batches, Entries, FilePlan
from ingather.nacha.purpose import Purpose
from ingather.nacha.refused import FormatRefused
from ingather.nacha.refusing.duplicates import check_duplicates
from ingather.nacha.refusing.scope import Scope
from ingather.nacha.refusing.shape import (
    MAX_BATCH_RECORDS,
    MAX_BATCHES,
    MAX_FILE_RECORDS,
    MAX_TOTAL,
    fits_together,
)
from ingather.nacha.transaction_codes import DEBIT

MODIFIERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_FRAME_RECORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a batch and a file may hold beside what the format itself allows; 0 sets no limit.

    Entries are records 6 alone. Raises ``ValueError`` for a negative limit.
    """

    batch_entries: int = 0
    batch_debit_cents: int = 0
    file_entries: int = 0
    file_batches: int = 0
    file_debit_cents: int = 0

    def __post_init__(self) -> None:
        """Refuse limits that no number of entries could keep."""
        if min(getattr(self, name) for name in Limits.__dataclass_fields__) < 0:
            message = "a limit is negative"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A stretch of one batch's entries; ``fresh`` opens the next file."""

    batch: int
    first: int
    stop: int
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """One thing that is limited: its running sum ``(n + 1,)``, and what a batch and a file may hold of it."""

    running: Int64
    batch: int
    file: int


def split(plan: FilePlan, *, limits: Limits, modifiers: Sequence[str] | None = None) -> list[FilePlan]:
    """Return the plan as as few files as the limits allow, filled in the order of the entries.

    A batch goes on in another batch, in the same file or the next, where a limit would be passed; entries keep their
    order, traces and addenda, batches are numbered from 1 in each file. Batches with offset or micro-entries are never
    cut. ``modifiers`` are the file id modifiers to use; by default those from the head's own on to Z and 0 to 9.

    Raises ``FormatRefused`` when one entry, or a batch that is not cut, passes a limit alone, when the modifiers run
    out, when the columns do not fit together, and for entries that are twice in the plan: apart, no file would tell.
    """
    _refuse_unsound(plan)
    files: list[list[_Piece]] = []
    for piece in _pieces(plan, limits):
        if piece.fresh:
            files.append([])
        files[-1].append(piece)
    if modifiers is None:
        own = MODIFIERS.find(plan.head.id_modifier)
        modifiers = MODIFIERS[own:] if own >= 0 else plan.head.id_modifier
    left = len(set(modifiers))
    if len(files) > left:
        refused = _refusal("id-modifier", f"The entries need {len(files)} files; {left} file id modifiers are left.")
        raise refused
    return [_file(plan, pieces, modifier) for pieces, modifier in zip(files, dict.fromkeys(modifiers), strict=False)]


def _refusal(check: str, sentence: str) -> FormatRefused:
    findings = Findings()
    findings.add(check, sentence)
    return FormatRefused(findings.problems())


def _refuse_unsound(plan: FilePlan) -> None:
    scope = Scope(plan=plan, dialect=Dialect(), purpose=Purpose.ORIGINATION)
    if fits_together(scope):
        codes, amounts = plan.entries.transaction_code, plan.entries.amount_cents
        outside = len(plan.entries) > 0 and (codes.min() < 0 or codes.max() >= len(DEBIT) or amounts.min() < 0)
        if outside:
            scope.tell("plan-shape", "A transaction code has over two digits, or an amount is negative.")
        check_duplicates(scope)
        if not len(plan.batches):
            scope.tell("file-empty", "The plan has no batch.")
        sizes = np.bincount(plan.entries.batch, minlength=len(plan.batches))
        for row in np.flatnonzero(sizes == 0).tolist():
            scope.tell("batch-empty", f"Batch {row + 1} has no entries.")
    if len(scope.findings):
        raise FormatRefused(scope.findings.problems())


def _pieces(plan: FilePlan, limits: Limits) -> Iterator[_Piece]:
    """Yield the pieces of batches in order, each as long as the limits allow."""
    measures = _measures(plan.entries, limits)
    most_batches = limits.file_batches or MAX_BATCHES
    bounds = np.searchsorted(plan.entries.batch, np.arange(len(plan.batches) + 1)).tolist()
    whole = _never_cut(plan)
    start = batches = 0
    for batch, (first, end) in enumerate(pairwise(bounds)):
        at = first
        while at < end:
            fresh = batches == 0 or batches >= most_batches
            if fresh:
                start, batches = at, 0
            stop = _reach(measures, at, end, start, batches)
            fits = stop == end if whole[batch] else stop > at
            if not fits and not fresh:
                start, batches, fresh = at, 0, True
                stop = _reach(measures, at, end, start, batches)
                fits = stop == end if whole[batch] else stop > at
            if not fits:
                raise _too_much(batch, at, whole=whole[batch])
            yield _Piece(batch=batch, first=at, stop=stop, fresh=fresh)
            at, batches = stop, batches + 1


def _too_much(batch: int, at: int, *, whole: bool) -> FormatRefused:
    if whole:
        sentence = (
            f"Batch {batch + 1} passes a limit and is not cut: its entries balance each other. Balance after splitting."
        )
        return _refusal("offset", sentence)
    return _refusal("batch-limit", f"Entry {at + 1:,} (batch {batch + 1}) passes a limit by itself.")


def _never_cut(plan: FilePlan) -> list[bool]:
    balanced = np.zeros(len(plan.batches), np.bool_)
    if plan.entries.offset is not None:
        balanced[plan.entries.batch[plan.entries.offset]] = True
    micro = [text.rstrip().upper() == MICRO_ENTRY for text in plan.batches.entry_description]
    return [a or b for a, b in zip(balanced.tolist(), micro, strict=True)]


def _measures(entries: Entries, limits: Limits) -> list[_Measure]:
    count = len(entries)
    ones = np.ones(count, np.int64)
    records = ones.copy()
    if entries.addenda is not None:
        records += np.bincount(entries.addenda.entry, minlength=count)
    debit = DEBIT[entries.transaction_code]
    debits, credits_ = np.where(debit, entries.amount_cents, 0), np.where(debit, 0, entries.amount_cents)
    return [
        _Measure(running=_running(ones), batch=limits.batch_entries or count, file=limits.file_entries or count),
        _Measure(running=_running(records), batch=MAX_BATCH_RECORDS, file=MAX_FILE_RECORDS - _FRAME_RECORDS),
        _Measure(
            running=_running(debits),
            batch=min(limits.batch_debit_cents or MAX_TOTAL, MAX_TOTAL),
            file=min(limits.file_debit_cents or MAX_TOTAL, MAX_TOTAL),
        ),
        _Measure(running=_running(credits_), batch=MAX_TOTAL, file=MAX_TOTAL),
    ]


def _running(values: Int64) -> Int64:
    return np.append(0, np.cumsum(values))


def _reach(measures: list[_Measure], at: int, end: int, start: int, batches: int) -> int:
    """Return how far a piece from entry ``at`` may go, in a file that began at ``start`` and has so many batches."""
    stop = end
    for number, measure in enumerate(measures):
        # Batches take records of the file as well: a header and a control each.
        frames = _FRAME_RECORDS * (batches + 1) if number == 1 else 0
        highest = min(int(measure.running[at]) + measure.batch, int(measure.running[start]) + measure.file - frames)
        stop = min(stop, int(np.searchsorted(measure.running, highest, side="right")) - 1)
    return stop


def _file(plan: FilePlan, pieces: list[_Piece], modifier: str) -> FilePlan:
    rows = [piece.batch for piece in pieces]
    columns = {
        name: [column[row] for row in rows]
        for name in Batches.__dataclass_fields__
        if (column := getattr(plan.batches, name)) is not None
    }
    batches = replace(plan.batches, **columns)
    return FilePlan(
        head=replace(plan.head, id_modifier=modifier),
        batches=replace(batches, batch_number=list(range(1, len(rows) + 1))),
        entries=_entries(plan.entries, pieces),
    )


def _entries(entries: Entries, pieces: list[_Piece]) -> Entries:
    span = slice(pieces[0].first, pieces[-1].stop)
    sizes = [piece.stop - piece.first for piece in pieces]
    columns = {
        name: column[span]
        for name in Entries.__dataclass_fields__
        if name not in {"batch", "addenda"} and (column := getattr(entries, name)) is not None
    }
    addenda = entries.addenda
    if addenda is not None:
        first, stop = np.searchsorted(addenda.entry, (span.start, span.stop)).tolist()
        addenda = Addenda(
            entry=addenda.entry[first:stop] - span.start,
            type_code=addenda.type_code[first:stop],
            content=addenda.content[first:stop],
        )
    return replace(entries, **columns, batch=np.repeat(np.arange(len(pieces)), sizes), addenda=addenda)
