"""What a statement proves: a day is complete when its return postings equal the returns that were received.

A posting that names an entry is explained by the return of that entry, whenever the bank tells of it. What names none
is compared by the day: the postings' sum with that of the returns that settled on it, nothing on either side included.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from ingather.actions.context import Context
from ingather.domain.entries import CREDITING
from ingather.domain.reports import SettlementBasis
from ingather.reports.items import PostingEvent
from ingather.rules.profile_parts import PostingTerms
from ingather.store.reading.unmoved import unmoved_on
from ingather.store.tables import BankPosting, Batch, Entry, Feed, File, Report, Return, Route


def tied_days(ctx: Context, feed: Feed, days: Sequence[date], *, terms: PostingTerms) -> dict[date, bool]:
    """Return of each day whether the statement's return postings equal the returns received, in cents.

    Where returns are netted against settlements, the day's settlement postings must be what settled less the returns.
    """
    if terms.returns == "netted":
        return {day: _netted(ctx, feed, day) for day in days}
    by_entry = terms.granularity == "item"
    unmoved = {day: unmoved_on(ctx.session, feed, day) if by_entry else 0 for day in days}
    return {day: _itemised(ctx, feed, day, unmoved=unmoved[day]) for day in days}


def _itemised(ctx: Context, feed: Feed, day: date, *, unmoved: int) -> bool:
    posting = _postings(feed, day, PostingEvent.RETURN)
    named = BankPosting.trace > 0
    explained = exists().where(
        Return.originator_id == feed.originator_id,
        Return.original_trace == BankPosting.trace,
        Return.amount_cents == -BankPosting.amount_minor,
    )
    if ctx.session.execute(select(BankPosting.id).where(posting, named, ~explained).limit(1)).first() is not None:
        return False
    lump = ctx.session.scalar(
        select(func.sum(-BankPosting.amount_minor)).where(
            posting, or_(BankPosting.trace.is_(None), BankPosting.trace == 0)
        )
    )
    by_name = exists().where(
        BankPosting.feed_id == feed.id,
        BankPosting.event == PostingEvent.RETURN,
        BankPosting.trace == Return.original_trace,
        BankPosting.amount_minor == -Return.amount_cents,
    )
    return int(lump or 0) == int(ctx.session.scalar(_returned(feed, day).where(~by_name)) or 0) - unmoved


def _netted(ctx: Context, feed: Feed, day: date) -> bool:
    moved = ctx.session.scalar(
        select(func.sum(BankPosting.amount_minor)).where(_postings(feed, day, PostingEvent.SETTLEMENT))
    )
    gross = ctx.session.scalar(
        select(func.sum(Batch.debit_cents - Batch.credit_cents))
        .join(File, File.id == Batch.file_id)
        .join(Route, Route.id == File.route_id)
        .where(
            Route.feed_id == feed.id,
            Batch.settled_on == day,
            Batch.settlement_basis == SettlementBasis.CONFIRMED,
            Batch.rejected.is_(False),
        )
    )
    back = ctx.session.scalar(_returned(feed, day))
    return int(moved or 0) == int(gross or 0) - int(back or 0)


def _postings(feed: Feed, day: date, event: PostingEvent) -> ColumnElement[bool]:
    return and_(
        BankPosting.feed_id == feed.id,
        BankPosting.value_on == day,
        BankPosting.event == event,
        BankPosting.of_record,
        BankPosting.provisional.is_(False),
    )


def _returned(feed: Feed, day: date) -> Select[int]:
    """Return the question for the cents of the returns that settled on a day, of entries that went over this account.

    A carrier that gives no settlement day means the day of its report. What takes the place of a return whose match was
    undone is the same return once more: it does not count besides.
    """
    first = aliased(Return)
    mine = (
        select(Batch.id)
        .join(File, File.id == Batch.file_id)
        .join(Route, Route.id == File.route_id)
        .where(Route.feed_id == feed.id)
    )
    return (
        select(func.sum(Return.amount_cents))
        .join(Report, Report.id == Return.report_id)
        .where(
            Return.originator_id == feed.originator_id,
            or_(
                Report.feed_id == feed.id,
                Return.batch_id.in_(mine),
                Report.feed_id.is_(None) & Return.batch_id.is_(None),
            ),
            ~exists().where(Entry.id == Return.entry_id, Entry.kind.in_(sorted(CREDITING))),
            ~and_(Return.line == 0, exists().where(first.replaced_by == Return.id)),
            func.coalesce(Return.returned_on, Report.business_on) == day,
        )
    )
