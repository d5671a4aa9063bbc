"""SWIFT text as messages and their fields, with or without block headers, as banks really put them into files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingather.base.problems import Severity
from ingather.reports.findings import Findings
from ingather.reports.lines import Line

FIELDS = frozenset(
    {
        *("20", "21", "25", "25P", "28", "28C", "13", "13D", "34F", "60F", "60M", "61", "86"),
        *("62F", "62M", "64", "65", "90C", "90D"),
    }
)

_FIELD = re.compile(r":(?P<tag>[0-9]{2}[A-Z]?|NS):(?P<text>.*)")
_END = re.compile(r"-(\}.*|[A-Z]{3})?")
_BLOCKS = re.compile(r"\{1:(?P<own>[^}]*)\}(?:\{2:(?P<other>[^}]*)\})?")
_TEXT_BLOCK = re.compile(r"^.*\{4:")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}")
_OWN_BIC = slice(3, 11)
_SENDERS_BIC = slice(14, 22)
_CONTROLS = "".join(map(chr, range(32)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its tag, the line it begins on, and its lines as they stand, the tag removed."""

    tag: str
    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the first line."""
        return self.lines[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message: the sender's BIC and the type of its block headers, empty without them, and its fields in order."""

    line: int
    sender: str
    type: str
    fields: tuple[Field, ...]


@dataclass(slots=True, kw_only=True)  # mutable -- it grows while the lines are gone through
class _Open:
    sender: str = ""
    type: str = ""
    fields: list[tuple[str, int, list[str]]]
    inside: bool = False


def messages_of(lines: Sequence[Line], findings: Findings) -> list[Message]:
    """Return the messages of a file. A field outside of any message begins one, with a problem; other text is passed.

    A message begins with its block headers or with field 20, and ends with a hyphen or where the next begins.
    """
    messages: list[Message] = []
    current = _Open(fields=[])
    for line in lines:
        text = line.text.strip(_CONTROLS)
        if (blocks := _BLOCKS.search(text)) is not None:
            _close(current, messages)
            current = _Open(fields=[], sender=_sender(blocks), type=(blocks["other"] or "")[1:4])
            if "{4:" not in text:
                continue
            text = _TEXT_BLOCK.sub("", text)
        elif text.startswith("{4:"):
            text = text.removeprefix("{4:")
        if _END.fullmatch(text) is not None:
            _close(current, messages)
            current = _Open(fields=[])
        elif (field := _FIELD.fullmatch(text)) is not None:
            current = _take(field, line.number, current, messages, findings)
        elif current.inside and text:
            current.fields[-1][2].append(text)
    _close(current, messages)
    return messages


def unwrapped(lines: Sequence[str]) -> str:
    """Return the text of a field of several lines: code words run on over the end of a line, other texts do not.

    Lines are cut at 65 characters, in the middle of a word as well.
    """
    text = ""
    coded = bool(lines) and lines[0].startswith("/")
    for before, line in zip(("", *lines), lines, strict=False):
        text += line if not text or coded or len(before) >= _WIDTH else f" {line}"
    return text


_WIDTH = 65


def _take(field: re.Match[str], number: int, current: _Open, messages: list[Message], findings: Findings) -> _Open:
    tag = field["tag"]
    if tag not in FIELDS | {"NS"} and current.inside and current.fields[-1][0] == "86":
        message = f"Line {number} begins like a field that no statement has; it was read as text."
        findings.add("record-unknown", message, line=number, name=tag, severity=Severity.WARNING)
        current.fields[-1][2].append(field[0])
        return current
    if tag == "20" and current.inside:
        _close(current, messages)
        current = _Open(fields=[])
    if not current.inside and tag != "20":
        message = f"Line {number}: field {tag} stands outside of a message, which begins with field 20."
        findings.add("header-missing", message, line=number, name=tag)
    if tag not in FIELDS:
        severity = Severity.WARNING if tag == "NS" else Severity.ERROR
        message = f"Line {number}: field {tag} is none of a statement's; it was passed over."
        findings.add("record-unknown", message, line=number, name=tag, severity=severity)
    current.inside = True
    current.fields.append((tag, number, [field["text"]]))
    return current


def _close(current: _Open, messages: list[Message]) -> None:
    if current.fields:
        messages.append(
            Message(
                line=current.fields[0][1],
                sender=current.sender,
                type=current.type,
                fields=tuple(Field(tag=tag, line=line, lines=tuple(lines)) for tag, line, lines in current.fields),
            )
        )


def _sender(blocks: re.Match[str]) -> str:
    """Return the bank's BIC: in the second block of what was received, in the first of what it would send."""
    other = blocks["other"] or ""
    bic = other[_SENDERS_BIC] if other.startswith("O") else blocks["own"][_OWN_BIC]
    return bic if _BIC.fullmatch(bic) is not None else ""
