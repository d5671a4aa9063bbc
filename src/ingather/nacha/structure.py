"""How records follow each other: files, batches, and which entries lie in which.

Only the records that are neither entries nor addenda are walked one by one; there are few of them.
"""

from dataclasses import dataclass, replace

import numpy as np

from ingather.base.columns import Bytes2D, Int64
from ingather.nacha.findings import Findings
from ingather.nacha.lines import Lines

FILE_HEADER, BATCH_HEADER, ENTRY, ADDENDA, BATCH_CONTROL, FILE_CONTROL = b"156789"
_FILL = 0
_SAMPLE = 10_000
_KNOWN = np.zeros(256, np.bool_)
_KNOWN[list(b"156789")] = True
_NAMES = {
    FILE_HEADER: "a file header (1)",
    BATCH_HEADER: "a batch header (5)",
    BATCH_CONTROL: "a batch control (8)",
    FILE_CONTROL: "a file control (9)",
    _FILL: "a record of nines",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSpan:
    """One file in the bytes: rows of its header and control (-1: missing), its batches, and its extent in rows."""

    first: int
    header: int = -1
    control: int = -1
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSpan:
    """One batch: rows of its header and control (-1: missing) and the file it is in."""

    file: int
    header: int
    control: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Files and batches by row, and for all entries and addenda what they belong to (-1: nothing).

    ``entry_at`` (m,) and ``addenda_at`` (k,) are rows; ``entry_batch`` (m,), ``addenda_entry`` and ``addenda_batch``
    (k,) are indices; ``first`` and ``end`` (b,) bound each batch's entries.
    """

    files: list[FileSpan]
    batches: list[BatchSpan]
    entry_at: Int64
    entry_batch: Int64
    addenda_at: Int64
    addenda_entry: Int64
    addenda_batch: Int64
    first: Int64
    end: Int64


def looks_like_nacha(rows: Bytes2D) -> bool:
    """Return whether most of the first 10,000 records start with a record type.

    Half of them are enough when the first one does; a line of a mailbox before the file takes nine in ten.
    """
    if not len(rows):
        return False
    known = _KNOWN[rows[:_SAMPLE, 0]]
    found = int(np.count_nonzero(known))
    return found * 2 >= len(known) if known[0] else found * 10 >= len(known) * 9


def read_structure(lines: Lines, findings: Findings) -> Structure:
    """Return what lies in what; a record out of place is told with its line and still belongs somewhere or to -1."""
    kinds = lines.kinds if lines.kinds is not None else np.ascontiguousarray(lines.rows[:, 0])
    is_entry = kinds == ENTRY
    is_addenda = kinds == ADDENDA
    others = np.flatnonzero(~(is_entry | is_addenda))
    known = _KNOWN[kinds[others]]
    unknown, frame_at = others[~known], others[known]
    findings.rows("record-type", lines.number[unknown], "The record starts with none of 1, 5, 6, 7, 8 and 9.")
    entry_at = np.flatnonzero(is_entry)
    addenda_at = np.flatnonzero(is_addenda)
    walk = _Walk(lines, findings)
    walk.run(frame_at, _with_fill(lines, kinds, frame_at), _details_after(frame_at, entry_at, addenda_at))
    bounds = np.searchsorted(entry_at, np.append(frame_at, len(kinds)))
    frame_batch = np.array(walk.batch_of_frame, np.int64)
    # What stands before the first frame record belongs to none, like what follows one that opens no batch.
    owners, sizes = np.append(-1, frame_batch), np.diff(bounds, prepend=0)
    entry_batch = np.repeat(owners, sizes)
    if sizes[owners < 0].any():
        _tell_strays(lines, entry_at[entry_batch < 0], findings)
    opens = np.array([batch.header for batch in walk.batches], np.int64)
    places = np.searchsorted(frame_at, opens)
    return Structure(
        files=walk.files,
        batches=walk.batches,
        entry_at=entry_at,
        entry_batch=entry_batch,
        addenda_at=addenda_at,
        addenda_entry=_addenda_entries(lines, addenda_at, entry_at, frame_at, findings),
        addenda_batch=np.append(frame_batch, -1)[np.searchsorted(frame_at, addenda_at) - 1],
        first=bounds[places],
        end=bounds[places + 1],
    )


def _with_fill(lines: Lines, kinds: Bytes2D, frame_at: Int64) -> list[int]:
    """Return the kind of each frame record, records of nines told apart from file controls."""
    frame_kinds = kinds[frame_at].astype(np.int64)
    nines = np.flatnonzero(frame_kinds == FILE_CONTROL)
    rows = lines.rows[frame_at[nines]]
    nine = ord("9")
    fill = ((rows == nine) | (rows == ord(" "))).all(axis=1)
    frame_kinds[nines[fill]] = _FILL
    return [int(kind) for kind in frame_kinds]


def _details_after(frame_at: Int64, entry_at: Int64, addenda_at: Int64) -> list[int]:
    """Return for each frame record the first entry or addenda before the next frame record, -1 where there is none."""
    nowhere = np.iinfo(np.int64).max
    following = np.append(frame_at, nowhere)[1:]
    first = np.full(len(frame_at), nowhere)
    for details in (entry_at, addenda_at):
        first = np.minimum(first, np.append(details, nowhere)[np.searchsorted(details, frame_at)])
    rows: list[int] = np.where(first < following, first, -1).tolist()
    return rows


class _Walk:
    """The pass over frame records that opens and closes files and batches."""

    def __init__(self, lines: Lines, findings: Findings) -> None:
        self._lines = lines
        self._findings = findings
        self.files: list[FileSpan] = []
        self.batches: list[BatchSpan] = []
        self.batch_of_frame: list[int] = []
        self._batch = -1

    def run(self, frame_at: Int64, kinds: list[int], details: list[int]) -> None:
        rows = frame_at.tolist()
        if len(self._lines.rows) and (not rows or rows[0] > 0):
            self._open_file(0)
        for row, kind, detail in zip(rows, kinds, details, strict=True):
            self._take(row, kind)
            self.batch_of_frame.append(self._batch)
            if detail >= 0 and self._batch < 0 and self.files[-1].control >= 0:
                self._open_file(detail)
        self._close_batch(len(self._lines.rows))
        ends = [file.first for file in self.files[1:]] + [len(self._lines.rows)]
        self.files = [replace(file, end=end) for file, end in zip(self.files, ends, strict=False)]
        self._tell_files()

    def _take(self, row: int, kind: int) -> None:
        closed = bool(self.files) and self.files[-1].control >= 0
        if not self.files or kind == FILE_HEADER or (closed and kind != _FILL):
            self._close_batch(row)
            self._open_file(row)
        match kind:
            case 0x31:
                self.files[-1] = replace(self.files[-1], header=row)
            case 0x35:
                self._close_batch(row)
                self.batches.append(BatchSpan(file=len(self.files) - 1, header=row))
                self._batch = len(self.batches) - 1
            case 0x38:
                if self._batch < 0:
                    self._misplaced(row, kind, "without a batch header before it")
                else:
                    self.batches[self._batch] = replace(self.batches[self._batch], control=row)
                self._batch = -1
            case 0x39:
                self._close_batch(row)
                self.files[-1] = replace(self.files[-1], control=row)
            case _:
                self._close_batch(row)
                if self.files[-1].control < 0:
                    self._misplaced(row, kind, "before any file control")

    def _open_file(self, row: int) -> None:
        self.files.append(FileSpan(first=row))

    def _close_batch(self, row: int) -> None:
        if self._batch >= 0:
            line = int(self._lines.number[self.batches[self._batch].header])
            where = f"line {int(self._lines.number[row])}" if row < len(self._lines.rows) else "the end"
            self._findings.add("batch-control-missing", f"The batch has no control (8) before {where}.", line=line)
            self._batch = -1

    def _misplaced(self, row: int, kind: int, where: str) -> None:
        line = int(self._lines.number[row])
        self._findings.add("order-of-records", f"There is {_NAMES[kind]} {where}.", line=line)

    def _tell_files(self) -> None:
        for index, file in enumerate(self.files):
            line = int(self._lines.number[file.first]) if file.first < len(self._lines.rows) else 0
            if index:
                self._findings.add("several-files", "Another file starts here.", line=line)
            if file.header < 0:
                self._findings.add("file-header-missing", "The file has no header (1).", line=line)
            if file.control < 0:
                self._findings.add("file-control-missing", "The file has no control (9).", line=line)


def _tell_strays(lines: Lines, rows: Int64, findings: Findings) -> None:
    if len(rows):
        findings.rows("order-of-records", lines.number[rows], "The entry stands outside any batch.")


def _addenda_entries(lines: Lines, addenda_at: Int64, entry_at: Int64, frame_at: Int64, findings: Findings) -> Int64:
    """Return the entry of each addenda: the last one before it, when no batch or file record lies between."""
    if not len(addenda_at):
        return np.empty(0, np.int64)
    entry = np.searchsorted(entry_at, addenda_at) - 1
    frame = np.searchsorted(frame_at, addenda_at) - 1
    entry_row = np.where(entry >= 0, entry_at[np.maximum(entry, 0)] if len(entry_at) else -1, -1)
    frame_row = np.where(frame >= 0, frame_at[np.maximum(frame, 0)] if len(frame_at) else -1, -1)
    lost = entry_row <= frame_row
    lost |= entry < 0
    findings.rows("order-of-records", lines.number[addenda_at[lost]], "The addenda stands without an entry before it.")
    entry[lost] = -1
    return entry
