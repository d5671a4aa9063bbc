"""Bytes to records: any line ends, short and long lines, none lost; 94 columns each, without a copy where possible."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ingather.base.columns import BLANK, Bytes2D, Int64
from ingather.nacha.findings import Findings, stretch
from ingather.nacha.records import RECORD_WIDTH

MAX_BYTES = 1 << 30
MAX_LINES = 10_000_000
MAX_LINE = 64 * 1024
HIGHEST = 0x7E
_LF, _CR = 10, 13
_BOM = b"\xef\xbb\xbf"
_END_MARKS = (b"\x1a", b"\x00")
_TYPES = b"156789"
_PAIR = 2
_TAIL = 64
_CHUNK = 4_096

Source = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Lines:
    """``rows`` is ``(r, 94)`` bytes, perhaps a strided view; ``number`` the line each record stands on.

    ``physical`` counts the lines of the bytes, blank ones included; ``printable`` says that every character is known to
    be printable ASCII. ``kinds`` (r,) are the first characters, where every line is a record, so that the line of a row
    is its number plus one; otherwise None. The repr shows counts only.
    """

    rows: Bytes2D
    number: Int64
    physical: int
    printable: bool = False
    kinds: npt.NDArray[np.uint8] | None = None

    def __repr__(self) -> str:
        """Return the counts, and nothing of the records."""
        return f"Lines(rows={len(self.rows)}, physical={self.physical})"

    def numbers_at(self, rows: Int64, /) -> Int64:
        """Return the lines that these rows stand on."""
        numbers: Int64 = self.number[rows] if self.kinds is None else rows + 1
        return numbers


def split_lines(source: Source, findings: Findings) -> Lines:
    """Return the records of the bytes; what is not a clean record of 94 columns is read as far as it goes and told.

    The rows may be a view of the bytes, which then must not change.
    """
    lines = None if isinstance(source, bytes) else _whole(source)
    return _split(bytes(source), findings) if lines is None else lines


def _whole(source: bytearray | memoryview) -> Lines | None:
    """Return bytes of another kind without making ``bytes`` of them, where there is nothing odd about their lines."""
    first, last = bytes(source[: RECORD_WIDTH + 1]), bytes(source[-_TAIL:])
    odd = first.startswith(_BOM) or not _breaks(first) or last.rstrip(b"\r\n")[-1:] in _END_MARKS
    return None if odd or len(source) > MAX_BYTES else _uniform(source)


def _split(source: bytes, findings: Findings) -> Lines:
    if len(source) > MAX_BYTES:
        findings.add("too-large", f"The file has {len(source):,} bytes; at most {MAX_BYTES:,} are read, so none were.")
        return Lines(np.empty((0, RECORD_WIDTH), np.uint8), np.empty(0, np.int64), 0)
    if source.startswith(_BOM):
        source = source[len(_BOM) :]
        findings.add("characters", "The file starts with a byte order mark.", line=1)
    if source[-_TAIL:].rstrip(b"\r\n")[-1:] in _END_MARKS:
        return _without_end_marks(source, findings)
    if len(source) > RECORD_WIDTH and not _breaks(source[: RECORD_WIDTH + 1]):
        # Perhaps one line, with a line end that closes it: then it holds records without line ends.
        whole = source.rstrip(b"\r\n")
        source = source if _breaks(whole) else whole
    uniform = _uniform(source)
    return uniform if uniform is not None else _irregular(source, findings)


def _breaks(source: bytes) -> bool:
    return b"\n" in source or b"\r" in source


def _without_end_marks(source: bytes, findings: Findings) -> Lines:
    """Return the lines before what old systems put after the last record, and say that it stands there."""
    content = source.rstrip(b"\x1a\x00\r\n")
    tail = source[len(content) :]
    before = tail[: min(place for place in map(tail.find, (b"\x1a", b"\x00")) if place >= 0)]
    kept = source[: len(content) + len(before)]
    lines = split_lines(kept, findings)
    own_line = not kept or kept[-1:] in {b"\n", b"\r"}
    first = lines.physical + 1 if own_line else lines.physical
    rest = source[len(kept) :]
    lengths = _line_bounds(rest)[1] if _breaks(rest) else np.ones(1, np.int64)
    sentence = "An end-of-file mark (0x1A) or NULs follow the last record; they were left out."
    findings.rows("end-mark", first + np.flatnonzero(lengths), sentence)
    return replace(lines, physical=first + len(lengths) - 1)


def _uniform(source: Source) -> Lines | None:
    """Return a view when every record has 94 columns and the same line end, the last one with or without."""
    for ending in (b"\n", b"\r\n", b"\r", b""):
        stride = RECORD_WIDTH + len(ending)
        if len(source) % stride not in {0, RECORD_WIDTH} or not len(source) or len(source) // stride > MAX_LINES:
            continue
        count = (len(source) + len(ending)) // stride
        rows = np.ndarray((count, RECORD_WIDTH), np.uint8, source, 0, (stride, 1))
        kinds = np.empty(count, np.uint8)
        printable = _ends_alike(source, ending, kinds)
        if printable is None or (not printable and _breaks_inside(rows)):
            continue
        if (kinds == BLANK).any():
            # Perhaps a line that is all blank, which is no record.
            return None
        return Lines(rows, np.arange(1, count + 1), count, printable, kinds)
    return None


def _ends_alike(source: Source, ending: bytes, kinds: npt.NDArray[np.uint8]) -> bool | None:
    """Return nothing when some record ends otherwise, else whether all other characters are printable ASCII.

    Every record's first character is put into ``kinds``. All of it is done chunk by chunk while that is in the cache.
    """
    octets = np.frombuffer(source, np.uint8)
    stride = RECORD_WIDTH + len(ending)
    room = np.empty(min(stride * _CHUNK, len(octets)), np.uint8)
    printable = True
    for row in range(0, len(kinds), _CHUNK):
        chunk = octets[row * stride : (row + _CHUNK) * stride]
        kinds[row : row + _CHUNK] = chunk[::stride]
        above = room[: len(chunk)]
        if printable:
            np.subtract(chunk, BLANK, out=above)
        for place, byte in enumerate(ending, start=RECORD_WIDTH):
            # Columns apart from each other are compared more slowly than moved together and then compared.
            if not (chunk[place::stride].copy() == byte).all():
                return None
            above[place::stride] = 0
        # What is below the blank wraps to far above the highest.
        printable = printable and int(above.max()) <= HIGHEST - BLANK
    return printable


def _breaks_inside(rows: Bytes2D) -> bool:
    """Return whether a line break hides inside a record, which then is none."""
    chunks = (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
    return any(bool(((chunk == _LF) | (chunk == _CR)).any()) for chunk in chunks)


def _irregular(source: bytes, findings: Findings) -> Lines:
    starts, lengths = _line_bounds(source)
    if len(starts) > MAX_LINES:
        findings.add("too-large", f"The file has {len(starts):,} lines; only the first {MAX_LINES:,} were read.")
        starts, lengths = starts[:MAX_LINES], lengths[:MAX_LINES]
    numbers = np.arange(1, len(starts) + 1)
    rows = _padded(source, starts, lengths)
    blank = (rows == BLANK).all(axis=1)
    # What stands behind 94 blanks in a line is not nothing.
    for index in np.flatnonzero(blank & (lengths > RECORD_WIDTH)).tolist():
        blank[index] = not source[int(starts[index]) : int(starts[index] + lengths[index])].strip(b" ")
    lengths = np.where(blank, 0, lengths)
    written = np.flatnonzero(~blank)
    last = int(written[-1]) if len(written) else -1
    findings.rows("blank-line", numbers[:last][blank[:last]] if last > 0 else numbers[:0], "The line is empty.")
    short = ~blank & (lengths < RECORD_WIDTH)
    counts = lengths[short]
    findings.rows(
        "record-size",
        numbers[short],
        lambda i: f"The record has {counts[i]} characters, not 94; it was read as if filled with blanks.",
        field=lambda i: stretch(int(counts[i]) + 1, RECORD_WIDTH),
    )
    if not (lengths > RECORD_WIDTH).any():
        return Lines(rows[~blank], numbers[~blank], len(numbers))
    return _with_long_lines(source, starts, lengths, Lines(rows, numbers, len(numbers)), findings)


def _line_bounds(source: bytes) -> tuple[Int64, Int64]:
    """Return where each line starts and how long it is, its line end left out; LF, CRLF and CR all end a line."""
    octets = np.frombuffer(source, np.uint8)
    ends = np.flatnonzero((octets == _LF) | (octets == _CR))
    if not len(ends):
        starts = np.arange(0, len(source), RECORD_WIDTH)
        return starts, np.minimum(len(source) - starts, RECORD_WIDTH)
    pair = (octets[ends[:-1]] == _CR) & (octets[ends[1:]] == _LF) & (np.diff(ends) == 1)
    # Of a CRLF the LF ends the line and the CR is not content.
    keep = np.append(~pair, True)
    after_pair = np.append(False, pair)[keep]
    line_ends = ends[keep]
    starts = np.append(0, line_ends + 1)
    stops = np.append(line_ends - after_pair, len(source))
    if starts[-1] == len(source):
        starts, stops = starts[:-1], stops[:-1]
    return starts, stops - starts


def _padded(source: bytes, starts: Int64, lengths: Int64) -> Bytes2D:
    """Return the first 94 characters of each line, filled with blanks."""
    octets = np.frombuffer(source, np.uint8)
    rows = np.full((len(starts), RECORD_WIDTH), BLANK, np.uint8)
    columns = np.arange(RECORD_WIDTH)
    for low in range(0, len(starts), _CHUNK):
        chunk = slice(low, low + _CHUNK)
        inside = columns < lengths[chunk, None]
        places = np.minimum(starts[chunk, None] + columns, len(octets) - 1)
        np.copyto(rows[chunk], octets[places], where=inside)
    return rows


def _with_long_lines(source: bytes, starts: Int64, lengths: Int64, lines: Lines, findings: Findings) -> Lines:
    """Return the lines with those over 94 characters put right where that can be done without guessing."""
    pieces: list[Bytes2D] = []
    numbers: list[Int64] = []
    done = 0
    for index in np.flatnonzero(lengths > RECORD_WIDTH).tolist():
        number, start, length = index + 1, int(starts[index]), int(lengths[index])
        if length > MAX_LINE:
            findings.add("too-large", f"The line has {length:,} characters and was not read.", line=number)
            records: list[bytes] = []
        else:
            records = _long_records(source[start : start + length], number, findings)
        pieces += [lines.rows[done:index], np.frombuffer(b"".join(records), np.uint8).reshape(-1, RECORD_WIDTH)]
        numbers += [lines.number[done:index], np.full(len(records), number)]
        done = index + 1
    rows = np.concatenate([*pieces, lines.rows[done:]])
    number_column = np.concatenate([*numbers, lines.number[done:]])
    written = (rows != BLANK).any(axis=1)
    return Lines(rows[written], number_column[written], lines.physical)


def _long_records(text: bytes, number: int, findings: Findings) -> list[bytes]:
    """Return the records of one line that is too long, and say what was done with it."""
    head, rest = text[:RECORD_WIDTH], text[RECORD_WIDTH:]
    size = len(text)
    if not rest.strip(b" "):
        sentence = f"The record has {size} characters, not 94; the rest is blank."
        findings.add("record-size", sentence, line=number, field=stretch(RECORD_WIDTH + 1, size))
        return [head]
    decoded = _one_byte_each(text)
    if decoded is not None:
        sentence = f"The record has 94 characters in {size} bytes: characters of more than one byte shift its columns."
        findings.add("characters", sentence, line=number)
        return [decoded]
    records = [text[start : start + RECORD_WIDTH] for start in range(0, size, RECORD_WIDTH)]
    # What hangs over is a record of its own only where a whole one could begin.
    if size % RECORD_WIDTH == 0 or (len(records) > _PAIR and all(record[0] in _TYPES for record in records)):
        findings.add("record-size", f"The line holds {len(records)} records without line ends.", line=number)
        return [record.ljust(RECORD_WIDTH) for record in records]
    sentence = f"The record has {size} characters, not 94; only the first 94 were read."
    findings.add("record-size", sentence, line=number, field=stretch(RECORD_WIDTH + 1, size))
    return [head]


def _one_byte_each(text: bytes) -> bytes | None:
    """Return 94 single bytes when the text is UTF-8 for 94 characters; those windows-1252 lacks become ``?``."""
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        return None
    decoded = decoded if len(decoded) <= RECORD_WIDTH else decoded.rstrip(" ").ljust(RECORD_WIDTH)
    return decoded.encode("cp1252", errors="replace").ljust(RECORD_WIDTH) if len(decoded) == RECORD_WIDTH else None
