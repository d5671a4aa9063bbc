"""Account numbers out of sight where people look: all but the last four characters, wherever one stands or may stand.

That is in fields of kind account; in corrected data, but for routing numbers and codes; and in free text (addenda 05
and 17, what banks write into 99, company discretionary data, reserved columns) as runs of five digits or more, hyphens
among them, because banks and payers write account numbers there. A long invoice number or date in such a text is masked
with them. Names, identifications and trace numbers are shown; ``masked_file`` makes a copy without them.
"""

import re
from typing import assert_never

from ingather.nacha.change_codes import CHANGE_CODES, PartKind
from ingather.nacha.records import RECORD_WIDTH, Field, Kind, Layout, decompose
from ingather.nacha.routing import is_routing_number

STAR = "*"
_SHOWN = 4
_RUN = re.compile(r"\S{5,}")
_NOT_BLANK = re.compile(r"\S")
_DIGIT_RUN = re.compile(r"\d(?:-?\d){4,}")
_DOMESTIC_WIDTH = 29
_FREE_TEXTS = frozenset(
    {
        "payment_related_information",
        "addenda_information",
        "addenda_content",
        "company_discretionary_data",
        "reference_information_1",
        "reference_information_2",
    }
)


def mask_account(text: str, /) -> str:
    """Return an account number with all but its last four characters as stars; four or fewer are stars altogether."""
    bare = text.rstrip(" ")
    hidden = len(bare) - _SHOWN if len(bare) > _SHOWN else len(bare)
    return STAR * hidden + bare[hidden:] + text[len(bare) :]


def mask_corrected(code: str, text: str, /, *, international: bool = False) -> str:
    """Return the corrected data of a change with account numbers masked, by the fixed columns of its code.

    What stands outside those columns, and a routing number that is none, may be an account out of place: it is masked
    too, as are all longer words of an unknown code.
    """
    row = CHANGE_CODES.get(code)
    parts = (row.international_parts if international else row.parts) if row else ()
    if not parts:
        return _RUN.sub(lambda run: mask_account(run[0]), text)
    masked: list[str] = []
    end = 0
    for part in parts:
        masked += [_NOT_BLANK.sub(STAR, text[end : part.start - 1]), _mask_part(part.kind, text[part.span])]
        end = part.end
    return "".join([*masked, _NOT_BLANK.sub(STAR, text[end:])])


def _mask_part(kind: PartKind, text: str) -> str:
    match kind:
        case PartKind.ACCOUNT:
            return mask_account(text)
        case PartKind.ROUTING:
            return text if is_routing_number(text) else mask_account(text)
        case PartKind.BLANK:
            return _NOT_BLANK.sub(STAR, text)
        case PartKind.TEXT | PartKind.FOREIGN_DFI:
            return mask_text(text)
        case PartKind.TRANSACTION_CODE | PartKind.NAME | PartKind.IDENTIFICATION | PartKind.STANDARD_ENTRY_CLASS:
            return text
        case _:
            assert_never(kind)


def mask_text(text: str, /) -> str:
    """Return a free text with what looks like an account number masked: runs of five digits or more."""
    return _DIGIT_RUN.sub(lambda run: mask_account(run[0]), text)


def mask_value(field: Field, text: str, /, *, change_code: str = "") -> str:
    """Return one field's value as people may see it."""
    if field.kind is Kind.ACCOUNT:
        return mask_account(text)
    if field.kind is Kind.CORRECTED:
        return mask_corrected(change_code, text, international=field.width > _DOMESTIC_WIDTH)
    return mask_text(text) if field.kind is Kind.BLANK or field.name in _FREE_TEXTS else text


def mask_values(layout: Layout, record: bytes, /) -> dict[str, str]:
    """Return the values of one record by field name, account numbers masked."""
    values = decompose(layout, record)
    code = values.get("change_code", "")
    return {field.name: mask_value(field, values[field.name], change_code=code) for field in layout.fields}


def mask_record(layout: Layout, record: bytes, /) -> str:
    """Return the 94 columns of one record with account numbers masked in place."""
    text = record[:RECORD_WIDTH].decode("cp1252", errors="replace").ljust(RECORD_WIDTH)
    code = decompose(layout, record).get("change_code", "")
    return "".join(mask_value(field, text[field.span], change_code=code) for field in layout.fields)
