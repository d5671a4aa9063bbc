"""What a field is to the eye: its tint, its name, and what it takes, from the records table of the format.

The tints are those of the console's sheet: code, party, account, money, date, text, key, sum, fixed and blank.
"""

from ingather.nacha.records import Field, Inclusion, Kind, Layout

_BY_KIND = {
    Kind.NUMERIC: "sum",
    Kind.ALPHAMERIC: "party",
    Kind.ROUTING: "party",
    Kind.AMOUNT: "money",
    Kind.DATE: "date",
    Kind.TIME: "date",
    Kind.JULIAN: "date",
    Kind.ACCOUNT: "account",
    Kind.CORRECTED: "account",
    Kind.TRACE: "key",
    Kind.TEXT: "text",
    Kind.CODE: "code",
    Kind.PARTY: "party",
    Kind.BLANK: "blank",
    Kind.CONSTANT: "fixed",
}
_BY_NAME = {
    "addenda_indicator": "fixed",
    "priority_code": "fixed",
    "originator_status_code": "fixed",
    "service_class": "code",
    "transaction_code": "code",
    "return_reason_digits": "code",
    "dishonour_reason_digits": "code",
    "discretionary_data": "code",
    "check_digit": "party",
    "batch_number": "key",
    "entry_sequence": "key",
    "file_id_modifier": "key",
    "identification_number": "key",
    "reference_code": "key",
    "foreign_trace_number": "key",
    "item_research_number": "key",
    "check_serial_number": "key",
    "document_reference_number": "key",
    "transaction_serial_number": "key",
    "card_expiration_date": "date",
    "transaction_date": "date",
}
_ABBREVIATED = {"dfi": "DFI", "rdfi": "RDFI", "iat": "IAT", "ach": "ACH", "id": "id"}
_TYPES = {
    Kind.NUMERIC: "number, {n} columns, zeros at the left",
    Kind.ALPHAMERIC: "letters and digits, {n} columns, blanks at the right",
    Kind.ROUTING: "routing number, {n} digits, without its check digit",
    Kind.AMOUNT: "number, {n} columns, cents, zeros at the left",
    Kind.DATE: "date, YYMMDD",
    Kind.TIME: "time, HHMM",
    Kind.JULIAN: "day of the year, {n} digits",
    Kind.ACCOUNT: "account number, {n} columns, blanks at the right",
    Kind.CORRECTED: "corrected values, {n} columns, placed by the change code",
    Kind.TRACE: "trace number, {n} digits",
    Kind.TEXT: "text, {n} columns, blanks at the right",
    Kind.CODE: "code, {n} columns",
    Kind.PARTY: "bank or company, {n} columns, blanks at the left",
    Kind.BLANK: "reserved, {n} blanks",
    Kind.CONSTANT: "always the same {n} columns",
}
INCLUSIONS = {
    Inclusion.MANDATORY: "mandatory: the operator rejects what lacks it",
    Inclusion.REQUIRED: "required: the receiving bank may return the entry",
    Inclusion.OPTIONAL: "optional: nobody checks it",
}
"""What becomes of a wrong field, by its inclusion (Nacha Operating Rules, Appendix Three)."""


def tint_of(field: Field) -> str:
    """Return the tint of a field."""
    return _BY_NAME.get(field.name, _BY_KIND[field.kind])


def name_of(field: Field) -> str:
    """Return a field's name as people say it, in English."""
    words = [_ABBREVIATED.get(word, word) for word in field.name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def type_of(field: Field) -> str:
    """Return what a field takes, as a text with the place ``n`` for its columns."""
    return _TYPES[field.kind]


def place_of(layout: Layout, field: Field) -> tuple[str, int]:
    """Return record type and number of a field as Appendix Three counts them."""
    return layout.code[:1], layout.fields.index(field) + 1


TEXTS = (*_TYPES.values(), *INCLUSIONS.values())
"""Every text of this table, for the catalogues of other languages."""
