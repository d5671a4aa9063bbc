"""What the values of fields say, in words: codes, reasons, dates, money, and the parts of corrected data."""

from ingather.base.dates import parse_yymmdd
from ingather.base.money import format_minor
from ingather.nacha.change_codes import CHANGE_CODES, ChangePart, PartKind
from ingather.nacha.checking.dates import is_real_time
from ingather.nacha.records import Field, Kind
from ingather.nacha.return_reasons import RETURN_REASONS
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.transaction_codes import describe_code

_DAYS = 366
_CLASSES = {code: row.title for code, row in SEC_CODES.items()}
_QUALIFIERS = {"01": "national clearing system number", "02": "BIC", "03": "IBAN"}
_SCREENING = {"0": "no blocked party found", "1": "a blocked party may be involved"}
_WORDS: dict[str, dict[str, str]] = {
    "service_class": {"200": "debits and credits", "220": "credits only", "225": "debits only", "280": "advices only"},
    "addenda_indicator": {"0": "no addenda", "1": "addenda follow"},
    "standard_entry_class": _CLASSES,
    "originator_status_code": {
        "0": "prepared by the operator",
        "1": "a financial institution under the rules",
        "2": "a federal agency, not bound by the rules",
    },
    "foreign_exchange_indicator": {
        "FV": "fixed to variable: the amount abroad is open",
        "VF": "variable to fixed: the amount here is open",
        "FF": "fixed to fixed: no exchange",
    },
    "foreign_exchange_reference_indicator": {"1": "an exchange rate", "2": "a reference number", "3": "no reference"},
    "originating_dfi_qualifier": _QUALIFIERS,
    "receiving_dfi_qualifier": _QUALIFIERS,
    "correspondent_qualifier": _QUALIFIERS,
    "gateway_screening": _SCREENING,
    "secondary_screening": _SCREENING,
    # RB13 Appendix Three: reasons for an international payment, besides the SEC codes of its domestic likeness.
    "transaction_type": _CLASSES
    | {
        "ANN": "annuity",
        "BUS": "business or commercial",
        "DEP": "deposit",
        "LOA": "loan",
        "MIS": "miscellaneous",
        "MOR": "mortgage",
        "PEN": "pension",
        "REM": "remittance",
        "RLS": "rent or lease",
        "SAL": "salary or payroll",
        "TAX": "tax",
    },
}
_PAYMENT_TYPES = {"R": "recurring", "S": "single"}
_NO_DOLLARS = frozenset({"foreign_amount"})
# RB13 Appendix Four: the fields that a dishonour R69 says were wrong.
_WRONG_FIELDS = {
    "01": "account number",
    "02": "original trace number",
    "03": "amount",
    "04": "identification number",
    "05": "transaction code",
    "06": "company identification",
    "07": "effective entry date",
}
_PART_WORDS = {
    PartKind.ACCOUNT: "the account number to use",
    PartKind.ROUTING: "the routing number to use",
    PartKind.TRANSACTION_CODE: "the transaction code to use",
    PartKind.NAME: "the receiver's name to use",
    PartKind.IDENTIFICATION: "the identification number to use",
    PartKind.FOREIGN_DFI: "the foreign bank's identification to use",
    PartKind.STANDARD_ENTRY_CLASS: "the SEC code to use",
    PartKind.TEXT: "what was wrong",
    PartKind.BLANK: "blank",
}


def meaning_of(field: Field, value: str, /, *, values: dict[str, str], standard_entry_class: str = "") -> str:
    """Return a field's value in words, or the field's note where the value speaks for itself.

    ``values`` are those of the whole record, because some fields mean something only with another one.
    """
    words = _WORDS.get(field.name)
    if not value:
        return field.note
    if words is not None:
        return words.get(value, field.note)
    return _by_name(field.name, value, values, standard_entry_class) or _by_kind(field, value)


def _by_name(name: str, value: str, values: dict[str, str], standard_entry_class: str) -> str:
    """Return what a code says, or nothing where the field holds none."""
    meaning = ""
    match name:
        case "return_reason":
            meaning = _reason(value)
        case "return_reason_digits" | "dishonour_reason_digits":
            meaning = _reason(f"R{value}")
        case "change_code" | "refusal_code":
            meaning = CHANGE_CODES[value].title if value in CHANGE_CODES else "not a known code"
        case "transaction_code" if value.isdecimal():
            meaning = describe_code(int(value))
        case "discretionary_data" if standard_entry_class in {"WEB", "TEL"}:
            meaning = _PAYMENT_TYPES.get(value.strip(), "neither R (recurring) nor S (single)")
        case "addenda_information" if values.get("return_reason") == "R69":
            codes = value.replace("*", " ").split()
            meaning = "wrong: " + ", ".join(_WRONG_FIELDS.get(code, f"field {code}") for code in codes)
    return meaning


def _reason(code: str) -> str:
    return RETURN_REASONS[code].title if code in RETURN_REASONS else "not a known reason"


def _by_kind(field: Field, value: str) -> str:
    match field.kind:
        case Kind.AMOUNT if value.isdecimal() and field.name not in _NO_DOLLARS:
            return f"{format_minor(int(value))} USD"
        case Kind.DATE:
            return _day(value)
        case Kind.TIME if is_real_time(value):
            return f"{value[:2]}:{value[2:]}"
        case Kind.JULIAN if value.isdecimal():
            return f"day {int(value)} of the year" if 1 <= int(value) <= _DAYS else "not a day of a year"
        case Kind.BLANK:
            return "these columns are to be blank"
        case _:
            return field.note


def _day(value: str) -> str:
    try:
        return f"{parse_yymmdd(value):%a %Y-%m-%d}"
    except ValueError:
        return "not a date"


def parts_of(code: str, /, *, international: bool) -> list[tuple[ChangePart, str]]:
    """Return the parts of a change's corrected data, each with what it is in words; none for an unknown code."""
    row = CHANGE_CODES.get(code)
    if row is None:
        return []
    return [(part, _PART_WORDS[part.kind]) for part in (row.international_parts if international else row.parts)]
