"""Texts that the SEC code demands of an entry: names, serial numbers of checks, payment types, what cards need.

What comes back repeats the original's name, so that some classes demand one of it too.
"""

from collections.abc import Callable

import numpy as np

from ingather.base.columns import BLANK, ZERO, Bytes2D, Int64, Mask, parse_digits
from ingather.nacha.checking.selection import chunks_of, entries_in, forward_entries_in
from ingather.nacha.entry_kinds import EntryKinds
from ingather.nacha.findings import Findings, stretch
from ingather.nacha.reading import EntryColumns
from ingather.nacha.records import LAYOUTS, Field
from ingather.nacha.sec import SEC_CODES

_RECURRING, _SINGLE, _NOTHING = (int.from_bytes(text, "little") for text in (b"R ", b"S ", b"  "))
_PAYMENT_TYPED = ("WEB", "TEL")
_MAY_BE_BLANK = "TEL"
_SENTENCES = {
    "name-blank": "{} entries name the receiver.",
    "serial-blank": "{} entries carry the serial number of the check they are made from.",
    "payment-type": "The payment type of a {} entry is neither R (recurring) nor S (single).",
    "class-field": "The field does not hold what {} entries need.",
}
# Fields that only these SEC codes have, and which they need (RB13 Appendix Three).
_FILLED = {
    "CIE": ("identification_number",),
    "MTE": ("receiver_name", "identification_number"),
    "POP": ("terminal_city", "terminal_state"),
    "TRC": ("process_control", "item_research_number"),
    "XCK": ("process_control", "item_research_number"),
}
_CARDS = ("POS", "SHR")
_CARD_TYPES = ("01", "02", "03", "11", "12", "13", "21", "99")
_EXPIRY, _MONTHS = "card_expiration_date", 12
# Two digits each (moov-io/ach).
_FIRST_YEAR, _LAST_YEAR = 18, 50
# Columns that are neither blank nor zeros, whatever the class has there (moov-io/ach).
_NAMED = stretch(55, 76)
_NAMED_CLASSES = ("ARC", "BOC", "CIE", "DNE", "ENR", "MTE", "POP", "POS", "PPD", "RCK", "SHR", "TEL", "WEB")
_NAMED_TWICE = {"MTE": stretch(40, 54)}
# Of these the forward entries are told of by the name of the field.
_TOLD_BY_FIELD = ("CIE", "MTE", "TEL", "WEB")

_Demand = tuple[str, Field, Callable[[Bytes2D], Mask]]


def check_names(entries: EntryColumns, kinds: EntryKinds, sec: list[str], findings: Findings) -> None:
    """Tell entries that lack a text their SEC code demands: forward ones, and of some texts what comes back as well."""
    _check_classes(entries, kinds, sec, findings)
    for code in sorted(set(sec) & SEC_CODES.keys()):
        demands = _demands_of(code)
        if not demands:
            continue
        found: list[list[Int64]] = [[] for _ in demands]
        index = forward_entries_in(entries, kinds, np.array([other == code for other in sec], np.bool_))
        for chunk, records in chunks_of(entries, index):
            for place, (_, field, lacking) in enumerate(demands):
                bad = lacking(records[:, field.span])
                if bad.any():
                    found[place].append(chunk[bad])
        for (check, field, _), rows in zip(demands, found, strict=True):
            if rows:
                lines = entries.line[np.concatenate(rows)]
                findings.rows(check, lines, _SENTENCES[check].format(code), field=field)


def _check_classes(entries: EntryColumns, kinds: EntryKinds, sec: list[str], findings: Findings) -> None:
    """Tell entries of any kind whose columns for a name hold none."""
    for code in sorted(set(sec).intersection(_NAMED_CLASSES)):
        own = np.array([other == code for other in sec], np.bool_)
        if code in _TOLD_BY_FIELD:
            own &= ~kinds.forward_batches
            if not own.any():
                continue
        index = entries_in(entries, own)
        if code in _TOLD_BY_FIELD:
            index = index[kinds.answers[index]]
        for columns in (_NAMED, *filter(None, (_NAMED_TWICE.get(code),))):
            found = [chunk[_not_filled(records[:, columns.span])] for chunk, records in chunks_of(entries, index)]
            lines = entries.line[np.concatenate([index[:0], *found])]
            sentence = f"Columns {columns.start} to {columns.end} of {code} entries are neither blank nor zeros."
            findings.rows("name-of-class", lines, sentence, field=columns)


def _demands_of(code: str) -> list[_Demand]:
    """Return each check that entries of this SEC code need, its field, and what tells that the field lacks it."""
    row = SEC_CODES[code]
    layout = LAYOUTS[row.entry_layout]
    demands: list[_Demand] = []
    if row.name_mandatory:
        demands.append(("name-blank", layout.field("receiver_name"), _not_filled))
    if row.serial_mandatory:
        demands.append(("serial-blank", layout.field("check_serial_number"), _not_filled))
    if code in _PAYMENT_TYPED:
        lacking = _no_type_nor_blank if code == _MAY_BE_BLANK else _no_type
        demands.append(("payment-type", layout.field("discretionary_data"), lacking))
    demands += [("class-field", layout.field(name), _not_filled) for name in _FILLED.get(code, ())]
    if code in _CARDS:
        demands.append(("class-field", layout.field("card_transaction_type"), _no_card_type))
    if any(field.name == _EXPIRY for field in layout.fields):
        demands.append(("class-field", layout.field(_EXPIRY), _no_expiry))
    return demands


def _not_filled(columns: Bytes2D) -> Mask:
    """Return which rows hold only blanks or zeros; most are decided by their first column alone."""
    first = columns[:, 0].copy()
    lead: Mask = (first == BLANK) | (first == ZERO)
    if lead.any():
        at = np.flatnonzero(lead)
        rest = columns[at]
        lead[at] = ((rest == BLANK) | (rest == ZERO)).all(axis=1)
    return lead


def _no_type(columns: Bytes2D) -> Mask:
    # Both columns at once, as one number.
    pair = columns.view("<u2")[:, 0].copy()
    wrong: Mask = (pair != _SINGLE) & (pair != _RECURRING)
    return wrong


def _no_type_nor_blank(columns: Bytes2D) -> Mask:
    wrong: Mask = _no_type(columns) & (columns.view("<u2")[:, 0] != _NOTHING)
    return wrong


def _no_card_type(columns: Bytes2D) -> Mask:
    number, real = parse_digits(columns)
    wrong: Mask = ~real | ~np.isin(number, [int(kind) for kind in _CARD_TYPES])
    return wrong


def _no_expiry(columns: Bytes2D) -> Mask:
    """Return which rows are not a month and a year, MMYY."""
    number, real = parse_digits(columns)
    month, year = number // 100, number % 100
    wrong: Mask = ~real | (month < 1) | (month > _MONTHS) | (year < _FIRST_YEAR) | (year > _LAST_YEAR)
    return wrong
