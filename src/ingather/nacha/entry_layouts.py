"""Entries whose SEC code has its own columns: which faults the common columns tell of, and the others read again.

International entries have the account number elsewhere, accounting advices the amount and no trace number at all; the
entries of classes that move no money have no amount whatever their transaction code.
"""

import numpy as np

from ingather.base.columns import Int64, parse_digits
from ingather.nacha.checking.accounts import SENTENCES as ACCOUNT_SENTENCES
from ingather.nacha.checking.accounts import account_faults
from ingather.nacha.findings import Faults, Findings
from ingather.nacha.reading import EntryColumns
from ingather.nacha.records import LAYOUTS, Layout
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.transaction_codes import RETURNED

_LAYOUT = LAYOUTS["6"]
_CHUNK_ROWS = 8_192
# check: (field of record 6, sentence)
_SENTENCES = {
    "routing-digits": ("receiving_dfi", "The receiving bank is not eight digits."),
    "routing-prefix": ("receiving_dfi", "No routing number starts like this: with 00 to 12, 21 to 32, 61 to 72 or 80."),
    "check-digit": ("check_digit", "The check digit does not fit the receiving bank's eight digits."),
    "transaction-code": ("transaction_code", "The transaction code is not one the Rules know."),
    "amount-digits": ("amount", "The amount is not digits."),
    "amount-use": ("amount", "The amount does not fit the transaction code: live entries have one, others none."),
    "addenda-indicator": ("addenda_indicator", "The addenda indicator is neither 0 nor 1."),
    "trace-digits": ("trace_number", "The trace number is not fifteen digits."),
    **{check: ("account_number", sentence) for check, sentence in ACCOUNT_SENTENCES.items()},
}
_NO_MONEY = "Entries of this SEC code have no amount."


def tell_faults(entries: EntryColumns, faults: Faults, sec: list[str], findings: Findings) -> None:
    """Tell what was found in the common columns, but for entries whose SEC code has other ones or another rule."""
    for check, rows in faults.items():
        name, sentence = _SENTENCES[check]
        spared = [index for index, code in enumerate(sec) if _has_its_own(code, check, name)]
        at = rows[~np.isin(entries.batch[rows], spared)] if spared else rows
        findings.rows(check, entries.line[at], sentence, field=_LAYOUT.field(name))


def _layout_of(code: str) -> Layout:
    return LAYOUTS[SEC_CODES[code].entry_layout] if code in SEC_CODES else _LAYOUT


def _columns(layout: Layout, name: str) -> slice | None:
    return next((field.span for field in layout.fields if field.name == name), None)


def _has_its_own(code: str, check: str, name: str) -> bool:
    """Return whether entries of this SEC code are checked elsewhere than in the common columns."""
    if check == "amount-use" and code in SEC_CODES and SEC_CODES[code].non_monetary:
        return True
    return _columns(_layout_of(code), name) != _LAYOUT.span(name)


def read_other_layouts(entries: EntryColumns, sec: list[str], findings: Findings) -> None:
    """Read again what has other columns than the common ones: amounts, traces and account numbers."""
    for code in sorted(set(sec) & SEC_CODES.keys()):
        layout = _layout_of(code)
        moved = [name for name in ("account_number", "amount", "trace_number") if _differs(layout, name)]
        if not moved and not SEC_CODES[code].non_monetary:
            continue
        own = np.array([*(other == code for other in sec), False])
        index = np.flatnonzero(own[entries.batch])
        if not len(index):
            continue
        if "trace_number" in moved:
            entries.trace[index] = 0
        faults = Faults()
        if "amount" in moved:
            _read_amounts(entries, index, layout, faults)
        if "account_number" in moved:
            _check_accounts(entries, index, layout, faults)
        if SEC_CODES[code].non_monetary:
            paid = (entries.amount_cents[index] != 0) & ~RETURNED[entries.transaction_code[index]]
            findings.rows("amount-use", entries.line[index[paid]], _NO_MONEY, field=layout.field("amount"))
        for check, at in faults.items():
            name, sentence = _SENTENCES[check]
            findings.rows(check, entries.line[index[at]], sentence, field=layout.field(name))


def _differs(layout: Layout, name: str) -> bool:
    return _columns(layout, name) != _LAYOUT.span(name)


def _read_amounts(entries: EntryColumns, index: Int64, layout: Layout, faults: Faults) -> None:
    for low in range(0, len(index), _CHUNK_ROWS):
        chunk = index[low : low + _CHUNK_ROWS]
        amounts, real = parse_digits(entries.records_at(chunk)[:, layout.span("amount")])
        entries.amount_cents[chunk] = amounts
        faults.note("amount-digits", ~real, low)


def _check_accounts(entries: EntryColumns, index: Int64, layout: Layout, faults: Faults) -> None:
    for low in range(0, len(index), _CHUNK_ROWS):
        chunk = index[low : low + _CHUNK_ROWS]
        for check, bad in account_faults(entries.records_at(chunk)[:, layout.span("account_number")]):
            faults.note(check, bad, low)
