"""Numbers of addenda: 05, 17 and 18 count from 1, and 05 and 10 to 18 repeat the end of their entry's trace number."""

from collections.abc import Sequence

import numpy as np

from ingather.base.columns import Int64, parse_digits
from ingather.nacha.addenda import ABROAD, PAYMENT, of_type, picked
from ingather.nacha.findings import Findings
from ingather.nacha.reading import AddendaColumns, EntryColumns
from ingather.nacha.records import LAYOUTS

_COUNTED = ("705", "717", "718")
_TRACE_END = LAYOUTS["705"].field("entry_sequence")
_SEQUENCES = 10_000_000
_ADVICE = "ADV"


def check_sequences(entries: EntryColumns, addenda: AddendaColumns, sec: Sequence[str], findings: Findings) -> None:
    """Tell addenda that are not numbered from 1 per entry and type, or that name another entry than the one before.

    Advices are left out: their entries have no trace number.
    """
    if not len(addenda) or not len(entries):
        return
    for code in _COUNTED:
        _check_places(entries, addenda, LAYOUTS[code].code, sec, findings)
    at = _numbered(entries, addenda, of_type(addenda, PAYMENT, *ABROAD), sec)
    last_seven, real = parse_digits(picked(addenda.text[:, _TRACE_END.span], at))
    wrong = at[~real | (last_seven != entries.trace[addenda.entry[at]] % _SEQUENCES)]
    sentence = "The addenda does not repeat the last seven digits of its entry's trace number."
    findings.rows("addenda-sequence", addenda.line[wrong], sentence, field=_TRACE_END)


def _check_places(
    entries: EntryColumns, addenda: AddendaColumns, code: str, sec: Sequence[str], findings: Findings
) -> None:
    at = _numbered(entries, addenda, of_type(addenda, int(code[1:])), sec)
    if not len(at):
        return
    field = LAYOUTS[code].field("addenda_sequence")
    owner, index = addenda.entry[at], np.arange(len(at))
    starts = np.append(True, owner[1:] != owner[:-1])
    place = index - np.maximum.accumulate(np.where(starts, index, 0)) + 1
    sequence, real = parse_digits(picked(addenda.text[:, field.span], at))
    wrong = at[~real | (sequence != place)]
    sentence = "The addenda of this type are not numbered from 1 upward."
    findings.rows("addenda-sequence", addenda.line[wrong], sentence, field=field)


def _numbered(entries: EntryColumns, addenda: AddendaColumns, at: Int64, sec: Sequence[str]) -> Int64:
    """Return those of these addenda that an entry with a trace number owns."""
    at = at[addenda.entry[at] >= 0]
    advices = np.array([*(code == _ADVICE for code in sec), False])
    return at[~advices[entries.batch[addenda.entry[at]]]] if advices.any() else at
