"""Automated accounting advices (ADV): codes 81 to 88 in batches of their own, numbered instead of traced."""

from collections.abc import Sequence

import numpy as np

from ingather.base.columns import BLANK, Int64, parse_digits
from ingather.nacha.addenda import answered, only, picked
from ingather.nacha.findings import Findings
from ingather.nacha.reading import AddendaColumns, EntryColumns
from ingather.nacha.records import LAYOUTS
from ingather.nacha.transaction_codes import TRANSACTION_CODES, AccountKind

_ADVICE = "ADV"
_LAYOUT = LAYOUTS["6ADV"]
_LONGEST_YEAR = 366
_CODES = np.zeros(100, np.bool_)
_CODES[[code for code, row in TRANSACTION_CODES.items() if row.account is AccountKind.ACCOUNTING]] = True


def check_advices(entries: EntryColumns, addenda: AddendaColumns, sec: Sequence[str], findings: Findings) -> None:
    """Tell codes of advices outside ADV batches, other codes inside, and advices that are not numbered upward."""
    if not len(entries):
        return
    advising = np.array([*(code == _ADVICE for code in sec), False])
    if (_CODES & entries.used).any():
        at = np.flatnonzero(_CODES[entries.transaction_code])
        at = at[~advising[entries.batch[at]] & (entries.batch[at] >= 0)]
        sentence = "Transaction codes 81 to 88 are for accounting advices, in batches of class ADV."
        findings.rows("advice", entries.line[at], sentence, field=LAYOUTS["6"].field("transaction_code"))
    if advising.any():
        at = np.flatnonzero(advising[entries.batch])
        at = at[~answered(addenda, len(entries))[at]]
        _check_inside(entries, at, findings)


def _check_inside(entries: EntryColumns, at: Int64, findings: Findings) -> None:
    other = at[~_CODES[entries.transaction_code[at]]]
    sentence = "An accounting advice has a transaction code from 81 to 88."
    findings.rows("advice", entries.line[other], sentence, field=_LAYOUT.field("transaction_code"))
    field = _LAYOUT.field("julian_date")
    day, real = parse_digits(picked(entries.rows[:, field.span], entries.at[at]))
    wrong = at[~real | (day < 1) | (day > _LONGEST_YEAR)]
    findings.rows(
        "advice", entries.line[wrong], "The day of the advice is not one of the year's, 001 to 366.", field=field
    )
    field = _LAYOUT.field("sequence_number")
    number, real = parse_digits(picked(entries.rows[:, field.span], entries.at[at]))
    back = np.append(False, (number[1:] <= number[:-1]) & (entries.batch[at[1:]] == entries.batch[at[:-1]]))[: len(at)]
    wrong = at[~real | back | (number == 0)]
    sentence = "The number of the advice is not above zero and the one before it in the batch."
    findings.rows("advice", entries.line[wrong], sentence, field=field)
    for name in ("advice_routing_number", "originating_operator"):
        field = _LAYOUT.field(name)
        blank = only(picked(entries.rows[:, field.span], entries.at[at]), BLANK)
        sentence = f"The {name.replace('_', ' ')} is blank."
        findings.rows("advice", entries.line[at[blank]], sentence, field=field)
