"""Merchants for whom money was collected and who have been told of no payment since.

A debit whose merchant is not paid is an incomplete transaction, returnable for sixty days: it must not go unseen.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from ingather.base.dates import NEW_YORK, first_instant
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.store.asking import Value, asked
from ingather.store.tables import Merchant, Posting, Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaid:
    """A merchant with what is owed to it, in minor units, and the New York date on which the first of it was free."""

    merchant_id: int
    external_id: str
    owed_minor: int
    since: date


def read_unpaid(session: Session, originator_id: int, *, released_by: date) -> list[Unpaid]:
    """Return the merchants owed something that was released by the end of a day and is on no statement, by their keys.

    A release that a missing report held back counts from when it came: before, nobody could have been paid. What a
    statement left on hold, or below the least payout, counts from that statement: the next one pays it or says why.

    The ledger says it: what became available after a merchant's last statement, less what was clawed back, and what
    that statement carried over.
    """
    until = first_instant(released_by + timedelta(days=1), at=time(0), zone=NEW_YORK)
    return [
        Unpaid(
            merchant_id=merchant_id,
            external_id=external_id,
            owed_minor=int(minor),
            since=at.astimezone(NEW_YORK).date(),
        )
        for merchant_id, external_id, minor, at in session.execute(*_owed(originator_id=originator_id, until=until))
    ]


@asked()
def _owed(originator_id: Value, until: Value) -> Select[*tuple[Any, ...]]:
    last = (
        select(Settlement.merchant_id, func.max(Settlement.made_at).label("made_at"))
        .where(Settlement.originator_id == originator_id)
        .group_by(Settlement.merchant_id)
        .subquery()
    )
    freed = case((Posting.kind.in_([JournalKind.COLLECTED, JournalKind.PAYABLE_AGAIN]), Posting.recorded_at))
    later = and_(
        Posting.merchant_id == Merchant.id,
        Posting.originator_id == originator_id,
        Posting.account == LedgerAccount.PAYABLE_AVAILABLE,
        Posting.kind != JournalKind.PAID_OUT,
        last.c.made_at.is_(None) | (Posting.recorded_at > last.c.made_at),
    )
    closing = func.coalesce(func.max(Settlement.closing_minor), 0)
    owed = closing - func.coalesce(func.sum(Posting.amount_minor), 0)
    since = case((closing > 0, func.max(Settlement.made_at)), else_=func.min(freed))
    return (
        select(Merchant.id, Merchant.external_id, owed, since)
        .outerjoin(last, last.c.merchant_id == Merchant.id)
        .outerjoin(Settlement, (Settlement.merchant_id == Merchant.id) & (Settlement.made_at == last.c.made_at))
        .outerjoin(Posting, later)
        .where(Merchant.originator_id == originator_id)
        .group_by(Merchant.id, Merchant.external_id)
        .having(owed > 0, since < until)
        .order_by(Merchant.id)
    )
