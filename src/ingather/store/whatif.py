"""The book's history of collected debits, as columns for a replay under other terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ingather.base.dates import NEW_YORK
from ingather.domain.entries import EntryEnd
from ingather.rules.policy_settlement import SettlementTerms
from ingather.rules.release import OwnTerms, release_terms
from ingather.rules.whatif import NEVER, History, ReplayTerms
from ingather.store.bulk import read_columns
from ingather.store.tables import Batch, Entry, Merchant, Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Debits that were collected, and for each the index of its kind: a merchant with an SEC class."""

    history: History
    kind: np.ndarray[Any, np.dtype[np.int64]]
    kinds: tuple[tuple[OwnTerms, str], ...]


def read_collected(session: Session, originator_id: int, *, first: date, last: date) -> Collected:
    """Return the debits that settled in a span of days and were collected, whatever came of them later.

    Every entry of the span is read: it is a look at the past, not a step of a night.
    """
    late = and_(Return.entry_id == Entry.id, Return.applied, Return.clawed_back, Return.undone_on.is_(None))
    columns = read_columns(
        session,
        select(Batch.merchant_id, Batch.entry_class, Entry.amount_cents, Batch.settled_on, Batch.hold_until,
               Return.returned_on, Return.received_at)
        .join(Entry, Entry.batch_id == Batch.id)
        .outerjoin(Return, late)
        .where(
            Batch.originator_id == originator_id,
            Batch.released,
            Batch.settled_on.between(first, last),
            Entry.presentation.is_not(None),
            or_(Entry.ended.is_(None), and_(Entry.ended == EntryEnd.RETURNED, Return.id.is_not(None))),
        )
        .order_by(Entry.id),
    )  # fmt: skip
    merchant, entry_class, amount, settled, held, returned, received = columns
    # A carrier that gives no settlement day means the day it came.
    back = [day or (at and at.astimezone(NEW_YORK).date()) for day, at in zip(returned, received, strict=True)]
    own = {
        row.id: OwnTerms(tier=row.tier, hold_days=row.hold_days, reserve_bps=row.reserve_bps)
        for row in session.scalars(select(Merchant).where(Merchant.originator_id == originator_id))
    }
    places: dict[tuple[int, str], int] = {}
    kind = [places.setdefault(pair, len(places)) for pair in zip(merchant, entry_class, strict=True)]
    return Collected(
        history=History(
            merchant_id=np.array(merchant, np.int64),
            amount_minor=np.array(amount, np.int64),
            settled_on=_days(settled),
            collected_on=_days(held),
            returned_on=_days(back),
        ),
        kind=np.array(kind, np.int64),
        kinds=tuple((own[merchant_id], sec) for merchant_id, sec in places),
    )


def terms_of(collected: Collected, policy: SettlementTerms) -> ReplayTerms:
    """Return the terms that a policy gives each debit, its merchant's own included."""
    terms = [release_terms(policy, own, entry_class) for own, entry_class in collected.kinds]
    hold_days, reserve_bps, reserve_days = (
        np.array([getattr(each, name) for each in terms] or [0], np.int64)
        for name in ("hold_days", "reserve_bps", "reserve_days")
    )
    at = collected.kind
    return ReplayTerms(hold_days=hold_days[at], reserve_bps=reserve_bps[at], reserve_days=reserve_days[at])


def _days(values: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    known: dict[Any, int] = {None: NEVER}
    for value in set(values) - {None}:
        known[value] = (date.fromisoformat(value) if isinstance(value, str) else value).toordinal()
    return np.array([known[value] for value in values], np.int64)
