"""The records table: every field of every record, with its columns; all other modules of the format read it.

Columns count from 1 and include both ends, as the Nacha Operating Rules (Appendix Three) print them. Each layout
covers columns 1 to 94 without gap or overlap. Inclusion: the operator rejects a wrong mandatory field (M), passes a
wrong required one to the receiving bank, which may return the entry (R), and ignores an optional one (O).
"""

from dataclasses import dataclass
from enum import StrEnum

from ingather.base.problems import Problem, Severity
from ingather.nacha.refused import FormatRefused

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


_FIELD_ROWS = """
1 File Header
record_type                    1  1 constant   M 1 | record type
priority_code                  2  3 numeric    R 01 | always 01
immediate_destination          4 13 party      M - | blank and the routing number the file goes to
immediate_origin              14 23 party      M - | blank and a routing number, or ten characters the bank gave
file_creation_date            24 29 date       M - | YYMMDD
file_creation_time            30 33 time       O - | HHMM
file_id_modifier              34 34 code       M - | A to Z, then 0 to 9: tells files of one day apart
record_size                   35 37 constant   M 094 | characters in a record
blocking_factor               38 39 constant   M 10 | records in a block
format_code                   40 40 constant   M 1 | always 1
immediate_destination_name    41 63 text       O - | who receives the file
immediate_origin_name         64 86 text       O - | who sends the file
reference_code                87 94 text       O - | the sender's own reference
5 Batch Header
record_type                    1  1 constant   M 5 | record type
service_class                  2  4 numeric    M - | 200 mixed, 220 credits only, 225 debits only
company_name                   5 20 text       M - | the name the receiver recognises
company_discretionary_data    21 40 text       O - | comes back unchanged on returns
company_identification        41 50 alphameric M - | often 1 and the employer's number
standard_entry_class          51 53 code       M - | the SEC code
company_entry_description     54 63 text       M - | what the debit is for
company_descriptive_date      64 69 text       O - | shown to the receiver, decides nothing
effective_entry_date          70 75 date       R - | YYMMDD, the settlement asked for
settlement_date               76 78 julian     O - | day of the year; the operator fills it
originator_status_code        79 79 code       M 1 | 1 is a financial institution under the rules
originating_dfi               80 87 routing    M - | the ODFI's routing number without its check digit
batch_number                  88 94 numeric    M - | ascending in a file, the same in record 8
6 Entry Detail
record_type                    1  1 constant   M 6 | record type
transaction_code               2  3 numeric    M - | kind of account, debit or credit, live or prenote
receiving_dfi                  4 11 routing    M - | the RDFI's routing number without its check digit
check_digit                   12 12 numeric    M - | modulus 10, weights 3 7 1
account_number                13 29 account    R - | left-justified; hyphens and leading zeros kept
amount                        30 39 amount     M - | cents
identification_number         40 54 text       O - | our reference; banks copy it back
receiver_name                 55 76 text       R - | mandatory for WEB and TEL
discretionary_data            77 78 text       O - | WEB and TEL: R recurring, S single
addenda_indicator             79 79 numeric    M 0 | 1 when addenda follow
trace_number                  80 94 trace      M - | the ODFI's eight digits and an ascending number
6CTX Corporate Trade Exchange Entry Detail
record_type                    1  1 constant   M 6 | record type
transaction_code               2  3 numeric    M - | kind of account, debit or credit, live or prenote
receiving_dfi                  4 11 routing    M - | the RDFI's routing number without its check digit
check_digit                   12 12 numeric    M - | modulus 10, weights 3 7 1
account_number                13 29 account    R - | left-justified
amount                        30 39 amount     M - | cents, the total of what the addenda list
identification_number         40 54 text       O - | our reference
number_of_addenda             55 58 numeric    M - | addenda that follow
receiver_name                 59 74 text       R - | receiving company
reserved                      75 76 blank      O - | blank
discretionary_data            77 78 text       O - | free
addenda_indicator             79 79 numeric    M 0 | 1 when addenda follow
trace_number                  80 94 trace      M - | the ODFI's eight digits and an ascending number
6IAT International Entry Detail
record_type                    1  1 constant   M 6 | record type
transaction_code               2  3 numeric    M - | kind of account, debit or credit, live or prenote
receiving_dfi                  4 11 routing    M - | the gateway or RDFI without its check digit
check_digit                   12 12 numeric    M - | modulus 10, weights 3 7 1
number_of_addenda             13 16 numeric    M - | addenda that follow
reserved                      17 29 blank      O - | blank
amount                        30 39 amount     M - | cents
account_number                40 74 account    M - | the foreign receiver's account
reserved_2                    75 76 blank      O - | blank
gateway_screening             77 77 code       O - | OFAC screening by the gateway
secondary_screening           78 78 code       O - | OFAC screening by another party
addenda_indicator             79 79 numeric    M 1 | always 1
trace_number                  80 94 trace      M - | the ODFI's eight digits and an ascending number
6ADV Automated Accounting Advice Entry Detail
record_type                    1  1 constant   M 6 | record type
transaction_code               2  3 numeric    M - | 81 to 88
receiving_dfi                  4 11 routing    M - | the RDFI without its check digit
check_digit                   12 12 numeric    M - | modulus 10, weights 3 7 1
account_number                13 27 account    R - | account the advice is about
amount                        28 39 amount     M - | cents
advice_routing_number         40 48 alphameric M - | routing number of the advice
file_identification           49 53 text       O - | file the advice is about
ach_operator_code             54 54 text       O - | operator's mark
receiver_name                 55 76 text       R - | name
discretionary_data            77 78 text       O - | free
addenda_indicator             79 79 numeric    M 0 | 1 when addenda follow
originating_operator          80 87 alphameric M - | routing number of the operator
julian_date                   88 90 julian     M - | day the advice was made
sequence_number               91 94 numeric    M - | number within the batch
705 Payment Addenda
record_type                    1  1 constant   M 7 | record type
addenda_type                   2  3 constant   M 05 | 05 is remittance
payment_related_information    4 83 text       O - | ANSI X12 segments or a convention Nacha endorses
addenda_sequence              84 87 numeric    M 0001 | from 1
entry_sequence                88 94 numeric    M - | last seven digits of the entry's trace number
798 Notification of Change Addenda
record_type                    1  1 constant   M 7 | record type
addenda_type                   2  3 constant   M 98 | 98 is a change
change_code                    4  6 code       M - | C and two digits
original_trace                 7 21 trace      M - | trace number of the entry that was sent
reserved                      22 27 blank      O - | blank
original_rdfi                 28 35 alphameric M - | receiving bank of the entry that was sent
corrected_data                36 64 corrected  M - | in fixed columns that follow from the code
reserved_2                    65 79 blank      O - | blank
trace_number                  80 94 trace      M - | trace number of the change
799 Return Addenda
record_type                    1  1 constant   M 7 | record type
addenda_type                   2  3 constant   M 99 | 99 is a return
return_reason                  4  6 code       M - | R and two digits
original_trace                 7 21 trace      M - | trace number of the entry that was sent
date_of_death                 22 27 date       O - | YYMMDD with R14 and R15
original_rdfi                 28 35 alphameric R - | receiving bank of the entry that was sent
addenda_information           36 79 text       O - | free words of the receiving bank
trace_number                  80 94 trace      M - | trace number of the return
7 Addenda
record_type                    1  1 constant   M 7 | record type
addenda_type                   2  3 code       M - | kind of addenda
addenda_content                4 94 text       O - | not read further
8 Batch Control
record_type                    1  1 constant   M 8 | record type
service_class                  2  4 numeric    M - | as in record 5
entry_addenda_count            5 10 numeric    M - | records 6 and 7 in the batch
entry_hash                    11 20 numeric    M - | sum of the receiving banks' eight digits, last ten kept
total_debit                   21 32 amount     M - | cents
total_credit                  33 44 amount     M - | cents
company_identification        45 54 alphameric R - | as in record 5
message_authentication_code   55 73 text       O - | blank
reserved                      74 79 blank      O - | blank
originating_dfi               80 87 routing    M - | as in record 5
batch_number                  88 94 numeric    M - | as in record 5
8ADV Automated Accounting Advice Batch Control
record_type                    1  1 constant   M 8 | record type
service_class                  2  4 numeric    M - | 280
entry_addenda_count            5 10 numeric    M - | records 6 and 7 in the batch
entry_hash                    11 20 numeric    M - | sum of the receiving banks' eight digits, last ten kept
total_debit                   21 40 amount     M - | cents
total_credit                  41 60 amount     M - | cents
ach_operator_data             61 79 text       O - | free
originating_dfi               80 87 routing    M - | as in record 5
batch_number                  88 94 numeric    M - | as in record 5
9 File Control
record_type                    1  1 constant   M 9 | record type
batch_count                    2  7 numeric    M - | records 5 in the file
block_count                    8 13 numeric    M - | blocks of ten records, fill included
entry_addenda_count           14 21 numeric    M - | records 6 and 7 in the file
entry_hash                    22 31 numeric    M - | sum of the batches' hashes, last ten kept
total_debit                   32 43 amount     M - | cents
total_credit                  44 55 amount     M - | cents
reserved                      56 94 blank      O - | blank
9ADV Automated Accounting Advice File Control
record_type                    1  1 constant   M 9 | record type
batch_count                    2  7 numeric    M - | records 5 in the file
block_count                    8 13 numeric    M - | blocks of ten records, fill included
entry_addenda_count           14 21 numeric    M - | records 6 and 7 in the file
entry_hash                    22 31 numeric    M - | sum of the batches' hashes, last ten kept
total_debit                   32 51 amount     M - | cents
total_credit                  52 71 amount     M - | cents
reserved                      72 94 blank      O - | blank
"""


def _read_rows(rows: str) -> dict[str, Layout]:
    names: dict[str, str] = {}
    fields: dict[str, list[Field]] = {}
    code = ""
    for row in rows.strip().splitlines():
        columns, bar, note = row.partition(" | ")
        if not bar:
            code, _, names[code] = row.partition(" ")
            fields[code] = []
            continue
        name, start, end, kind, inclusion, constant = columns.split()
        held = "" if constant == "-" else constant
        fields[code].append(Field(name, int(start), int(end), Kind(kind), Inclusion(inclusion), note, held))
    return {code: Layout(code, names[code], tuple(fields[code])) for code in fields}


LAYOUTS: dict[str, Layout] = _read_rows(_FIELD_ROWS)


def layout_of(record: bytes, /, *, standard_entry_class: str = "") -> Layout | None:
    """Return the layout of one record from its first columns (and its batch's SEC code), or nothing if it has none."""
    code = record[:1].decode("latin-1")
    if code == "7":
        return LAYOUTS.get(record[:3].decode("latin-1"), LAYOUTS["7"])
    return LAYOUTS.get(code + standard_entry_class, LAYOUTS.get(code))


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
