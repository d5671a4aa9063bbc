"""What speaks against batches by what their entries add up to: offsets and micro-entries."""

import numpy as np

from ingather.base.columns import Int64
from ingather.nacha.descriptions import MICRO_ENTRY
from ingather.nacha.refusing.batches import MIXED
from ingather.nacha.refusing.scope import Scope
from ingather.nacha.transaction_codes import DEBIT
from ingather.nacha.writing.frames import header_texts
from ingather.nacha.writing.sums import Sums

# Nacha: a micro-entry is below one dollar.
_DOLLAR = 100


def check_balances(scope: Scope, sums: Sums) -> None:
    """Tell batches with offset entries that do not balance, and micro-entries that break Nacha's rule."""
    entries = scope.plan.entries
    if entries.offset is not None and entries.offset.any():
        for row in np.unique(entries.batch[entries.offset]).tolist():
            if sums.debit_cents[row] != sums.credit_cents[row]:
                scope.tell("offset", f"Batch {row + 1}: its offset entries do not balance it.")
            elif scope.plan.batches.service_class[row] != MIXED:
                sentence = f"Batch {row + 1}: a batch with offset entries has service class 200."
                scope.tell("offset", sentence, layout="5", name="service_class")
    descriptions = header_texts(scope.plan, slice(None), scope.dialect, scope.purpose).company_entry_description
    batches = [row for row, text in enumerate(descriptions) if text.rstrip().upper() == MICRO_ENTRY]
    if batches:
        _check_micro_entries(scope, np.array(batches, np.int64))


def _check_micro_entries(scope: Scope, batches: Int64) -> None:
    entries = scope.plan.entries
    own = np.isin(entries.batch, batches)
    if entries.offset is not None:
        own &= ~entries.offset
    debit = DEBIT[entries.transaction_code]
    large = np.flatnonzero(own & ~debit & (entries.amount_cents >= _DOLLAR))
    scope.tell_entries("micro-entries", large, "amount", "a micro-entry is below 1.00")
    count = len(scope.plan.batches)
    signed = np.where(debit, entries.amount_cents, -entries.amount_cents)
    net = np.zeros(count, np.int64)
    np.add.at(net, entries.batch[own], signed[own])
    for row in np.flatnonzero(net > 0).tolist():
        scope.tell("micro-entries", f"Batch {row + 1}: micro-entries debit more than they credit.")
