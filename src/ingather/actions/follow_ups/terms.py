"""What is known of a debit when something is to follow it: where it stands, and when a file of ours would settle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.reconciliation.feeds import lock_feed
from ingather.domain.files import FileState
from ingather.rules.banks import load_profile
from ingather.rules.effective import effective_date
from ingather.store.tables import BankProfileRow, Batch, Entry, Feed, File, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDebit:
    """The debit of an order that neither came back nor was put back, with its batch, file and feed.

    ``available_on`` is the effective date of a file that is handed over to the same bank now.
    """

    entry_id: int
    amount_cents: int
    entry_class: str
    file_state: FileState
    effective_on: date
    settled_on: date | None
    watermark_on: date | None
    available_on: date


def available_on(ctx: Context, route_id: int) -> date:
    """Return the effective date of a file that is handed over now by a route."""
    toml = ctx.session.execute(
        select(BankProfileRow.toml).join(Route, Route.bank_profile_id == BankProfileRow.id).where(Route.id == route_id),
    ).scalar_one()
    return effective_date(ctx.now, load_profile(toml).window)


def live_debit(ctx: Context, order_id: int) -> LiveDebit | None:
    """Return the live debit of an order, or None."""
    found = ctx.session.execute(
        select(Entry, Batch, File, Feed.watermark_on)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .join(Route, Route.id == File.route_id)
        .join(Feed, Feed.id == Route.feed_id)
        .where(Entry.order_id == order_id, Entry.presentation.is_not(None), Entry.ended.is_(None)),
    ).one_or_none()
    if found is None:
        return None
    entry, batch, file, watermark_on = found
    return LiveDebit(
        entry_id=entry.id,
        amount_cents=entry.amount_cents,
        entry_class=batch.entry_class,
        file_state=FileState(file.state),
        effective_on=batch.effective_on,
        settled_on=batch.settled_on,
        watermark_on=watermark_on,
        available_on=available_on(ctx, file.route_id),
    )


def lock_feeds(ctx: Context, *, order_ids: Sequence[int] = (), file_id: int | None = None) -> None:
    """Lock the feeds of some orders' debits, or of a file, so that nothing is released while a case is opened."""
    statement = select(Route.feed_id).join(File, File.route_id == Route.id).distinct()
    if file_id is None:
        statement = statement.join(Entry, Entry.file_id == File.id).where(Entry.order_id.in_(order_ids))
    else:
        statement = statement.where(File.id == file_id)
    feed_ids = sorted(ctx.session.scalars(statement))
    for feed_id in feed_ids:
        lock_feed(ctx, feed_id)
