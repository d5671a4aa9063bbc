"""The bytes of a file that people bring: looked through once before a row is taken, then read in bounded memory.

What makes a whole file unreadable (its encoding, its size, a line without end) is found before anything is recorded.
What makes one row unreadable refuses that row alone: a quote that is never closed costs its own line, no more.
"""

import csv
import os
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from ingather.jobs.imports.faults import LineFault

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xff\xfe\x00\x00", "text in UTF-32"),
    (b"\x00\x00\xfe\xff", "text in UTF-32"),
    (_UTF16_MARKS[0], "text in UTF-16, little-endian"),
    (_UTF16_MARKS[1], "text in UTF-16, big-endian"),
)
_AT_END = "unexpected end of data"
_SAVE_AS = "Save it as CSV in UTF-8 and import that"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken: bytes and lines of a file, bytes of a line or row, rows recorded in one transaction."""

    file_bytes: int = 1 << 30
    lines: int = 10_000_000
    line_bytes: int = 64 << 10
    chunk_rows: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows as they stand, with the physical line each starts on; ``cells`` never shows."""

    lines: list[int]
    cells: list[list[str]] = field(repr=False)


class _NeverClosed(Exception):  # noqa: N818 -- named for what happened; it does not leave this module
    """A quoted cell goes on past what one row may hold."""


def look_through(path: Path, limits: Limits) -> LineFault | None:
    """Return what makes the whole file unreadable, None when it can be read line by line."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not S_ISREG(status.st_mode):
                return _refused("import-unreadable", "This is not a plain file. Save the rows to a file first.")
            if status.st_size > limits.file_bytes:
                return _refused(
                    "import-file-size",
                    f"The file has {status.st_size:,} bytes, at most {limits.file_bytes:,} are taken. Split it.",
                )
            return _fault_in(file, limits)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        return _refused("import-unreadable", f"The file cannot be read: {reason}. Check its name and its permissions.")


def _refused(check: str, message: str, *, line: int = 0) -> LineFault:
    return LineFault(line=line, check=check, message=message)


def _fault_in(file: BinaryIO, limits: Limits) -> LineFault | None:
    head = file.read(4)
    file.seek(0)
    if not head:
        return _refused("import-empty-file", "The file is empty. Its first line names the columns.")
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return _refused("import-encoding", f"The file is {name}, not text in UTF-8. {_SAVE_AS}.")
    for number, raw in enumerate(iter(lambda: file.readline(limits.line_bytes + 1), b""), 1):
        if fault := _fault_of_line(raw, number, limits):
            return fault
    return None


def _fault_of_line(raw: bytes, number: int, limits: Limits) -> LineFault | None:
    if number > limits.lines:
        return _refused("import-lines", f"The file has more than {limits.lines:,} lines. Split it.", line=number)
    if b"\0" in raw:
        return _zeros(raw, number)
    if number == 1 and b"\r" in raw.rstrip(b"\r\n") and not raw.endswith(b"\n"):
        message = f"The file's lines end in a lone carriage return, as on an old Mac. {_SAVE_AS}."
        return _refused("import-line-ends", message, line=number)
    if len(raw) > limits.line_bytes:
        message = f"Line {number} has more than {limits.line_bytes:,} bytes, which no row of ours needs. {_SAVE_AS}."
        return _refused("import-line-length", message, line=number)
    return None if raw.isascii() else _foreign(raw, number)


def _zeros(raw: bytes, number: int) -> LineFault:
    """Name what holds zero bytes: UTF-16 without its mark when they stand in every other place."""
    name = "not plain text"
    if number == 1 and raw[1::2].count(0) > len(raw) // 4:
        name = "text in UTF-16, little-endian, not in UTF-8"
    elif number == 1 and raw[::2].count(0) > len(raw) // 4:
        name = "text in UTF-16, big-endian, not in UTF-8"
    return _refused("import-encoding", f"The file is {name}: line {number} holds zero bytes. {_SAVE_AS}.", line=number)


def _foreign(raw: bytes, number: int) -> LineFault | None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        windows = any(0x80 <= byte < 0xA0 for byte in raw)  # noqa: PLR2004 -- where ISO-8859-1 has only controls
        name = "windows-1252" if windows else "windows-1252 or ISO-8859-1"
        message = f"The file is not in UTF-8: line {number} looks like {name}. {_SAVE_AS}."
        return _refused("import-encoding", message, line=number)
    return None


class _Lines:
    """The lines of a file as text, counted; those of the current row are kept so that reading can step back."""

    __slots__ = ("_again", "_file", "_limit", "_row", "_size", "number")

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file = file
        self._limit = limits.line_bytes
        self._again: deque[bytes] = deque()
        self._row: list[bytes] = []
        self._size = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._again.popleft() if self._again else self._file.readline(self._limit + 1)
        if not raw:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            raw = raw.removeprefix(_UTF8_MARK)
        self._row.append(raw)
        self._size += len(raw)
        if self._size > self._limit:
            raise _NeverClosed
        return raw.decode("utf-8")

    def start_row(self) -> int:
        """Forget the row before and return the line on which the next one starts."""
        self._row.clear()
        self._size = 0
        return self.number + 1

    def step_back(self) -> None:
        """Give the lines of the current row again, all but its first."""
        again = self._row[1:]
        self._again.extendleft(reversed(again))
        self.number -= len(again)


def rows_of(path: Path, limits: Limits) -> Generator[Rows | LineFault, None, None]:
    """Yield the rows of a file, ``limits.chunk_rows`` at a time, and a fault for each row that cannot be told apart.

    Rows without any content are left out. Raises ``OSError`` when the file goes away while it is read.
    """
    with path.open("rb") as file:
        lines = _Lines(file, limits)
        table = csv.reader(lines, strict=True)
        rows = Rows(lines=[], cells=[])
        while True:
            start = lines.start_row()
            try:
                row = next(table)
            except StopIteration:
                break
            except (_NeverClosed, csv.Error, UnicodeDecodeError) as error:
                ended = lines.number > start or _AT_END in str(error)
                lines.step_back()
                yield _unreadable(start, quote=ended)
                continue
            if any(row):
                rows.lines.append(start)
                rows.cells.append(row)
                if len(rows.lines) >= limits.chunk_rows:
                    yield rows
                    rows = Rows(lines=[], cells=[])
        if rows.lines:
            yield rows


def _unreadable(line: int, *, quote: bool) -> LineFault:
    if quote:
        message = "A quotation mark on this line is never closed. Close it, or double it where it belongs to the text."
        return LineFault(line=line, check="import-quotes", message=message)
    message = (
        "The cells cannot be told apart: a quotation mark or a carriage return stands inside one. Double the mark."
    )
    return LineFault(line=line, check="import-quotes", message=message)
