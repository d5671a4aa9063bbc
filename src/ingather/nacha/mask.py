"""Account numbers out of sight: all but the last four characters, wherever the records table says that one stands."""

import re

from ingather.nacha.records import RECORD_WIDTH, Field, Kind, Layout, class_of_batch, decompose, layout_of

STAR = "*"
_SHOWN = 4
_RUN = re.compile(r"\S{5,}")
# Change codes whose corrected data hold no account number (RB13 Appendix Five): routing number, name, code, reference.
_CLEAR_CHANGES = frozenset({"C02", "C04", "C05", "C08", "C09", "C13", "C14"})


def mask_account(text: str, /) -> str:
    """Return an account number with all but its last four characters as stars; four or fewer are stars altogether."""
    bare = text.rstrip(" ")
    hidden = len(bare) - _SHOWN if len(bare) > _SHOWN else len(bare)
    return STAR * hidden + bare[hidden:] + text[len(bare) :]


def mask_corrected(code: str, text: str, /) -> str:
    """Return the corrected data of a change with account numbers masked; unknown and refused changes are masked too."""
    if code in _CLEAR_CHANGES:
        return text
    return _RUN.sub(lambda run: mask_account(run[0]), text)


def mask_value(field: Field, text: str, /, *, change_code: str = "") -> str:
    """Return one field's value as people may see it."""
    if field.kind is Kind.ACCOUNT:
        return mask_account(text)
    return mask_corrected(change_code, text) if field.kind is Kind.CORRECTED else text


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


def mask(source: bytes, /) -> bytes:
    """Return the bytes of a file with every account number masked, all else and every line end as it was.

    Works line by line (or by 94 bytes where there are no line ends) and follows the SEC code of each batch, because
    international entries and advices keep the account elsewhere; entries of an unknown batch are masked in both places.
    """
    pieces = source.splitlines(keepends=True)
    if len(pieces) == 1 and len(source) > RECORD_WIDTH + 2:
        pieces = [source[start : start + RECORD_WIDTH] for start in range(0, len(source), RECORD_WIDTH)]
    sec = ""
    masked: list[bytes] = []
    for piece in pieces:
        record = piece.rstrip(b"\r\n")
        if record[:1] == b"5":
            sec = class_of_batch(record)
        elif record[:1] in {b"1", b"8", b"9"}:
            sec = ""
        layouts = [layout_of(record, standard_entry_class=sec)]
        if not sec and record[:1] == b"6":
            layouts.append(layout_of(record, standard_entry_class="IAT"))
        shown = record
        for layout in layouts:
            if layout is not None and layout.code[0] in "67":
                text = mask_record(layout, shown).encode("cp1252", errors="replace")
                shown = text[: len(record)] + record[RECORD_WIDTH:]
        masked.append(shown + piece[len(record) :])
    return b"".join(masked)
