"""The writer: a plan of columns into the bytes of one file, in chunks, or every reason why not."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Bytes2D, Int64
from ingather.nacha.accounts import prepare_accounts
from ingather.nacha.dialect import Dialect, LineEnd
from ingather.nacha.findings import LIMIT
from ingather.nacha.frames import HASH_MODULUS
from ingather.nacha.plan import FilePlan
from ingather.nacha.purpose import Purpose
from ingather.nacha.records import RECORD_WIDTH
from ingather.nacha.refusals import refuse
from ingather.nacha.refused import FormatRefused
from ingather.nacha.writing.sheets import Sheets, fill_sheet, sheets_of

__all__ = ["Dialect", "FormatRefused", "LineEnd", "Purpose", "Written", "prepare_accounts", "write", "write_to"]

# What a core's own cache holds beside the columns: a chunk is written there and leaves once.
CHUNK_RECORDS = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The bytes of one file and what they add up to, counted from the columns that were written.

    ``data`` is empty when the bytes went to a sink; ``size`` counts them. ``entry_lines`` (n,) and ``batch_lines`` (b,)
    are lines from 1, of the entry and of the batch header; the ``batch_*`` columns are (b,). The repr never shows the
    bytes.
    """

    data: bytes
    size: int
    entry_lines: Int64
    batch_lines: Int64
    entries: int
    addenda: int
    debit_cents: int
    credit_cents: int
    entry_hash: int
    batch_entries: Int64
    batch_addenda: Int64
    batch_debit_cents: Int64
    batch_credit_cents: Int64
    batch_hash: Int64

    def __repr__(self) -> str:
        """Return the totals, and nothing of the bytes."""
        return f"Written(entries={self.entries}, debit_cents={self.debit_cents}, credit_cents={self.credit_cents})"


class ByteSink(Protocol):
    """Anything that takes bytes, such as a binary file."""

    def write(self, data: memoryview, /) -> object:
        """Take the next bytes of the file; a number returned says how many were taken."""


def write(plan: FilePlan, *, dialect: Dialect | None = None, purpose: Purpose = Purpose.ORIGINATION) -> Written:
    """Return the plan as the bytes of one file: same plan, dialect and purpose, same bytes.

    Raises ``FormatRefused`` with every reason (at most 1,000 listed, the rest counted) when anything would have to be
    cut, guessed or changed; which reasons count is the purpose's. Records follow RB13 Appendix Three.
    """
    sheets = _ready(plan, dialect or Dialect(), purpose)
    end = _line_end(sheets.dialect)
    # The buffer's bytes are written in place and taken out as they are: a file is never in memory twice.
    buffer = BytesIO(bytes(sheets.rows * (RECORD_WIDTH + len(end))))
    with buffer.getbuffer() as view:
        _fill_all(sheets, np.frombuffer(view, np.uint8).reshape(sheets.rows, -1), end)
    return _written(sheets, buffer.getvalue())


def _fill_all(sheets: Sheets, matrix: Bytes2D, end: npt.NDArray[np.uint8]) -> None:
    for low in range(0, sheets.rows, CHUNK_RECORDS):
        chunk = matrix[low : low + CHUNK_RECORDS]
        chunk[:, RECORD_WIDTH:] = end
        fill_sheet(sheets, chunk[:, :RECORD_WIDTH], low)


def write_to(
    plan: FilePlan,
    sink: Callable[[memoryview], object] | ByteSink,
    *,
    dialect: Dialect | None = None,
    purpose: Purpose = Purpose.ORIGINATION,
) -> Written:
    """Give the bytes that ``write`` would return to a sink, chunk by chunk, and return what they add up to.

    The sink is a binary file or a function of the next bytes; it may keep a copy of them but not the view, which is
    released after the call. Memory is bounded by the plan's columns and one chunk. Raises ``FormatRefused`` before the
    first byte, and ``OSError`` when a file takes none of the bytes it is given.
    """
    sheets = _ready(plan, dialect or Dialect(), purpose)
    end = _line_end(sheets.dialect)
    width = RECORD_WIDTH + len(end)
    buffer = bytearray(min(CHUNK_RECORDS, sheets.rows) * width)
    matrix = np.frombuffer(buffer, np.uint8).reshape(-1, width)
    matrix[:, RECORD_WIDTH:] = end
    for low in range(0, sheets.rows, CHUNK_RECORDS):
        count = min(CHUNK_RECORDS, sheets.rows - low)
        fill_sheet(sheets, matrix[:count, :RECORD_WIDTH], low)
        with memoryview(buffer)[: count * width] as whole, whole.toreadonly() as view:
            _give(sink, view)
    return _written(sheets, b"")


def _give(sink: Callable[[memoryview], object] | ByteSink, view: memoryview) -> None:
    """Give all the bytes: an unbuffered file may take fewer than it is given."""
    if callable(sink):
        sink(view)
        return
    given = 0
    while given < len(view):
        with view[given:] as rest:
            taken = sink.write(rest)
        if not isinstance(taken, int):
            return
        if taken <= 0:
            message = "the file took none of the bytes it was given"
            raise OSError(message)
        given += taken


def _line_end(dialect: Dialect) -> npt.NDArray[np.uint8]:
    return np.frombuffer(LineEnd(dialect.line_end).encode("ascii"), np.uint8)


def _ready(plan: FilePlan, dialect: Dialect, purpose: Purpose) -> Sheets:
    findings, sums = refuse(plan, dialect=dialect, purpose=purpose)
    if sums is None or len(findings):
        problems = findings.problems()
        if len(problems) > LIMIT:
            problems = (*problems[:LIMIT], findings.more(len(findings) - LIMIT))
        raise FormatRefused(problems)
    return sheets_of(plan, sums, dialect, purpose)


def _written(sheets: Sheets, data: bytes) -> Written:
    sums, places = sheets.sums, sheets.places
    return Written(
        data=data,
        size=sheets.rows * (RECORD_WIDTH + len(sheets.dialect.line_end)),
        entry_lines=places.entries + 1,
        batch_lines=places.headers + 1,
        entries=len(sheets.plan.entries),
        addenda=int(sums.addenda.sum()),
        debit_cents=int(sums.debit_cents.sum()),
        credit_cents=int(sums.credit_cents.sum()),
        entry_hash=int(sums.entry_hash.sum()) % HASH_MODULUS,
        batch_entries=sums.entries,
        batch_addenda=sums.addenda,
        batch_debit_cents=sums.debit_cents,
        batch_credit_cents=sums.credit_cents,
        batch_hash=sums.entry_hash,
    )
