"""The statements by which what may explain a posting is asked, each built once."""

from datetime import date
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from ingather.domain.entries import EntryEnd
from ingather.domain.files import AT_THE_BANK, FileState
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.reconciliation import MatchKind
from ingather.store.asking import Value, asked
from ingather.store.tables import (
    Adjustment,
    Batch,
    Dispute,
    Entry,
    File,
    Match,
    Payout,
    Report,
    ReportedSettlement,
    Return,
    Route,
)
from ingather.store.tables.returns import TAKEN_BACK

_SENT = sorted(AT_THE_BANK | {FileState.SENDING, FileState.IN_DOUBT})
# Some banks leave the settlement date of a return blank: it then counts for the day of the report that told of it.
_RETURNED_ON = func.coalesce(Return.returned_on, Report.business_on)


def batch_sides(chosen: Select[int] | CompoundSelect[int]) -> Select[*tuple[Any, ...]]:
    """Return the sides of batches, as rows; ``chosen`` selects their keys."""
    return (
        select(
            Batch.id, Batch.merchant_id, Batch.number, Batch.company_identification, Batch.effective_on,
            Batch.settled_on, Batch.settlement_basis, Batch.debit_cents, Batch.credit_cents,
            File.created_on, File.created_hhmm, File.id_modifier, File.state,
        )
        .join(File, File.id == Batch.file_id)
        .where(Batch.id.in_(chosen), Batch.rejected.is_(False), File.state.in_(_SENT))
        .order_by(Batch.id)
    )  # fmt: skip


@asked()
def sides_around(originator_id: Value, feed_id: Value, since: Value, through: Value) -> Select[*tuple[Any, ...]]:
    """Ask for the sides of an account's batches that postings around these days may settle."""
    return batch_sides(chosen(originator_id, feed_id, since, through))


@asked("part")
def refused_in(part: Value) -> Select[int, str, int]:
    """Ask for the cents that the bank refused in each batch, by kind."""
    return (
        select(Entry.batch_id, Entry.kind, func.sum(Entry.amount_cents))
        .where(Entry.batch_id.in_(part), Entry.ended == EntryEnd.REJECTED)
        .group_by(Entry.batch_id, Entry.kind)
    )


def chosen(
    originator_id: int | Value, feed_id: int | Value, since: date | Value, through: date | Value
) -> CompoundSelect[int]:
    """Select the batches of an account that may be settled by postings around these days."""
    mine = select(Batch.id).join(File, File.id == Batch.file_id).join(Route, Route.id == File.route_id)
    mine = mine.where(Route.feed_id == feed_id, Batch.originator_id == originator_id)
    unsettled = mine.where(Batch.settled_on.is_(None), Batch.effective_on <= through)
    # A hold ends after its settlement: this finds, by an index, all that settled since.
    recent = mine.where(Batch.hold_until >= since)
    return unsettled.union(recent)


@asked("part")
def references_of(part: Value) -> Select[int | None, int, str]:
    """Ask by which references the bank told of these batches."""
    return (
        select(ReportedSettlement.batch_id, ReportedSettlement.amount_minor, ReportedSettlement.bank_ref)
        .where(ReportedSettlement.batch_id.in_(part))
        .order_by(ReportedSettlement.id)
    )


@asked("part")
def taken_of(part: Value, kind: Value) -> Select[int, int]:
    """Ask for the amounts that standing matches of a kind have taken of these targets."""
    return select(Match.target_id, Match.amount_minor).where(
        Match.target_id.in_(part), Match.kind == kind, Match.undone_at.is_(None)
    )


def returned(
    originator_id: int | Value, feed_id: int | Value, since: date | Value, through: date | Value
) -> Select[*tuple[Any, ...]]:
    """Return the returns of an account's entries that settled in these days and moved money, matched or not."""
    first = aliased(Return)
    return (
        select(
            Return.id, Return.batch_id, Return.amount_cents, _RETURNED_ON.label("returned_on"), Return.original_trace,
            Return.posting_ref, Return.applied, Return.timeliness, Return.deadline_on, Return.order_id, Return.item_key,
            Entry.kind.label("entry_kind"), Batch.company_identification,
        )
        .outerjoin(Report, Report.id == Return.report_id)
        .outerjoin(Entry, Entry.id == Return.entry_id)
        .outerjoin(Batch, Batch.id == Return.batch_id)
        .outerjoin(File, File.id == Batch.file_id)
        .outerjoin(Route, Route.id == File.route_id)
        .where(
            Return.originator_id == originator_id,
            or_(
                Return.returned_on.between(since, through),
                and_(Return.returned_on.is_(None), Report.business_on.between(since, through)),
            ),
            Return.amount_cents > 0,
            ~TAKEN_BACK,
            or_(Route.feed_id.is_(None), Route.feed_id == feed_id),
            ~and_(Return.line == 0, exists().where(first.replaced_by == Return.id)),
        )
        .order_by(Return.id)
    )  # fmt: skip


@asked()
def unmatched_returns(originator_id: Value, feed_id: Value, since: Value, through: Value) -> Select[*tuple[Any, ...]]:
    """Ask for those of them that no standing match has."""
    standing = exists().where(
        Match.target_id == Return.id, Match.kind == MatchKind.RETURN_POSTING, Match.undone_at.is_(None)
    )
    return returned(originator_id, feed_id, since, through).where(~standing)


@asked()
def disputes(originator_id: Value, since: Value) -> Select[*tuple[Any, ...]]:
    """Ask for what was dishonoured, or ended, since a day, with what was corrected."""
    corrected = aliased(Return)
    return (
        select(
            Dispute.id, Dispute.amount_cents, Dispute.dishonoured_on, Dispute.contest_code, Dispute.ended_on,
            Return.original_trace, Return.timeliness, Return.deadline_on,
            corrected.amount_cents.label("corrected_cents"), corrected.batch_id, corrected.applied,
        )
        .join(Return, Return.id == Dispute.return_id)
        .outerjoin(corrected, corrected.id == Return.replaced_by)
        .where(
            Dispute.originator_id == originator_id,
            or_(Dispute.dishonoured_on >= since, Dispute.ended_on >= since),
        )
        .order_by(Dispute.id)
    )  # fmt: skip


@asked()
def adjustments(feed_id: Value, since: Value, through: Value) -> Select[int, str, int, date, str]:
    """Ask for an account's charges and corrections of these days that no standing match has."""
    standing = exists().where(
        Match.target_id == Adjustment.id,
        Match.kind.in_([MatchKind.FEE_POSTING, MatchKind.ADJUSTMENT_POSTING]),
        Match.undone_at.is_(None),
    )
    return (
        select(Adjustment.id, Adjustment.kind, Adjustment.amount_minor, Adjustment.told_on, Adjustment.bank_ref)
        .where(
            Adjustment.feed_id == feed_id,
            Adjustment.told_on >= since,
            Adjustment.told_on <= through,
            Adjustment.amount_minor != 0,
            ~standing,
        )
        .order_by(Adjustment.id)
    )


@asked()
def payouts(originator_id: Value, since: Value) -> Select[int, int, date | None]:
    """Ask for the payouts by sheet that were sent since a day."""
    return select(Payout.id, Payout.amount_minor, Payout.sent_on).where(
        Payout.originator_id == originator_id,
        Payout.method == PayoutMethod.SHEET,
        Payout.state.in_([PayoutState.SENT, PayoutState.SETTLED]),
        Payout.sent_on >= since,
    )
