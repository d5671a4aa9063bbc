"""Numbers of addenda: 05, 17 and 18 count from 1, and 05 and 10 to 18 repeat the end of their entry's trace number."""

from collections.abc import Sequence

import numpy as np

from ingather.base.columns import ZERO, Int64, Mask, parse_eight
from ingather.nacha.addenda import ABROAD, PAYMENT, columns_of, of_type, types_in
from ingather.nacha.findings import Findings
from ingather.nacha.reading import AddendaColumns, EntryColumns
from ingather.nacha.records import LAYOUTS, Field

_COUNTED = ("705", "717", "718")
_TRACE_END = LAYOUTS["705"].field("entry_sequence")
_SEQUENCES = 10_000_000
_ADVICE = "ADV"
_WORD = 8


def check_sequences(entries: EntryColumns, addenda: AddendaColumns, sec: Sequence[str], findings: Findings) -> None:
    """Tell addenda that are not numbered from 1 per entry and type, or that name another entry than the one before.

    Advices are left out: their entries have no trace number.
    """
    if not len(addenda) or not len(entries):
        return
    types = types_in(addenda)
    for code in _COUNTED:
        if int(code[1:]) in types:
            _check_places(entries, addenda, code, sec, findings)
    at = _numbered(entries, addenda, of_type(addenda, PAYMENT, *ABROAD), sec)
    last_seven, real = _numbers(addenda, at, _TRACE_END)
    wrong = at[~real | (last_seven != entries.trace[addenda.entry[at]] % _SEQUENCES) | (last_seven == 0)]
    sentence = "The addenda does not repeat the last seven digits of its entry's trace number, or they are zeros."
    findings.rows("addenda-sequence", addenda.line[wrong], sentence, field=_TRACE_END)


def _check_places(
    entries: EntryColumns, addenda: AddendaColumns, code: str, sec: Sequence[str], findings: Findings
) -> None:
    at = _numbered(entries, addenda, of_type(addenda, int(code[1:])), sec)
    if not len(at):
        return
    field = LAYOUTS[code].field("addenda_sequence")
    owner = addenda.entry[at]
    first = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    place = np.arange(1, len(at) + 1) - np.repeat(first, np.diff(np.append(first, len(at))))
    sequence, real = _numbers(addenda, at, field)
    wrong = at[~real | (sequence != place)]
    sentence = "The addenda of this type are not numbered from 1 upward."
    findings.rows("addenda-sequence", addenda.line[wrong], sentence, field=field)


def _numbered(entries: EntryColumns, addenda: AddendaColumns, at: Int64, sec: Sequence[str]) -> Int64:
    """Return those of these addenda that an entry with a trace number owns."""
    owned = addenda.entry[at] >= 0
    at = at if owned.all() else at[owned]
    advices = np.array([*(code == _ADVICE for code in sec), False])
    return at[~advices[entries.batch[addenda.entry[at]]]] if advices.any() else at


def _numbers(addenda: AddendaColumns, at: Int64, field: Field) -> tuple[Int64, Mask]:
    """Return a field of at most eight digits as numbers, and where it really is digits.

    The eight columns that end with the field are read as one word, which is many times quicker than column by column;
    those before the field are made zeros first.
    """
    columns = columns_of(addenda, at, slice(field.end - _WORD, field.end)).copy()
    columns[:, : _WORD - field.width] = ZERO
    number, real = parse_eight(columns)
    number[~real] = 0
    return number, real
