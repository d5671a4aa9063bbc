"""Returns of entries that never moved: where a bank posts each entry, it posts neither these nor their returns."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import encode_key
from ingather.reports.items import PostingEvent
from ingather.store.tables import BankPosting, Batch, Feed, File, Report, Return, Route

_AT_ONCE = 5_000
_EARLIER = timedelta(days=75)
"""Longer than the longest window in which a debit may come back."""


def unmoved_on(session: Session, feed: Feed, day: date) -> int:
    """Return the cents of the returns told of for a day whose entries have no posting of their own on the account.

    An entry is found by our reference, which is its order's: where an earlier debit of the order was posted, its
    return counts as one that moved.
    """
    told = or_(Return.returned_on == day, and_(Return.returned_on.is_(None), Report.business_on == day))
    return _unmoved(session, feed, day, told)


def unmoved_of(session: Session, feed: Feed, day: date, batch_ids: Sequence[int]) -> int:
    """Return the cents of the entries of these batches, due on a day, that came back and have no posting."""
    return sum(
        _unmoved(session, feed, day, Return.batch_id.in_(batch_ids[start : start + _AT_ONCE]))
        for start in range(0, len(batch_ids), _AT_ONCE)
    )


def _unmoved(session: Session, feed: Feed, day: date, chosen: ColumnElement[bool]) -> int:
    rows = session.execute(
        select(Return.order_id, Return.amount_cents)
        .join(Report, Report.id == Return.report_id)
        .join(Batch, Batch.id == Return.batch_id)
        .join(File, File.id == Batch.file_id)
        .join(Route, Route.id == File.route_id)
        .where(
            Return.originator_id == feed.originator_id,
            Return.order_id.is_not(None),
            Return.applied,
            Route.feed_id == feed.id,
            chosen,
        )
    ).all()
    cents: dict[str, int] = {}
    for order_id, amount in rows:
        reference = encode_key(order_id or 0)
        cents[reference] = cents.get(reference, 0) + amount
    names = sorted(cents)
    posted = {
        reference
        for start in range(0, len(names), _AT_ONCE)
        for reference in session.scalars(
            select(func.distinct(BankPosting.reference)).where(
                BankPosting.feed_id == feed.id,
                BankPosting.event == PostingEvent.SETTLEMENT,
                BankPosting.of_record,
                BankPosting.value_on.between(day - _EARLIER, day + _EARLIER),
                BankPosting.reference.in_(names[start : start + _AT_ONCE]),
            )
        )
    }
    return sum(amount for reference, amount in cents.items() if reference not in posted)
