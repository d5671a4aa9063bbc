"""What a plan adds up to, batch by batch: what its controls will say, and what has to fit them."""

from dataclasses import dataclass

import numpy as np

from ingather.base.columns import Int64
from ingather.nacha.frames import HASH_MODULUS
from ingather.nacha.plan import FilePlan
from ingather.nacha.transaction_codes import DEBIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Per batch, ``(b,)`` each: entries, addenda, cents debited and credited, and the entry hash."""

    entries: Int64
    addenda: Int64
    debit_cents: Int64
    credit_cents: Int64
    entry_hash: Int64


def add_up(plan: FilePlan) -> Sums:
    """Return the sums of a plan whose columns fit together; codes the Rules do not know count by their second digit."""
    entries, count = plan.entries, len(plan.batches)
    bounds = np.searchsorted(entries.batch, np.arange(count + 1))
    first, sizes = bounds[:-1], np.diff(bounds)
    debit = DEBIT[entries.transaction_code]
    debits = entries.amount_cents if debit.all() else np.where(debit, entries.amount_cents, 0)
    amounts = _sum_each(entries.amount_cents, first, sizes)
    debit_cents = amounts if debits is entries.amount_cents else _sum_each(debits, first, sizes)
    addenda = np.zeros(count, np.int64)
    if entries.addenda is not None:
        addenda += np.bincount(entries.batch[entries.addenda.entry], minlength=count)
    return Sums(
        entries=sizes,
        addenda=addenda,
        debit_cents=debit_cents,
        credit_cents=amounts - debit_cents,
        entry_hash=_sum_each(entries.routing // 10, first, sizes) % HASH_MODULUS,
    )


def _sum_each(values: Int64, first: Int64, sizes: Int64) -> Int64:
    sums = np.zeros(len(first), np.int64)
    filled = sizes > 0
    if filled.any():
        sums[filled] = np.add.reduceat(values, first[filled])
    return sums
