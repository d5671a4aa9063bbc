"""Where the records stand in the bytes of a file, so that columns can be replaced without moving anything else."""

from dataclasses import dataclass

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64
from ingather.nacha.checking.characters import PRINTABLE
from ingather.nacha.lines import MAX_LINE
from ingather.nacha.records import RECORD_WIDTH

_LF, _CR = 10, 13
_BOM = b"\xef\xbb\xbf"
_END_MARKS = b"\x1a\x00\r\n"
_CHUNK = 16_384
_PAIR = 2
_TYPES = b"156789"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlaces:
    """``start`` and ``length`` (at most 94) are ``(r,)``; ``rest_start`` and ``rest_end`` bound what is in no record.

    ``wide`` are the texts that need more than one byte for some character, by the index of their record: there the
    record is the text in windows-1252, and ``length`` counts characters.
    """

    start: Int64
    length: Int64
    rest_start: Int64
    rest_end: Int64
    wide: dict[int, str]

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self.start)


def find_records(source: bytes, /) -> RecordPlaces:
    """Return where each record starts and how long it is; LF, CRLF, CR and no line ends at all are understood.

    A line of several records is cut as the reader cuts it. What stands after the first 94 characters of any other line,
    and lines too long to be read, are in no record.
    """
    starts, stops = _lines(source)
    long = np.flatnonzero(stops - starts > RECORD_WIDTH)
    pieces: list[tuple[int, int]] = []
    rests: list[tuple[int, int]] = []
    wide: dict[int, str] = {}
    for start, stop in zip(starts[long].tolist(), stops[long].tolist(), strict=True):
        size = stop - start
        text = _in_more_bytes(source[start:stop]) if size <= MAX_LINE else None
        if text is not None:
            wide[start] = text
            pieces.append((start, len(text)))
        elif size <= MAX_LINE and _joined(source[start:stop]):
            pieces += [(place, min(RECORD_WIDTH, stop - place)) for place in range(start, stop, RECORD_WIDTH)]
        else:
            kept = RECORD_WIDTH if size <= MAX_LINE else 0
            pieces += [(start, kept)] if kept else []
            rests.append((start + kept, stop))
    short = np.delete(np.arange(len(starts)), long)
    added = np.array(pieces, np.int64).reshape(-1, 2)
    start = np.concatenate([starts[short], added[:, 0]])
    order = np.argsort(start, kind="stable")
    start = start[order]
    bounds = np.array(rests, np.int64).reshape(-1, 2)
    return RecordPlaces(
        start=start,
        length=np.concatenate([stops[short] - starts[short], added[:, 1]])[order],
        rest_start=bounds[:, 0],
        rest_end=bounds[:, 1],
        wide={int(np.searchsorted(start, place)): text for place, text in wide.items()},
    )


def _lines(source: bytes) -> tuple[Int64, Int64]:
    """Return where each line that is not empty starts and ends; without line ends inside, every 94 bytes."""
    first = len(_BOM) if source.startswith(_BOM) else 0
    octets = np.frombuffer(source, np.uint8)
    ends = np.flatnonzero((octets == _LF) | (octets == _CR))
    whole = len(source.rstrip(_END_MARKS))
    if not len(ends) or ends[0] >= whole:
        starts = np.arange(first, whole, RECORD_WIDTH)
        return starts, np.minimum(starts + RECORD_WIDTH, whole)
    starts = np.concatenate([[first], ends + 1])
    stops = np.append(ends, len(source))
    full = stops > starts
    return starts[full], stops[full]


def _in_more_bytes(line: bytes) -> str | None:
    """Return a line over 94 bytes as text when it is UTF-8 for 94 characters, blanks after them aside."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return None
    text = text[:RECORD_WIDTH] if not text[RECORD_WIDTH:].strip(" ") else text
    return text if len(text) == RECORD_WIDTH and not text.isascii() else None


def _joined(line: bytes) -> bool:
    """Return whether a line over 94 bytes is several records without line ends."""
    heads = line[::RECORD_WIDTH]
    return len(line) % RECORD_WIDTH == 0 or (len(heads) > _PAIR and all(head in _TYPES for head in heads))


def gather(source: bytes, places: RecordPlaces, /) -> Bytes2D:
    """Return the records as ``(r, 94)`` bytes, short ones filled with blanks."""
    octets = np.frombuffer(source, np.uint8)
    rows = np.full((len(places), RECORD_WIDTH), BLANK, np.uint8)
    columns = np.arange(RECORD_WIDTH)
    for low in range(0, len(rows), _CHUNK):
        chunk = slice(low, low + _CHUNK)
        inside = columns < places.length[chunk, None]
        at = np.minimum(places.start[chunk, None] + columns, len(octets) - 1)
        np.copyto(rows[chunk], octets[at], where=inside)
    for index, text in places.wide.items():
        rows[index] = np.frombuffer(text.encode("cp1252", errors="replace").ljust(RECORD_WIDTH), np.uint8)
    return rows


def put_back(target: Bytes2D, places: RecordPlaces, rows: Bytes2D, /) -> None:
    """Write the records into ``(1, bytes)`` where they were found; a wide text keeps the bytes of each character."""
    columns = np.arange(RECORD_WIDTH)
    narrow = np.ones(len(places), np.bool_)
    narrow[list(places.wide)] = False
    for low in range(0, len(rows), _CHUNK):
        chunk = slice(low, low + _CHUNK)
        inside = (columns < places.length[chunk, None]) & narrow[chunk, None]
        at = places.start[chunk, None] + columns
        target[0, at[inside]] = rows[chunk][inside]
    for index, text in places.wide.items():
        start = int(places.start[index])
        encoded = "".join(
            _of_equal_size(old, new) for old, new in zip(text, bytes(rows[index]).decode("cp1252"), strict=False)
        ).encode("utf-8")
        target[0, start : start + len(encoded)] = np.frombuffer(encoded, np.uint8)


# Characters of two, three and four bytes in UTF-8 that stand for any other of their size: windows-1252 has the first
# ones, as it has those they stand for, and lacks the others. Of its two-byte ones reading lets some pass.
_PASSING = "¦"
_STAND_INS = {(2, True): "¤", (3, True): "€", (2, False): "Ā", (3, False): "ࠀ", (4, False): "\U00010000"}


def _of_equal_size(old: str, new: str) -> str:
    """Return the new character, or one that needs as many bytes as the old one did."""
    if old.isascii():
        return new
    octets = old.encode("cp1252", errors="ignore")
    if octets and PRINTABLE[octets[0]]:
        return _PASSING
    return _STAND_INS[len(old.encode("utf-8")), bool(octets)]
