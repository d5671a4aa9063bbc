"""What changed from one file to another: entries by trace number and by content, batches, file headers, all else.

Entries are paired in turns, each among what the turn before left: whole records alike in the same batch, then in
another (moved); content alike under another trace number (renumbered); the same trace number or reference (columns
40 to 54) with other content (changed). What is left was removed or added. Line ends, padding and the order of batches
are no difference; the order of a batch's entries is one, because trace numbers ascend.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask
from ingather.nacha.alike import Hashes, mixed, pair_up, row_hashes
from ingather.nacha.reading import BatchColumns, Heads, Reading
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH

_CONTENT = slice(0, LAYOUTS["6"].span("trace_number").start)
_TRACE = LAYOUTS["6"].span("trace_number")
_REFERENCE = LAYOUTS["6"].span("identification_number")
_ANSWERS = (2, 98, 99)
_KNOWN = np.zeros(256, np.bool_)
_KNOWN[list(b"156789")] = True
# Up to these columns an addenda has content; its entry's trace number, whole or in part, stands behind them.
_PAYMENT_CONTENT, _ANSWER_CONTENT = slice(0, 87), slice(0, 79)


class Fate(IntEnum):
    """What became of an entry that is in both files."""

    SAME = 0
    MOVED = 1
    RENUMBERED = 2
    CHANGED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Which rows of two sides belong together: ``before`` and ``after`` ``(k,)`` are indices into each side.

    ``removed`` are the rows of the first side that have no partner, ``added`` those of the second.
    """

    before: Int64
    after: Int64
    removed: Int64
    added: Int64


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """What changed between two readings.

    ``fate`` is ``(k,)`` for ``entries``: a ``Fate`` each. ``same_addenda`` is the mask ``(k,)`` of pairs whose addenda
    are alike. ``batches`` and ``heads`` pair batches and files, whose records may differ. ``loose_before`` and
    ``loose_after`` are ``(n, 94)`` records that belong to nothing and stand on one side only. ``reordered`` counts the
    entries that stand before one which they followed.
    """

    before: Reading
    after: Reading
    heads: Pairs
    batches: Pairs
    entries: Pairs
    fate: Int64
    same_addenda: Mask
    loose_before: Bytes2D
    loose_after: Bytes2D
    reordered: int

    @property
    def equal(self) -> bool:
        """Return whether the two say the same, line ends and padding aside."""
        lonely = (self.heads, self.batches, self.entries)
        if any(len(pairs.removed) or len(pairs.added) for pairs in lonely) or self.fate.any():
            return False
        if len(self.loose_before) or len(self.loose_after) or self.reordered:
            return False
        return not (self.changed_heads().any() or self.changed_batches().any())

    def changed_heads(self) -> Mask:
        """Return which paired files differ in their header or control."""
        return _differ(self.heads, _frames(self.before.heads), _frames(self.after.heads))

    def changed_batches(self) -> Mask:
        """Return which paired batches differ in their header or control."""
        return _differ(self.batches, _frames(self.before.batches), _frames(self.after.batches))


def diff(before: Reading, after: Reading, /) -> FileDiff:
    """Return what changed from one reading to the other; takes seconds for a million entries on each side."""
    batches = _pair_batches(before.batches, after.batches)
    left = _Side(before, _batch_keys(batches, len(before.batches), after=False))
    right = _Side(after, _batch_keys(batches, len(after.batches), after=True))
    entries = _pair_entries(left, right)
    records = left.records[entries.before] == right.records[entries.after]
    same_addenda = left.addenda_content[entries.before] == right.addenda_content[entries.after]
    same_content = records[:, _CONTENT].all(axis=1) & same_addenda
    same_trace = records[:, _TRACE].all(axis=1)
    same_whole = left.addenda_whole[entries.before] == right.addenda_whole[entries.after]
    same_batch = left.batch[entries.before] == right.batch[entries.after]
    fate = np.full(len(entries.before), Fate.CHANGED, np.int64)
    fate[same_content & ~same_trace] = Fate.RENUMBERED
    fate[same_content & same_trace & same_whole] = Fate.MOVED
    fate[same_content & same_trace & same_whole & same_batch] = Fate.SAME
    loose = _loose(before), _loose(after)
    lonely = _pair_in_turns([(row_hashes(loose[0]), row_hashes(loose[1]), None)], len(loose[0]), len(loose[1]))
    return FileDiff(
        before=before,
        after=after,
        heads=_in_order(len(before.heads), len(after.heads)),
        batches=batches,
        entries=entries,
        fate=fate,
        same_addenda=same_addenda & (same_whole | ~same_trace),
        loose_before=loose[0][lonely.removed],
        loose_after=loose[1][lonely.added],
        reordered=_count_reordered(entries, left, right),
    )


class _Side:
    """One reading's entries as hashes: whole, by content, by trace number and by reference, and their batches' keys."""

    def __init__(self, reading: Reading, batch_keys: Int64) -> None:
        entries = reading.entries
        self.records = entries.record
        self.batch = np.append(batch_keys, -1)[entries.batch] if len(entries) else np.empty(0, np.int64)
        self.addenda_whole = _addenda_hashes(reading, whole=True)
        self.addenda_content = _addenda_hashes(reading, whole=False)
        self.content = row_hashes(self.records[:, _CONTENT])
        self.trace = row_hashes(self.records[:, _TRACE])
        self.reference = row_hashes(self.records[:, _REFERENCE])
        self.named: Mask = (self.records[:, _REFERENCE] != BLANK).any(axis=1)
        self.everywhere: Mask = np.ones(len(entries), np.bool_)

    def turns(self) -> Iterator[tuple[Hashes, Mask]]:
        """Return the keys by which entries are paired, the closest first, each with the rows that may take part."""
        yield mixed(self.batch, self.content, self.trace, self.addenda_whole), self.everywhere
        yield mixed(self.content, self.trace, self.addenda_whole), self.everywhere
        yield mixed(self.batch, self.content, self.addenda_content), self.everywhere
        yield mixed(self.content, self.addenda_content), self.everywhere
        yield mixed(self.batch, self.content, self.trace), self.everywhere
        yield mixed(self.batch, self.trace), self.everywhere
        yield self.trace, self.everywhere
        yield self.content, self.everywhere
        yield self.reference, self.named


def _pair_entries(left: _Side, right: _Side) -> Pairs:
    turns = (
        (ours, theirs, (may, might)) for (ours, may), (theirs, might) in zip(left.turns(), right.turns(), strict=True)
    )
    return _pair_in_turns(turns, len(left.records), len(right.records))


def _pair_in_turns(
    turns: Iterable[tuple[Hashes, Hashes, tuple[Mask, Mask] | None]], left_count: int, right_count: int
) -> Pairs:
    """Return the pairs that the turns find, each among the rows that are left."""
    left, right = np.arange(left_count), np.arange(right_count)
    found: list[tuple[Int64, Int64]] = []
    for ours, theirs, allowed in turns:
        if not len(left) or not len(right):
            break
        may = (left[allowed[0][left]], right[allowed[1][right]]) if allowed else (left, right)
        at, partner = pair_up(ours[may[0]], theirs[may[1]])
        found.append((may[0][at], may[1][partner]))
        left = np.setdiff1d(left, found[-1][0], assume_unique=True)
        right = np.setdiff1d(right, found[-1][1], assume_unique=True)
    before = np.concatenate([np.empty(0, np.int64), *(pair[0] for pair in found)])
    after = np.concatenate([np.empty(0, np.int64), *(pair[1] for pair in found)])
    order = np.argsort(before)
    return Pairs(before=before[order], after=after[order], removed=left, added=right)


def _in_order(left: int, right: int) -> Pairs:
    both = min(left, right)
    return Pairs(
        before=np.arange(both), after=np.arange(both), removed=np.arange(both, left), added=np.arange(both, right)
    )


def _pair_batches(left: BatchColumns, right: BatchColumns) -> Pairs:
    """Return which batches belong together: by whole header, by all but the number, by company and class, by number."""
    layout = LAYOUTS["5"]
    number = layout.span("batch_number")
    turns = (
        (row_hashes(left.record[:, columns]), row_hashes(right.record[:, columns]), None)
        for columns in (
            slice(0, RECORD_WIDTH),
            slice(0, number.start),
            slice(layout.span("company_name").start, layout.span("company_entry_description").stop),
            slice(layout.span("company_identification").start, layout.span("standard_entry_class").stop),
            number,
        )
    )
    return _pair_in_turns(turns, len(left), len(right))


def _batch_keys(batches: Pairs, count: int, *, after: bool) -> Int64:
    """Return a number per batch that paired batches share and no others have."""
    if not after:
        return np.arange(count)
    keys = np.arange(count) + len(batches.before) + len(batches.removed)
    keys[batches.after] = batches.before
    return keys


def _frames(columns: BatchColumns | Heads) -> Bytes2D:
    return np.concatenate([columns.record, columns.control], axis=1)


def _differ(pairs: Pairs, left: Bytes2D, right: Bytes2D) -> Mask:
    different: Mask = (left[pairs.before] != right[pairs.after]).any(axis=1)
    return different


def _count_reordered(entries: Pairs, left: _Side, right: _Side) -> int:
    """Return how many entries stand before one that they followed in the same batch."""
    batch = right.batch[entries.after]
    kept = np.flatnonzero(left.batch[entries.before] == batch)
    after, batch = entries.after[kept], batch[kept]
    return int(np.count_nonzero((np.diff(after) < 0) & (np.diff(batch) == 0)))


def _addenda_hashes(reading: Reading, *, whole: bool) -> Hashes:
    """Return one hash per entry of all its addenda in their order, with or without what repeats its trace number."""
    hashes = np.zeros(reading.entry_count, np.uint64)
    addenda = reading.addenda
    owned = np.flatnonzero(addenda.entry >= 0)
    if not len(owned):
        return hashes
    text, owner = addenda.text[owned], addenda.entry[owned]
    answers = np.isin(addenda.type_code[owned], _ANSWERS)
    rows = row_hashes(text[:, :RECORD_WIDTH] if whole else text[:, _PAYMENT_CONTENT])
    if not whole and answers.any():
        rows[answers] = row_hashes(text[answers][:, _ANSWER_CONTENT])
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    place = np.arange(len(owner)) - np.repeat(starts, np.diff(np.append(starts, len(owner))))
    hashes[owner[starts]] = np.add.reduceat(mixed(rows, place), starts)
    return hashes


def _loose(reading: Reading) -> Bytes2D:
    """Return the records that belong to nothing: of no known type, addenda without entry, controls without header."""
    rows = reading.entries.rows
    kinds = np.ascontiguousarray(rows[:, 0])
    pieces = [rows[~_KNOWN[kinds]], reading.addenda.text[reading.addenda.entry < 0]]
    for kind, frames in ((b"8", reading.batches), (b"9", reading.heads)):
        controls = rows[kinds == ord(kind)]
        controls = controls[~((controls == ord("9")) | (controls == BLANK)).all(axis=1)]
        belonging = frames.control[frames.control_line > 0]
        if len(controls) != len(belonging):
            lonely = np.ones(len(controls), np.bool_)
            lonely[pair_up(row_hashes(controls), row_hashes(belonging))[0]] = False
            pieces.append(controls[lonely])
    return np.concatenate([piece.reshape(-1, RECORD_WIDTH) for piece in pieces])
