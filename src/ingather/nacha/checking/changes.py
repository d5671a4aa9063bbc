"""Changes and refused changes: the batches they stand in, and corrected data in the fixed columns of their code.

Corrected data have no separators: an account number of 17 characters touches what follows. So parts are looked for in
their own columns only, and anything in a column of none means that they are misplaced: a shifted account would be
another account (RB13 Appendix Five). Messages never repeat what stands there.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask, parse_digits
from ingather.nacha.addenda import CHANGE, cut, of_type, owners, picked
from ingather.nacha.answers import code_number, is_abroad, places_of
from ingather.nacha.change_codes import CHANGE_CODES, ChangeKind, ChangePart, PartKind
from ingather.nacha.findings import Findings
from ingather.nacha.reading import AddendaColumns, BatchColumns, EntryColumns
from ingather.nacha.records import LAYOUTS, Field
from ingather.nacha.routing import are_routing_numbers
from ingather.nacha.transaction_codes import FORWARD, RETURNED

_CHANGE, _WIDE, _REFUSED = LAYOUTS["798"], LAYOUTS["798IAT"], LAYOUTS["798REF"]
_CLASS = "COR"
_USABLE = FORWARD | RETURNED
_KNOWN = np.zeros(100, np.bool_)
_KNOWN[[int(code[1:]) for code, row in CHANGE_CODES.items() if row.kind is not ChangeKind.REFUSAL]] = True


def check_changes(
    batches: BatchColumns, entries: EntryColumns, addenda: AddendaColumns, sec: Sequence[str], findings: Findings
) -> None:
    """Tell changes outside COR batches, with an amount, with unknown codes or with data that do not fit their code."""
    at = of_type(addenda, CHANGE)
    _check_class(entries, addenda, at, sec, findings)
    if not len(at):
        return
    owner = addenda.entry[at]
    owner = owner[owner >= 0]
    moneyed = owner[entries.amount_cents[owner] != 0]
    field = LAYOUTS["6"].field("amount")
    findings.rows("change-amount", entries.line[moneyed], "A change has no amount.", field=field)
    places = places_of(addenda)
    far = is_abroad(batches, entries, addenda, places.changes)
    _check_codes(addenda, places.changes[~far], findings, abroad=False)
    _check_codes(addenda, places.changes[far], findings, abroad=True)
    _check_refusals(batches, entries, addenda, places.refusals, findings)


def _check_class(
    entries: EntryColumns, addenda: AddendaColumns, at: Int64, sec: Sequence[str], findings: Findings
) -> None:
    correcting = np.array([code == _CLASS for code in sec], np.bool_)
    batch = owners(entries.batch, addenda, at, missing=-1)
    outside = at[~np.append(correcting, True)[batch]]
    field = LAYOUTS["7"].field("addenda_type")
    findings.rows("change-class", addenda.line[outside], "Changes stand in batches of class COR.", field=field)
    if correcting.any():
        changed = np.zeros(len(entries), np.bool_)
        owner = addenda.entry[at]
        changed[owner[owner >= 0]] = True
        without = np.append(correcting, False)[entries.batch] & ~changed
        findings.rows("change-class", entries.line[without], "The entry of a batch of class COR carries no change.")


def _check_codes(addenda: AddendaColumns, at: Int64, findings: Findings, *, abroad: bool) -> None:
    field = (_WIDE if abroad else _CHANGE).field("corrected_data")
    number = code_number(addenda, at, "C")
    for one in np.unique(number).tolist():
        here = at[number == one]
        lines = addenda.line[here]
        row = CHANGE_CODES.get(f"C{one:02d}")
        if row is None:
            sentence = "The change code is not one the Rules know; it is kept as it stands."
            findings.rows("unknown-change-code", lines, sentence, field=_CHANGE.field("change_code"))
            continue
        parts = row.international_parts if abroad else row.parts
        if parts:
            _check_parts(row.code, parts, picked(addenda.text[:, field.span], here), lines, field, findings)
        else:
            sentence = f"{row.code} is not for {'international' if abroad else 'domestic'} entries."
            findings.rows("corrected-data", lines, sentence, field=field)


def _check_parts(
    code: str, parts: Sequence[ChangePart], data: Bytes2D, lines: Int64, field: Field, findings: Findings
) -> None:
    """Tell the first part of each row that does not fit, otherwise the first column that holds what no part has."""
    told = np.zeros(len(data), np.bool_)
    free = np.ones(data.shape[1], np.bool_)
    for part in parts:
        free[part.span] = False
        bad = ~told & ~_fits(part.kind, data[:, part.span])
        told |= bad
        sentence = f"Columns {part.start} to {part.end} of the corrected data of {code} {_wrong(part.kind)}."
        findings.rows("corrected-data", lines[bad], sentence, field=_columns(field, part.start, part.end))
    for column in (np.flatnonzero(free) + 1).tolist():
        bad = ~told & (data[:, column - 1] != BLANK)
        told |= bad
        sentence = f"Column {column} of the corrected data of {code} {_wrong(PartKind.BLANK)}."
        findings.rows("corrected-data", lines[bad], sentence, field=_columns(field, column, column))


def _wrong(kind: PartKind) -> str:
    if kind is PartKind.BLANK:
        return "should be blank: its parts are misplaced"
    return f"hold no usable {kind.replace('_', ' ')}"


def _columns(field: Field, start: int, end: int) -> Field:
    """Return some columns of the corrected data, counted from 1 there, as a field of the record."""
    return replace(field, start=field.start + start - 1, end=field.start + end - 1)


def _fits(kind: PartKind, data: Bytes2D) -> Mask:
    fits: Mask
    match kind:
        case PartKind.ROUTING:
            fits = are_routing_numbers(parse_digits(data)[0])
        case PartKind.TRANSACTION_CODE:
            number, real = parse_digits(data)
            fits = real & _USABLE[number]
        case PartKind.STANDARD_ENTRY_CLASS:
            fits = (data == np.frombuffer(b"IAT", np.uint8)).all(axis=1)
        case PartKind.ACCOUNT:
            fits = data[:, 0] != BLANK
        case PartKind.NAME | PartKind.IDENTIFICATION | PartKind.FOREIGN_DFI | PartKind.TEXT:
            fits = (data != BLANK).any(axis=1)
        case PartKind.BLANK:
            fits = (data == BLANK).all(axis=1)
        case _:
            assert_never(kind)
    return fits


def _check_refusals(
    batches: BatchColumns, entries: EntryColumns, addenda: AddendaColumns, at: Int64, findings: Findings
) -> None:
    if not len(at):
        return
    fields = cut(addenda, at, _REFUSED)
    code = fields.octets("change_code")
    number, real = parse_digits(code[:, 1:])
    known = real & (code[:, 0] == ord("C")) & _KNOWN[number]
    sentence = "A refused change names the code of the change that it refuses."
    findings.rows("refused-change", addenda.line[at[~known]], sentence, field=_REFUSED.field("change_code"))
    nameless = at[fields.number("change_trace_sequence") == 0]
    field = _REFUSED.field("change_trace_sequence")
    sentence = "A refused change names the last seven digits of the trace number of the change."
    findings.rows("refused-change", addenda.line[nameless], sentence, field=field)
    blank = at[fields.blank("corrected_data")]
    sentence = "A refused change repeats the corrected data."
    findings.rows("refused-change", addenda.line[blank], sentence, field=_REFUSED.field("corrected_data"))
    far = at[is_abroad(batches, entries, addenda, at)]
    sentence = "Changes of international entries are not refused."
    findings.rows("refused-change", addenda.line[far], sentence, field=_REFUSED.field("refusal_code"))
