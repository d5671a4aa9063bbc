"""Bytes to records, one line after the other: the first step of the slow reader.

Written from the Rules (Appendix Three: records of 94 characters) and from the meanings in ``checks.csv``; it shares no
line with the columnar reader, so that an error would have to be made twice to go unseen.
"""

from dataclasses import dataclass, field

WIDTH = 94
LONGEST_LINE = 64 * 1024
RECORD_TYPES = "156789"
SHORT_OF_PRINTABLE = 0x20
DELETE = 0x7F
LETTERS = 0xC0
SIGNS = "\xa0\xa2\xa6\xac\xb1"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
END_MARKS = ("\x1a", "\0")  # what DOS wrote behind the last line, and what fills the last sector


@dataclass(slots=True, kw_only=True, repr=False)
class Record:
    """One record: the line it stands on and its 94 characters, one for each byte."""

    line: int
    text: str

    def __repr__(self) -> str:
        """Return the line, and nothing of what stands on it."""
        return f"Record(line={self.line})"

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
    if source.startswith(BYTE_ORDER_MARK):
        source = source[len(BYTE_ORDER_MARK) :]
        problems.add("characters", 1)
    text, mark = _without_end_marks(source.decode("latin-1"))
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
    # Marks stand on lines of their own, unless the first follows the last record immediately.
    before = len(lines) - (bool(text) and text[-1] not in "\r\n")
    marks = _lines(mark) if mark else []
    for number, line in enumerate(marks, before + 1):
        if line:
            problems.add("end-mark", number)
    return Split(records=records, lines=before + len(marks) if mark else len(lines))


def _without_end_marks(text: str) -> tuple[str, str]:
    """Return the text before what old systems put behind the last record, and that."""
    if text.rstrip("\r\n")[-1:] not in END_MARKS:
        return text, ""
    end = len(text.rstrip("".join(END_MARKS) + "\r\n"))
    while text[end] not in END_MARKS:
        end += 1
    return text[:end], text[end:]


def _lines(text: str) -> list[str]:
    """Return the lines without their ends: LF, CR, or both in this order; without any, 94 characters are a line."""
    bare = text.rstrip("\r\n")
    if "\n" not in bare and "\r" not in bare and (bare == text or len(bare) > WIDTH):
        return [bare[at : at + WIDTH] for at in range(0, len(bare), WIDTH)]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[-1]:
        lines.pop()  # the last line ended, it did not begin another
    return lines


def _records(line: str, number: int, problems: Problems) -> list[Record]:
    """Return the records of one line that is not blank."""
    if len(line) == WIDTH:
        return [Record(line=number, text=line)]
    readable = _one_character_each(line)
    if readable:
        problems.add("characters", number)
        return [Record(line=number, text=readable)]
    if len(line) > LONGEST_LINE:
        problems.add("too-large", number)
        return []
    problems.add("record-size", number)
    pieces = [line[at : at + WIDTH] for at in range(0, len(line), WIDTH)]
    whole = len(line) % WIDTH == 0 or (len(pieces) > 2 and all(piece[0] in RECORD_TYPES for piece in pieces))
    if not line[WIDTH:].strip(" ") or not whole:
        pieces = pieces[:1]
    return [Record(line=number, text=piece.ljust(WIDTH)) for piece in pieces if piece.strip(" ")]


def _one_character_each(line: str) -> str:
    """Return 94 single bytes when the line is longer only because it is UTF-8, otherwise nothing."""
    if len(line.rstrip(" ")) <= WIDTH:
        return ""
    try:
        characters = line.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return ""
    if len(characters) > WIDTH:
        characters = characters.rstrip(" ").ljust(WIDTH)
    if len(characters) != WIDTH:
        return ""
    return characters.encode("cp1252", errors="replace").decode("latin-1")


def _look_at_characters(record: Record, problems: Problems) -> None:
    if record.kind not in RECORD_TYPES:
        problems.add("record-type", record.line)
    for character in record.text:
        high = ord(character) >= LETTERS or character in SIGNS
        if not high and not SHORT_OF_PRINTABLE <= ord(character) < DELETE:
            problems.add("characters", record.line)
        elif high:
            problems.add("characters-high", record.line)
