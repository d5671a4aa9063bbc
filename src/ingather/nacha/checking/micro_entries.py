"""Micro-entries: small credits, with the debit that takes them back, which check that an account is the buyer's."""

import numpy as np

from ingather.base.columns import column_texts
from ingather.nacha.descriptions import MICRO_ENTRY, reserved_in
from ingather.nacha.entry_kinds import EntryKinds
from ingather.nacha.findings import Findings
from ingather.nacha.reading import BatchColumns, EntryColumns
from ingather.nacha.records import LAYOUTS
from ingather.nacha.transaction_codes import DEBIT

_DOLLAR = 100


def check_micro_entries(batches: BatchColumns, entries: EntryColumns, kinds: EntryKinds, findings: Findings) -> None:
    """Tell batches of micro-entries with a credit of a dollar or more, or which debit more than they credit.

    Source: Nacha, Micro-Entries (Phase 1, 16 September 2022).
    """
    texts = column_texts(batches.texts("company_entry_description"))
    forward = kinds.forward_batches.tolist()
    for index, text in enumerate(texts):
        if not forward[index] or reserved_in(text) != MICRO_ENTRY:
            continue
        rows = slice(int(batches.first[index]), int(batches.end[index]))
        credit = ~DEBIT[entries.transaction_code[rows]]
        large = np.flatnonzero(credit & (entries.amount_cents[rows] >= _DOLLAR)) + rows.start
        field = LAYOUTS["6"].field("amount")
        findings.rows("micro-entries", entries.line[large], "A micro-entry credits less than 1.00.", field=field)
        if batches.debit_cents[index] > batches.credit_cents[index]:
            sentence = "The batch of micro-entries debits more than it credits."
            findings.add("micro-entries", sentence, line=int(batches.line[index]))
