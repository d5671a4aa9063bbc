"""Where every record of a plan stands in its file: rows counted from 0, the file header first."""

from dataclasses import dataclass

import numpy as np

from ingather.base.columns import Int64
from ingather.nacha.plan import Addenda, FilePlan
from ingather.nacha.records import BLOCK_RECORDS
from ingather.nacha.writing.sums import Sums

# Types whose columns 84-87 number them within their entry (RB13 Appendix Three).
_NUMBERED = (5, 17, 18)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Rows of batch headers and controls ``(b,)``, of entries ``(n,)`` and of addenda ``(k,)``, each ascending.

    ``records`` counts all but the fill, ``fill`` the records of nines after them.
    """

    headers: Int64
    controls: Int64
    entries: Int64
    addenda: Int64
    records: int
    fill: int


def place(plan: FilePlan, sums: Sums, *, pad_to_block: bool) -> Places:
    """Return where the records of a plan stand."""
    entries, batches = plan.entries, len(plan.batches)
    inside = sums.entries + sums.addenda
    headers = 1 + 2 * np.arange(batches) + np.cumsum(inside) - inside
    rows = np.arange(2, 2 + len(entries))
    if batches > 1:
        rows += entries.batch
        rows += entries.batch
    addenda = np.empty(0, np.int64)
    if entries.addenda is not None and len(entries.addenda):
        owner = entries.addenda.entry
        following = np.bincount(owner, minlength=len(entries))
        rows += np.cumsum(following) - following
        addenda = owner + 2 * entries.batch[owner] + np.arange(3, 3 + len(owner))
    records = 2 + 2 * batches + int(inside.sum())
    return Places(
        headers=headers,
        controls=headers + inside + 1,
        entries=rows,
        addenda=addenda,
        records=records,
        fill=-records % BLOCK_RECORDS if pad_to_block else 0,
    )


def number_addenda(addenda: Addenda) -> Int64:
    """Return the number of each addenda among those of its entry and type, from 1; 0 for types that have none."""
    kind = addenda.entry * 100 + addenda.type_code
    order = np.arange(len(kind))
    if (kind[1:] < kind[:-1]).any():
        order = np.argsort(kind, kind="stable")
        kind = kind[order]
    fresh = np.append(True, kind[1:] != kind[:-1])[: len(kind)]
    since = np.flatnonzero(fresh)
    numbers = np.empty(len(kind), np.int64)
    numbers[order] = np.arange(1, 1 + len(kind)) - since[np.cumsum(fresh) - 1]
    return np.where(np.isin(addenda.type_code, _NUMBERED), numbers, 0)
