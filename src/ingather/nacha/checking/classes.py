"""What the SEC code allows and demands of forward entries: direction, use, amount and that addenda follow.

Which transaction codes occur in the bytes at all decides most of it: only when one of them is wrong for some batch are
the entries looked at one by one.
"""

import numpy as np

from ingather.base.columns import Int64, Mask, column_texts
from ingather.nacha.checking.selection import forward_entries_in
from ingather.nacha.descriptions import REVERSAL, reserved_in
from ingather.nacha.entry_kinds import EntryKind, EntryKinds
from ingather.nacha.findings import Findings
from ingather.nacha.reading import AddendaColumns, BatchColumns, EntryColumns
from ingather.nacha.records import LAYOUTS
from ingather.nacha.sec import SEC_CODES, SecRow
from ingather.nacha.transaction_codes import TRANSACTION_CODES, AccountKind, TransactionCode, Use

_CODES = 100
_INTERNATIONAL, _ADVICE = "IAT", "ADV"
_CODE_FIELD = LAYOUTS["6"].field("transaction_code")
_INDICATOR_FIELD = LAYOUTS["6"].field("addenda_indicator")
_SENTENCES = {
    "class-direction": "The batch's SEC code has no entries of this direction; those that reverse go the other way.",
    "class-use": "The transaction code is one that entries of the batch's SEC code do not have.",
    "addenda-missing": "The entry has no addenda, and its SEC code or its zero amount demands one.",
}


def check_classes(
    entries: EntryColumns,
    addenda: AddendaColumns,
    batches: BatchColumns,
    kinds: EntryKinds,
    sec: list[str],
    used: Mask,
    findings: Findings,
) -> None:
    """Tell forward entries whose batch's SEC code has no such direction, use or amount, or demands addenda.

    ``used`` (100,) says which transaction codes occur at all.
    """
    groups = _Groups(batches, kinds, sec)
    for check in ("class-direction", "class-use"):
        index = groups.entries_failing(check, entries, kinds, used)
        if len(index):
            findings.rows(check, entries.line[index], _SENTENCES[check], field=_CODE_FIELD)
    index = groups.entries_failing("addenda-missing", entries, kinds, used)
    if len(index):
        has = np.zeros(len(entries), np.bool_)
        has[addenda.entry[addenda.entry >= 0]] = True
        lines = entries.line[index[~has[index]]]
        findings.rows("addenda-missing", lines, _SENTENCES["addenda-missing"], field=_INDICATOR_FIELD)
    _check_amounts(entries, kinds, sec, findings)


class _Groups:
    """The batches that may hold forward entries, grouped by SEC code and by whether they reverse."""

    def __init__(self, batches: BatchColumns, kinds: EntryKinds, sec: list[str]) -> None:
        descriptions = column_texts(batches.texts("company_entry_description"))
        forward = (kinds.forward_batches | kinds.mixed).tolist()
        keys = [
            (code, reserved_in(text) == REVERSAL) if wanted and code in SEC_CODES else None
            for code, text, wanted in zip(sec, descriptions, forward, strict=True)
        ]
        self._rows = sorted({key for key in keys if key})
        places = {key: place for place, key in enumerate(self._rows)}
        nowhere = len(self._rows)
        # The last one is for entries outside any batch.
        self._group = np.array([nowhere if key is None else places[key] for key in keys] + [nowhere], np.int64)

    def entries_failing(self, check: str, entries: EntryColumns, kinds: EntryKinds, used: Mask) -> Int64:
        """Return the forward entries that fail a check by their transaction code alone."""
        fails = np.zeros((len(self._rows) + 1, _CODES), np.bool_)
        for place, (code, reversing) in enumerate(self._rows):
            row = SEC_CODES[code]
            for number, meaning in TRANSACTION_CODES.items():
                fails[place, number] = _fails(check, row, meaning, reversing=reversing)
        if not fails[:, used].any():
            return np.empty(0, np.int64)
        failing = fails.ravel()[self._group[entries.batch] * _CODES + entries.transaction_code]
        if kinds.mixed.any():
            failing &= kinds.entry == EntryKind.FORWARD
        return np.flatnonzero(failing)


def _fails(check: str, row: SecRow, meaning: TransactionCode, *, reversing: bool) -> bool:
    """Return whether an entry with this transaction code fails in a batch of this SEC code, whatever else it says."""
    if meaning.account is AccountKind.ACCOUNTING or row.code == _ADVICE:
        # Which codes are for advices is looked at with the advices.
        return False
    match check:
        case "class-direction":
            # Loan accounts are debited only to take a credit back (RB13 Appendix Three).
            loan = meaning.account is AccountKind.LOAN and meaning.debit and meaning.use is Use.LIVE
            allowed = row.debits if meaning.debit else row.credits
            if reversing:
                # What a class of one direction reverses goes the other way, and only that way.
                allowed = row.debits if not meaning.debit else row.credits
            return (not allowed or (loan and not reversing)) and meaning.use is not Use.RETURN
        case "class-use":
            return meaning.use not in row.uses
        case _:
            if meaning.use is Use.ZERO_DOLLAR and not row.non_monetary:
                return True
            exempt = meaning.use is Use.PRENOTE and Use.LIVE in row.uses and row.code != _INTERNATIONAL
            return row.addenda_required and not exempt


def _check_amounts(entries: EntryColumns, kinds: EntryKinds, sec: list[str], findings: Findings) -> None:
    for code in sorted(set(sec) & SEC_CODES.keys()):
        limit = SEC_CODES[code].amount_limit_cents
        if not limit:
            continue
        index = forward_entries_in(entries, kinds, np.array([other == code for other in sec], np.bool_))
        over = index[entries.amount_cents[index] > limit]
        sentence = f"The amount is over {limit // 100:,}.00, the most that an entry of {code} may have."
        field = LAYOUTS[SEC_CODES[code].entry_layout].field("amount")
        findings.rows("amount-of-class", entries.line[over], sentence, field=field)
