"""The physical records of a BAI2 file: one a line, several a line, or one wrapped over lines.

A record ends with ``/``. Banks leave it out where a text ends the line, put further records behind it, or wrap a long
text without a continuation record: what begins with no record code then belongs to the text before it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingather.base.problems import Severity
from ingather.reports.findings import Findings
from ingather.reports.lines import MAX_LINE_BYTES, eight_bit

CONTINUATION = "88,"
DETAIL = "16,"

_CODES = ("01", "02", "03", "16", "49", "88", "98", "99")
_KNOWN = frozenset(f"{code}," for code in _CODES)
_ANY = "|".join(_CODES)
_AMOUNT = "[+-]?[0-9]{0,18}"
_SHAPES = (
    rf"16,[0-9]{{3}},{_AMOUNT},",
    rf"49,{_AMOUNT},[0-9]{{1,9}}",
    rf"9[89],{_AMOUNT},[0-9]{{1,9}},[0-9]{{1,9}}",
    r"03,[^,/\n]{0,40},[A-Z]{0,3},",
    r"02,[^,/\n]{0,40},[^,/\n]{0,40},[1-4]?,[0-9]{6},",
)
# Behind blanks a record code alone begins a record; directly behind the slash it must look like the whole record, since
# a text may hold "/16,".
_NEXT = re.compile(rf"/(?:[ \t]+(?=(?:{_ANY}),)|(?={'|'.join(_SHAPES)}))")
_NEXT_IN_ONE_LINE = re.compile(rf"/[ \t]*(?=(?:{_ANY}),)")
_OTHER = re.compile(r"\n(?!16,)")
_NUMBERED = re.compile(r"[0-9]{2},")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Physical records in columns: the line each begins on, its code with the comma behind, and its whole text."""

    numbers: Sequence[int]
    codes: list[str]
    texts: list[str]

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.texts)


def body(text: str) -> str:
    """Return a record's fields: without its code, and without the slash that ends it."""
    return text[3:].removesuffix("/")


def read_records(data: bytes, findings: Findings) -> Records:
    """Return the records of a file; what is no record of BAI2 is a problem and left out. Linear in the bytes."""
    text = _text(data, findings)
    lines = text.split("\n")
    while lines and not lines[-1]:
        lines.pop()
    next_record = _NEXT if len(lines) > 1 else _NEXT_IN_ONE_LINE
    codes = _codes(text, lines)
    if set(codes) <= _KNOWN and next_record.search(text) is None:
        records = Records(numbers=range(1, len(lines) + 1), codes=codes, texts=lines)
    else:
        records = _sort_out(lines, next_record, findings)
    return records if _is_short(text) else _without_long(records, findings)


def _codes(text: str, lines: list[str]) -> list[str]:
    """Return the first three characters of each line; nearly all of a long file's lines are details."""
    codes = [DETAIL] * len(lines)
    if not lines:
        return codes
    codes[0] = lines[0][:3]
    at = before = 0
    for found in _OTHER.finditer(text, 0, len(text) - 1):
        at += text.count("\n", before, found.end())
        before = found.end()
        if at < len(lines):
            codes[at] = lines[at][:3]
    return codes


def _is_short(text: str) -> bool:
    """Return whether no line is over the cap, for certain: there is a line end in every half of it."""
    half = MAX_LINE_BYTES // 2
    return all(text.find("\n", start, start + half) >= 0 for start in range(0, len(text) - half, half))


def _text(data: bytes, findings: Findings) -> str:
    data = eight_bit(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        text = data.decode("cp1252", errors="replace")
        line = data.count(b"\n", 0, fault.start) + 1
        message = f"From line {line} on there is text that is not UTF-8; it was read as windows-1252."
        findings.add("characters", message, line=line, severity=Severity.WARNING)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if " \n" in text or ("\t" in text and "\t\n" in text) or text.endswith((" ", "\t")):
        # Records may be filled to a length with blanks.
        text = re.sub(r"(?<![ \t])[ \t]+(?=\n|\Z)", "", text)
    return text


def _sort_out(lines: list[str], next_record: re.Pattern[str], findings: Findings) -> Records:
    numbers: list[int] = []
    texts: list[list[str]] = []
    blank = 0
    for number, raw in enumerate(lines, start=1):
        line = raw.strip(" \t")
        if not line:
            blank = blank or number
            continue
        pieces = next_record.split(line) if "/" in line else [line]
        for piece in [f"{piece}/" for piece in pieces[:-1]] + pieces[-1:]:
            if piece[:3] in _KNOWN:
                numbers.append(number)
                texts.append([piece])
            elif _wraps(texts, piece):
                texts[-1].append(piece)
            else:
                named = f"of type {piece[:2]}" if _NUMBERED.match(piece) else "without a record code"
                message = f"Line {number} holds a record {named}, which BAI2 does not know; it was not read."
                findings.add("record-unknown", message, line=number)
    if blank:
        message = f"Line {blank} is blank inside the report."
        findings.add("blank-line", message, line=blank, severity=Severity.WARNING)
    joined = ["\n".join(pieces) for pieces in texts]
    return Records(numbers=numbers, codes=[text[:3] for text in joined], texts=joined)


def _wraps(texts: list[list[str]], piece: str) -> bool:
    """Return whether a piece goes on with the text before it: that one is a text, has not ended, and this no record."""
    return (
        bool(texts)
        and texts[-1][0][:3] in {DETAIL, CONTINUATION}
        and not texts[-1][-1].endswith("/")
        and _NUMBERED.match(piece) is None
    )


def _without_long(records: Records, findings: Findings) -> Records:
    kept = []
    for index, text in enumerate(records.texts):
        if len(text) > MAX_LINE_BYTES:
            number = records.numbers[index]
            message = f"The record on line {number} is longer than 64 KiB and was not read."
            findings.add("line-too-long", message, line=number)
        else:
            kept.append(index)
    return Records(
        numbers=[records.numbers[index] for index in kept],
        codes=[records.codes[index] for index in kept],
        texts=[records.texts[index] for index in kept],
    )
