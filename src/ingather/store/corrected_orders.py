"""Orders of which one corrected debit is planned: whether it may still be made, and since when its days run."""

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.base.columns import Int64, Mask
from ingather.domain.entries import EntryEnd, EntryKind
from ingather.store.bulk import read_columns
from ingather.store.days import days_of
from ingather.store.tables import Entry, Return

_AT_ONCE = 5_000


def to_be_corrected(session: Session, order_ids: Int64, planned: Mask) -> tuple[Mask, Int64]:
    """Return which of ``n`` orders get their one corrected debit next, and when their last return settled.

    ``planned`` are those whose order says so. One that has had its corrected debit gets no second, whatever the order
    says; the days are since 1970, 0 where unknown and for all other orders, which are nearly all.
    """
    corrected, returned_on = planned.copy(), np.zeros(len(order_ids), np.int64)
    chosen = np.flatnonzero(planned)
    if not len(chosen):
        return corrected, returned_on
    for part in np.array_split(chosen, len(chosen) // _AT_ONCE + 1):
        keys = order_ids[part].tolist()
        ids, days = read_columns(
            session,
            select(Return.order_id, func.max(Return.returned_on))
            .where(Return.order_id.in_(keys), Return.applied)
            .group_by(Return.order_id),
        )
        (made,) = read_columns(
            session,
            select(Entry.order_id).where(
                Entry.order_id.in_(keys),
                Entry.presentation.is_not(None),
                Entry.ended.is_(None) | (Entry.ended == EntryEnd.RETURNED),
                Entry.kind == EntryKind.CORRECTED,
            ),
        )
        by_order = dict(zip(ids, days_of(days).tolist(), strict=True))
        returned_on[part] = [by_order.get(key, 0) for key in keys]
        corrected[part] = ~np.isin(order_ids[part], np.array(made, np.int64))
    return corrected, returned_on
