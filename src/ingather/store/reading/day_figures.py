"""What a banking day of an account came to: the figures of its equations, each read from the rows it is about."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from ingather.domain.entries import CREDITING, EntryEnd
from ingather.domain.files import FileState
from ingather.domain.reconciliation import MatchKind
from ingather.domain.reports import SettlementBasis
from ingather.reports.items import PostingEvent
from ingather.rules.calendar import banking_day_on_or_after
from ingather.rules.day_equations import DayFigures
from ingather.rules.profile_parts import PostingTerms
from ingather.store.reading.explaining import FEES, Around, returned_items, sides_of, signed_cents
from ingather.store.reading.reconciliation import (
    DaySums,
    clearing_of,
    ledger_bank,
    open_returns,
    open_settlements,
    statement_of,
    statements_through,
)
from ingather.store.reading.unmoved import unmoved_of, unmoved_on
from ingather.store.tables import Adjustment, Batch, Dispute, Entry, Feed, File, Return, Route

_ANSWERED = (FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS, FileState.REJECTED)
_NEVER_THERE = (FileState.SEALED, FileState.APPROVED, FileState.VOIDED)
# A hold is two banking days and a buffer of at most ten: it ends within this of the settlement.
_LONGEST_HOLD = timedelta(days=30)
_AT_ONCE = 5_000


def day_figures(session: Session, feed: Feed, day: date, *, terms: PostingTerms, sums: DaySums) -> DayFigures:
    """Return the figures of an account's day; a day without a statement has balances of 0."""
    around = Around(originator_id=feed.originator_id, feed_id=feed.id, since=day, through=day)
    sent, answered = _files(session, feed.id, day)
    settled_now = _settled_on(session, around)
    sides = sides_of(session, select(Batch.id).where(Batch.id.in_(settled_now)))
    rows = session.execute(returned_items(around)).all()
    items = signed_cents(session, rows)
    touched = sorted({*settled_now, *(row.batch_id for row in rows if row.batch_id)})
    gross, back, standing = _life(session, touched)
    statement = statement_of(session, feed.id, day)
    by_entry = terms.granularity == "item"
    return DayFigures(
        sent=sent,
        answered=answered,
        settled=sums.by_kind.get(MatchKind.SETTLEMENT, 0) + open_settlements(sums),
        due=sum(side.amount for side in sides) - (unmoved_of(session, feed, day, settled_now) if by_entry else 0),
        returned=sums.by_kind.get(MatchKind.RETURN_POSTING, 0) + open_returns(sums),
        items=sum(items)
        + _disputed(session, feed.originator_id, day)
        + (unmoved_on(session, feed, day) if by_entry else 0),
        charged=sums.by_kind.get(MatchKind.FEE_POSTING, 0) + sums.open_by_event.get(PostingEvent.FEE, 0),
        charges=_charges(session, feed.id, day),
        debits_back=sum(1 for cents in items if cents < 0),
        tariff=terms.return_fee_minor if terms.fees == "itemised" else 0,
        gross=gross,
        back=back,
        standing=standing,
        uncleared=sum(map(abs, clearing_of(session, feed.originator_id, touched).values())),
        opening=int(statement.opening_minor or 0) if statement is not None else 0,
        moved=sums.total,
        closing=int(statement.closing_minor or 0) if statement is not None else 0,
        ledger=ledger_bank(session, feed.originator_id, through=day),
        statements=statements_through(session, feed.originator_id, through=day),
        netted=terms.settlement == "net_of_returns",
    )


def _files(session: Session, feed_id: int, day: date) -> tuple[int, int]:
    """Return the cents of the files effective on a day, and those that the bank answered or settled."""
    rows = session.execute(
        select(File.id, File.state, File.debit_cents + File.credit_cents)
        .join(Route, Route.id == File.route_id)
        .where(Route.feed_id == feed_id, File.effective_on == day, File.state.not_in(_NEVER_THERE))
    ).all()
    silent = [key for key, state, _ in rows if state not in _ANSWERED]
    settled = session.scalar(
        select(func.sum(Batch.debit_cents + Batch.credit_cents)).where(
            Batch.file_id.in_(silent), Batch.settlement_basis == SettlementBasis.CONFIRMED
        )
    )
    answered = sum(cents for _, state, cents in rows if state in _ANSWERED)
    return sum(cents for _, _, cents in rows), answered + int(settled or 0)


def _settled_on(session: Session, around: Around) -> list[int]:
    """Return the batches that settled on the day, and those that should have by the calendar."""
    day = around.through
    mine = (
        select(Batch.id, Batch.settled_on, Batch.effective_on)
        .join(File, File.id == Batch.file_id)
        .join(Route, Route.id == File.route_id)
        .where(Route.feed_id == around.feed_id, Batch.originator_id == around.originator_id, Batch.rejected.is_(False))
    )
    settled = mine.where(Batch.settled_on == day, Batch.hold_until.between(day, day + _LONGEST_HOLD))
    due = mine.where(Batch.settled_on.is_(None), Batch.effective_on.between(day - timedelta(days=5), day))
    found = [row.id for row in session.execute(settled)]
    return found + [row.id for row in session.execute(due) if banking_day_on_or_after(row.effective_on) == day]


def _disputed(session: Session, originator_id: int, day: date) -> int:
    """Return what dishonours brought on a day, less what contests and corrected returns took again."""
    first = aliased(Return)
    rows = session.execute(
        select(Dispute.amount_cents, Dispute.dishonoured_on, Dispute.contest_code, Dispute.ended_on,
               Return.amount_cents.label("corrected_cents"))
        .join(first, first.id == Dispute.return_id)
        .outerjoin(Return, Return.id == first.replaced_by)
        .where(
            Dispute.originator_id == originator_id,
            or_(Dispute.dishonoured_on == day, Dispute.ended_on == day),
        )
    )  # fmt: skip
    total = 0
    for row in rows:
        total += row.amount_cents if row.dishonoured_on == day else 0
        if row.contest_code and row.ended_on == day:
            total -= row.corrected_cents or row.amount_cents
    return total


def _charges(session: Session, feed_id: int, day: date) -> int:
    cents = session.scalar(
        select(func.sum(Adjustment.amount_minor)).where(
            Adjustment.feed_id == feed_id, Adjustment.told_on == day, Adjustment.kind.in_(sorted(FEES))
        )
    )
    return int(cents or 0)


def _life(session: Session, batch_ids: Sequence[int]) -> tuple[int, int, int]:
    """Return what was sent in these batches and not refused, what of it came back, and what stands, all with signs."""
    gross = back = standing = 0
    signed = case((Entry.kind.in_(CREDITING), -Entry.amount_cents), else_=Entry.amount_cents)
    for start in range(0, len(batch_ids), _AT_ONCE):
        part = batch_ids[start : start + _AT_ONCE]
        files = select(Batch.file_id).where(Batch.id.in_(part))
        rows = session.execute(
            select(Entry.ended, func.sum(signed))
            .where(Entry.file_id.in_(files), Entry.batch_id.in_(part))
            .group_by(Entry.ended)
        )
        for ended, cents in rows:
            gross += 0 if ended in {EntryEnd.REJECTED, EntryEnd.VOIDED} else int(cents)
            standing += int(cents) if ended is None else 0
        returned = session.scalar(
            select(func.sum(signed))
            .select_from(Entry)
            .join(Return, and_(Return.entry_id == Entry.id, Return.applied))
            .where(Entry.file_id.in_(files), Entry.batch_id.in_(part), Entry.ended == EntryEnd.RETURNED)
        )
        back += int(returned or 0)
    return gross, back, standing
