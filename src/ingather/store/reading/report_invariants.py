"""What holds of reports and what they release: nothing is collected that a missing report could take back."""

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from ingather.domain.entries import COLLECTING
from ingather.domain.orders import OrderState
from ingather.rules.watermark import covers
from ingather.store.coverage import covered_days
from ingather.store.tables import Batch, Entry, Feed, File, Order, Route


def collected_too_early(session: Session) -> int:
    """Return how many orders are collected whose window, from settlement to the end of the hold, is not covered."""
    rows = session.execute(
        select(Feed.id, Feed.watermark_on, Batch.settled_on, Batch.hold_until, func.count())
        .select_from(Order)
        .join(Entry, and_(Entry.order_id == Order.id, Entry.kind.in_(COLLECTING), Entry.ended.is_(None)))
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Batch.file_id)
        .join(Route, Route.id == File.route_id)
        .join(Feed, Feed.id == Route.feed_id)
        .where(
            Order.state == OrderState.COLLECTED,
            or_(
                Batch.settled_on.is_(None),
                Batch.hold_until.is_(None),
                Feed.watermark_on.is_(None),
                Feed.watermark_on < Batch.hold_until,
            ),
        )
        .group_by(Feed.id, Feed.watermark_on, Batch.settled_on, Batch.hold_until)
    ).all()
    covered = covered_days(session) if rows else {}
    return sum(
        count
        for feed_id, through, settled_on, hold_until, count in rows
        if settled_on is None
        or hold_until is None
        or not covers(settled_on, hold_until, through=through, covered=covered.get(feed_id, frozenset()))
    )
