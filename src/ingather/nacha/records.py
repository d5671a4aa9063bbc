"""The records table: every field of every record, with its columns; all other modules of the format read it.

Columns count from 1 and include both ends, as the Nacha Operating Rules (Appendix Three) print them. The fields stand
in ``fields.csv``, the layouts' titles in ``layouts.csv``; each layout covers columns 1 to 94 without gap or overlap.
Inclusion: the operator rejects a wrong mandatory field (M), passes a wrong required one to the receiving bank, which
may return the entry (R), and ignores an optional one (O).

Layouts are named by record type, then by SEC code (``6CTX``, ``8ADV``), addenda type (``705``) or kind of answer:
``798REF`` refuses a change, ``799DIS`` dishonours a return, ``799CON`` contests a dishonour. ``6CHK`` is of the entries
made from checks: ARC, BOC and RCK. A field has one name in every layout that has it.
"""

from dataclasses import dataclass
from enum import StrEnum

from ingather.base.problems import Problem, Severity
from ingather.nacha.refused import FormatRefused
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.tables import rows_of

RECORD_WIDTH = 94
BLOCK_RECORDS = 10
_PRINTABLE = range(0x20, 0x7F)


class Kind(StrEnum):
    """What a field holds, which decides how it is filled, checked, masked and shown."""

    NUMERIC = "numeric"
    ALPHAMERIC = "alphameric"
    ROUTING = "routing"
    AMOUNT = "amount"
    DATE = "date"
    TIME = "time"
    JULIAN = "julian"
    ACCOUNT = "account"
    CORRECTED = "corrected"
    TRACE = "trace"
    TEXT = "text"
    CODE = "code"
    PARTY = "party"
    BLANK = "blank"
    CONSTANT = "constant"


DIGIT_KINDS = frozenset({Kind.NUMERIC, Kind.ROUTING, Kind.AMOUNT, Kind.TRACE})


class Inclusion(StrEnum):
    """Who minds when a field is wrong: the operator (M), the receiving bank (R) or nobody (O)."""

    MANDATORY = "M"
    REQUIRED = "R"
    OPTIONAL = "O"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: columns ``start`` to ``end`` (from 1, inclusive); ``constant`` is what it holds unless told."""

    name: str
    start: int
    end: int
    kind: Kind
    inclusion: Inclusion
    note: str = ""
    constant: str = ""

    @property
    def width(self) -> int:
        """Return how many columns the field has."""
        return self.end - self.start + 1

    @property
    def span(self) -> slice:
        """Return the field's columns as a zero-based slice of a record."""
        return slice(self.start - 1, self.end)


@dataclass(frozen=True, slots=True)
class Layout:
    """One record type: its key in ``LAYOUTS``, its name in Nacha's words and its fields in column order."""

    code: str
    name: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """Return the field of this name; raises ``KeyError`` when the record has none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def span(self, name: str) -> slice:
        """Return the zero-based columns of the field of this name."""
        return self.field(name).span


def _read_layouts() -> dict[str, Layout]:
    fields: dict[str, list[Field]] = {}
    for row in rows_of("fields.csv"):
        fields.setdefault(row["layout"], []).append(
            Field(
                row["name"],
                int(row["start"]),
                int(row["end"]),
                Kind(row["kind"]),
                Inclusion(row["inclusion"]),
                row["note"],
                row["constant"],
            )
        )
    titles = {row["layout"]: row["title"] for row in rows_of("layouts.csv")}
    return {code: Layout(code, title, tuple(fields[code])) for code, title in titles.items()}


LAYOUTS: dict[str, Layout] = _read_layouts()

_INTERNATIONAL = "IAT"
_CHANGES, _INTERNATIONAL_CHANGES = b"COR", b"IATCOR"
_INDICATOR = LAYOUTS["5IAT"].span("iat_indicator")
_CLASS = LAYOUTS["5"].span("standard_entry_class")
_CODE = LAYOUTS["799"].span("return_reason")
# RB13 Appendices Four and Five: what a dishonour, a contest and a refused change say in their first columns.
_DISHONOURS = frozenset(f"R{number}" for number in range(61, 71))
_CONTESTS = frozenset(f"R{number}" for number in range(71, 78))
_REFUSALS = frozenset(f"C{number}" for number in range(61, 70))


def class_of_batch(header: bytes, /) -> str:
    """Return the SEC code by which a batch's records are laid out, from its record 5.

    It is columns 51 to 53, but IAT for a batch of international changes, which says COR there and IATCOR in 5 to 10.
    """
    if header[_CLASS] == _CHANGES and header[_INDICATOR].strip() == _INTERNATIONAL_CHANGES:
        return _INTERNATIONAL
    return header[_CLASS].decode("latin-1")


def layout_of(record: bytes, /, *, standard_entry_class: str = "") -> Layout | None:
    """Return the layout of one record, or nothing if no record type starts like it.

    ``standard_entry_class`` is that of the record's batch, as ``class_of_batch`` gives it; record 5 tells its own.
    """
    match record[:1]:
        case b"5":
            international = _INTERNATIONAL in {standard_entry_class, class_of_batch(record)}
            return LAYOUTS["5IAT" if international else "5"]
        case b"6":
            row = SEC_CODES.get(standard_entry_class)
            return LAYOUTS[row.entry_layout if row else "6"]
        case b"7":
            return LAYOUTS[_addenda_layout(record, standard_entry_class)]
        case _:
            code = record[:1].decode("latin-1")
            return LAYOUTS.get(code + standard_entry_class, LAYOUTS.get(code))


def _addenda_layout(record: bytes, standard_entry_class: str) -> str:
    """Return the key of an addenda's layout; ``7`` when its type is not one the Rules know."""
    kind = record[:3].decode("latin-1")
    code = record[_CODE].decode("latin-1")
    international = standard_entry_class == _INTERNATIONAL
    match kind:
        case "798" if code in _REFUSALS:
            return "798REF"
        case "799" if code in _DISHONOURS:
            return "799DIS"
        case "799" if code in _CONTESTS:
            return "799CON"
        case "798" | "799" if international:
            return kind + _INTERNATIONAL
        case _:
            return kind if kind in LAYOUTS else "7"


def compose(layout: Layout, /, **values: str | int) -> bytes:
    """Return one record of 94 bytes from the values of its fields.

    Digits are right-justified and zero-filled, texts left-justified; a field not given takes its constant, or blanks
    when it is not mandatory. Raises ``FormatRefused`` with every value that does not fit; nothing is cut.
    """
    known = {field.name for field in layout.fields}
    problems = [
        _problem(name, f"A {layout.name} record has no field {name}.") for name in sorted(values.keys() - known)
    ]
    parts: list[str] = []
    for field in layout.fields:
        text, complaint = _fill(field, values.get(field.name))
        if complaint:
            sentence = f"{field.name} of the {layout.name} record {complaint}."
            problems.append(_problem(field.name, sentence, field))
        parts.append(text)
    if problems:
        raise FormatRefused(problems)
    return "".join(parts).encode("ascii")


def _fill(field: Field, value: str | int | None) -> tuple[str, str]:
    """Return the field's columns and, when the value does not fit, what is wrong with it."""
    missing = value is None and not field.constant and field.inclusion is Inclusion.MANDATORY
    text = field.constant if value is None else str(value)
    complaint = ""
    if missing:
        complaint = "is mandatory"
    elif any(ord(letter) not in _PRINTABLE for letter in text):
        complaint = "holds characters outside printable ASCII"
    elif len(text) > field.width:
        complaint = f"has {len(text)} characters, the field holds {field.width}"
    elif field.kind is Kind.CONSTANT and text != field.constant:
        complaint = f"is always {field.constant}"
    elif field.kind in DIGIT_KINDS and text and not text.isdigit():
        complaint = "holds something other than digits"
    if field.kind in DIGIT_KINDS and text:
        return text.zfill(field.width), complaint
    return (text.rjust if field.kind is Kind.PARTY else text.ljust)(field.width), complaint


def _problem(name: str, sentence: str, field: Field | None = None) -> Problem:
    return Problem(
        line=0,
        start=field.start if field else 0,
        end=field.end if field else 0,
        field=name,
        check="field-fits",
        severity=Severity.ERROR,
        message=sentence,
    )


def decompose(layout: Layout, record: bytes, /) -> dict[str, str]:
    """Return the values of one record by field name, blanks around them removed (texts: only after them).

    Short records are read as if filled with blanks; bytes over 127 are read as windows-1252.
    """
    text = record[:RECORD_WIDTH].decode("cp1252", errors="replace").ljust(RECORD_WIDTH)
    return {
        field.name: text[field.span].rstrip() if field.kind in _LEFT else text[field.span].strip()
        for field in layout.fields
    }


_LEFT = frozenset({Kind.TEXT, Kind.CORRECTED, Kind.ACCOUNT})
