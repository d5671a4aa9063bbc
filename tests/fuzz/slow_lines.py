"""Bytes to records, one line after the other: the first step of the slow reader.

Written from the Rules (Appendix Three: records of 94 characters) and from the meanings in ``checks.csv``; it shares no
line with the columnar reader, so that an error would have to be made twice to go unseen.
"""

from dataclasses import dataclass, field

WIDTH = 94
RECORD_TYPES = "156789"
SHORT_OF_PRINTABLE = 0x20
DELETE = 0x7F
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SUBSTITUTE = "\x1a"  # what DOS wrote behind the last line


@dataclass(slots=True, kw_only=True)
class Record:
    """One record: the line it stands on and its 94 characters, one for each byte."""

    line: int
    text: str

    @property
    def kind(self) -> str:
        """The record type: the first column."""
        return self.text[0]

    def cut(self, start: int, end: int) -> str:
        """Return the columns ``start`` to ``end``, counted from 1, both included."""
        return self.text[start - 1 : end]


@dataclass(slots=True, kw_only=True)
class Problems:
    """What was found, as pairs of check and line; finding the same thing on the same line twice counts once."""

    pairs: set[tuple[str, int]] = field(default_factory=set)

    def add(self, check: str, line: int) -> None:
        """Note that a check fails on a line."""
        self.pairs.add((check, line))


@dataclass(slots=True, kw_only=True)
class Split:
    """The records of some bytes, and how many lines there are, blank ones included."""

    records: list[Record]
    lines: int


def split_slowly(source: bytes, problems: Problems) -> Split:
    """Return the records of the bytes, each padded to 94 characters; every line that is none is told."""
    text = source.decode("latin-1")
    if "\n" not in text and "\r" not in text:
        lines = [text[at : at + WIDTH] for at in range(0, len(text), WIDTH)]
    else:
        lines = _lines(text)
    last = max((number for number, line in enumerate(lines, 1) if line.strip(" ")), default=0)
    records: list[Record] = []
    for number, line in enumerate(lines, 1):
        if line.strip(" "):
            records.extend(_records(line, number, problems))
        elif number < last:
            problems.add("blank-line", number)
    for record in records:
        _look_at_characters(record, problems)
    return Split(records=records, lines=len(lines))


def _lines(text: str) -> list[str]:
    """Return the lines without their ends: LF, CR, or both in this order."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[-1]:
        lines.pop()  # the last line ended, it did not begin another
    return lines


def _records(line: str, number: int, problems: Problems) -> list[Record]:
    """Return the records of one line that is not blank."""
    if len(line) == WIDTH:
        return [Record(line=number, text=line)]
    if len(line) > WIDTH:
        readable = _one_character_each(line)
        if readable:
            problems.add("characters", number)
            return [Record(line=number, text=readable)]
    problems.add("record-size", number)
    bare = line.rstrip(" ")
    if len(bare) > WIDTH and len(line) % WIDTH == 0:
        pieces = [line[at : at + WIDTH] for at in range(0, len(line), WIDTH)]
        return [Record(line=number, text=piece) for piece in pieces]
    return [Record(line=number, text=line[:WIDTH].ljust(WIDTH))]


def _one_character_each(line: str) -> str:
    """Return 94 single bytes when the line is UTF-8 for 94 characters, otherwise nothing."""
    try:
        characters = line.encode("latin-1").decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    if len(characters) != WIDTH:
        return ""
    return characters.encode("cp1252", errors="replace").decode("latin-1")


def _look_at_characters(record: Record, problems: Problems) -> None:
    if record.kind not in RECORD_TYPES:
        problems.add("record-type", record.line)
    for character in record.text:
        if ord(character) < SHORT_OF_PRINTABLE or ord(character) == DELETE:
            problems.add("characters", record.line)
        elif ord(character) > DELETE:
            problems.add("characters-high", record.line)
