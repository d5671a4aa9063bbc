"""Parts of a plan: some of its entries with their addenda, some of its batches, and what a batch of them is called."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ingather.base.columns import Int64
from ingather.nacha.addenda import picked
from ingather.nacha.plan import Addenda, Batches, Entries
from ingather.nacha.transaction_codes import DEBIT

MIXED, CREDITS_ONLY, DEBITS_ONLY = 200, 220, 225


def taken_entries(entries: Entries, rows: Int64, /) -> Entries:
    """Return the entries of these rows ``(k,)``, each once, in their order and with their addenda.

    ``batch`` still counts the batches they were in.
    """
    return Entries(
        batch=entries.batch[rows],
        transaction_code=entries.transaction_code[rows],
        routing=entries.routing[rows],
        account=picked(entries.account, rows),
        amount_cents=entries.amount_cents[rows],
        identification=picked(entries.identification, rows),
        name=picked(entries.name, rows),
        discretionary=picked(entries.discretionary, rows),
        trace=entries.trace[rows],
        addenda=None if entries.addenda is None else taken_addenda(entries.addenda, rows, len(entries)),
        offset=None if entries.offset is None else entries.offset[rows],
        announced=None if entries.announced is None else entries.announced[rows],
    )


def taken_addenda(addenda: Addenda, rows: Int64, count: int, /) -> Addenda:
    """Return the addenda of these rows of ``count`` entries, owned by the places of the rows."""
    place = np.full(count, -1, np.int64)
    place[rows] = np.arange(len(rows))
    owner = place[addenda.entry]
    order = np.argsort(owner, kind="stable")
    order = order[owner[order] >= 0]
    return Addenda(entry=owner[order], type_code=addenda.type_code[order], content=picked(addenda.content, order))


def taken_batches(batches: Batches, rows: Sequence[int], /) -> Batches:
    """Return the batches of these rows, in their order."""
    columns = {name: getattr(batches, name) for name in Batches.__dataclass_fields__}
    return replace(
        batches,
        **{name: [column[row] for row in rows] for name, column in columns.items() if column is not None},
    )


def services_of(entries: Entries, count: int, /) -> list[int]:
    """Return the service class of each of ``count`` batches with entries: 225 debits only, 220 credits only, 200."""
    debit = DEBIT[entries.transaction_code]
    debits = np.bincount(entries.batch[debit], minlength=count)
    credits_ = np.bincount(entries.batch[~debit], minlength=count)
    service = np.where(credits_ == 0, DEBITS_ONLY, np.where(debits == 0, CREDITS_ONLY, MIXED))
    return [int(code) for code in service]


def sequenced(entries: Entries, others: Entries, /) -> Entries:
    """Return both as one, in the order of their batches; in a batch the others, which have no addenda, come last."""
    order = np.argsort(np.concatenate([entries.batch, others.batch]), kind="stable")
    columns = {
        name: np.concatenate([_filled(entries, name), _filled(others, name)])[order]
        for name in Entries.__dataclass_fields__
        if name != "addenda" and not (getattr(entries, name) is None and getattr(others, name) is None)
    }
    addenda = entries.addenda
    if addenda is not None:
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        addenda = replace(addenda, entry=place[addenda.entry])
    return replace(entries, **columns, addenda=addenda)


def _filled(entries: Entries, name: str) -> Int64:
    """Return a column of the entries, zeros where it was left out."""
    column: Int64 | None = getattr(entries, name)
    return np.zeros(len(entries), np.bool_ if name == "offset" else np.int64) if column is None else column
