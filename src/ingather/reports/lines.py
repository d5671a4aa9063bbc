"""The lines of a text report within the caps: at most 1 GiB, at most 64 KiB a line; what is over is named, not read."""

from dataclasses import dataclass

from ingather.base.problems import Severity
from ingather.reports.findings import Findings

MAX_BYTES = 1 << 30
MAX_LINE_BYTES = 64 << 10
BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a report: its number from 1 and its text without the line end."""

    number: int
    text: str


def eight_bit(data: bytes) -> bytes:
    """Return a text without its byte order mark, as UTF-8 where the mark says UTF-16."""
    if data.startswith(UTF_16):
        return data.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    return data.removeprefix(BOM)


def text_lines(data: bytes, findings: Findings) -> list[Line]:
    """Return the lines of a report that hold anything, with LF or CRLF ends removed, or CR where it has no others.

    Bytes that are not UTF-8 are read as windows-1252 with a warning. Lines over the cap are left out with a problem.
    """
    lines: list[Line] = []
    foreign = blank = 0
    content = eight_bit(data)
    if b"\r" in content and b"\n" not in content.rstrip():
        content = content.replace(b"\r", b"\n")
    for number, raw in enumerate(content.split(b"\n"), start=1):
        line = raw.removesuffix(b"\r")
        if len(line) > MAX_LINE_BYTES:
            findings.add("line-too-long", f"Line {number} is longer than 64 KiB and was not read.", line=number)
            continue
        if not line.strip():
            blank = blank or number
            continue
        if blank:
            message = f"Line {blank} is blank inside the report."
            findings.add("blank-line", message, line=blank, severity=Severity.WARNING)
            blank = 0
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = line.decode("cp1252", errors="replace")
            foreign = foreign or number
        lines.append(Line(number=number, text=text))
    if foreign:
        message = f"From line {foreign} on there is text that is not UTF-8; it was read as windows-1252."
        findings.add("characters", message, line=foreign, severity=Severity.WARNING)
    return lines


def width_lines(data: bytes, width: int, findings: Findings) -> list[Line]:
    """Return records of a fixed width that stand one behind the other, with or without line ends after each.

    What is left over at the end and holds anything is a shorter record, named by who reads it.
    """
    content = eight_bit(data).rstrip(b"\r\n\x1a")
    lines: list[Line] = []
    foreign = at = 0
    while at < len(content):
        raw = content[at : at + width]
        at += len(raw)
        while content[at : at + 1] in {b"\r", b"\n"}:
            at += 1
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
            foreign = foreign or len(lines) + 1
        lines.append(Line(number=len(lines) + 1, text=text))
    if foreign:
        message = f"From record {foreign} on there is text that is not UTF-8; it was read as windows-1252."
        findings.add("characters", message, line=foreign, severity=Severity.WARNING)
    return lines
