"""The invariants of what follows a debit: reversals, refunds, return fees and disputes; each returns its breaches.

Keys tell the time: a row with a later key was made later.
"""

from sqlalchemy import and_, case, exists, func, literal, not_, or_, select
from sqlalchemy.orm import aliased

from ingather.domain.entries import COLLECTING, EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import AT_THE_BANK, FileState
from ingather.domain.follow_ups import OPEN_FOLLOW_UPS, STANDING, FollowUpKind, FollowUpState
from ingather.domain.ledger import LedgerAccount
from ingather.domain.orders import OrderState
from ingather.domain.returns import OPEN_DISPUTES, DisputeState
from ingather.store.reading.breaches import Question, Statement, breaches
from ingather.store.tables import (
    Batch,
    Dispute,
    Entry,
    Fact,
    File,
    FollowUp,
    Order,
    Posting,
    Return,
)

_CREDITS = (FollowUpKind.REVERSAL, FollowUpKind.REFUND)
_FOLLOWING = tuple(FollowUpKind)
_DEBIT = and_(Entry.kind.in_(COLLECTING), Entry.ended.is_(None), Entry.presentation > 1)
_Original = aliased(Entry)


@breaches
def _refunds() -> Statement:
    """Standing refunds are what their order says, never more than the debit, and never beside a standing reversal."""
    refunded = (
        select(FollowUp.order_id, func.sum(FollowUp.amount_cents).label("cents"))
        .where(FollowUp.kind == FollowUpKind.REFUND, FollowUp.state.in_(sorted(STANDING)))
        .group_by(FollowUp.order_id)
        .subquery()
    )
    reversal = exists().where(
        FollowUp.order_id == Order.id, FollowUp.kind == FollowUpKind.REVERSAL, FollowUp.state.in_(sorted(STANDING))
    )
    return (
        select(Order.id)
        .outerjoin(refunded, refunded.c.order_id == Order.id)
        .where(
            or_(Order.refunded_minor != 0, refunded.c.cents.is_not(None)),
            or_(
                Order.refunded_minor != func.coalesce(refunded.c.cents, 0),
                Order.refunded_minor > Order.amount_minor,
                reversal,
            ),
        )
    )


@breaches
def _reversals() -> tuple[Statement, ...]:
    """A reversal is of one debit, over all of it, settles within its days, and was approved by a second person.

    No return of a debit is applied while its reversal is out: the buyer would have the money twice.
    """
    twice = (
        select(FollowUp.original_entry_id)
        .where(FollowUp.kind == FollowUpKind.REVERSAL, FollowUp.state.in_(sorted(STANDING)))
        .group_by(FollowUp.original_entry_id)
        .having(func.count() > 1)
    )
    unlike = (
        select(FollowUp.id)
        .join(_Original, _Original.id == FollowUp.original_entry_id)
        .outerjoin(Entry, and_(Entry.id == FollowUp.entry_id, Entry.ended.is_(None)))
        .outerjoin(Batch, Batch.id == Entry.batch_id)
        .where(
            FollowUp.kind == FollowUpKind.REVERSAL,
            or_(
                FollowUp.amount_cents != _Original.amount_cents,
                Entry.amount_cents != _Original.amount_cents,
                Entry.order_id != _Original.order_id,
                and_(Entry.id.is_not(None), Batch.effective_on > FollowUp.last_day),
                and_(Entry.id.is_not(None), FollowUp.checker.is_(None)),
            ),
        )
    )
    doubled = (
        select(FollowUp.id)
        .join(_Original, _Original.id == FollowUp.original_entry_id)
        .where(
            FollowUp.kind == FollowUpKind.REVERSAL,
            FollowUp.state.in_([FollowUpState.SENT, FollowUpState.SETTLED, FollowUpState.DONE]),
            _Original.ended == EntryEnd.RETURNED,
        )
    )
    return twice, unlike, doubled


@breaches
def _fees() -> tuple[Statement, ...]:
    """There is one fee at most for a debit, and only for one that came back."""
    twice = (
        select(Entry.original_entry_id)
        .where(
            Entry.kind == FollowUpKind.RETURN_FEE,
            or_(Entry.ended.is_(None), Entry.ended == EntryEnd.RETURNED),
        )
        .group_by(Entry.original_entry_id)
        .having(func.count() > 1)
    )
    of_nothing = select(FollowUp.id).where(
        FollowUp.kind == FollowUpKind.RETURN_FEE,
        ~exists().where(Return.entry_id == FollowUp.original_entry_id),
    )
    of_a_fee = (
        select(FollowUp.id)
        .join(_Original, _Original.id == FollowUp.original_entry_id)
        .where(_Original.kind.not_in(COLLECTING))
    )
    return twice, of_nothing, of_a_fee


@breaches
def _states() -> tuple[Statement, ...]:
    """A follow-up stands where its entry, file and batch do, and every entry that follows a debit has its follow-up."""
    live, settled = Entry.ended.is_(None), Batch.settled_on.is_not(None)
    meant = case(
        (FollowUp.state == FollowUpState.SEALED, and_(live, File.state.not_in([*AT_THE_BANK, FileState.VOIDED]))),
        (FollowUp.state == FollowUpState.SENT, and_(live, File.state.in_(AT_THE_BANK), ~settled)),
        (FollowUp.state == FollowUpState.SETTLED, and_(live, settled)),
        (FollowUp.state == FollowUpState.DONE, and_(live, settled)),
        (FollowUp.state == FollowUpState.RETURNED, Entry.ended == EntryEnd.RETURNED),
        else_=or_(Entry.id.is_(None), func.coalesce(Entry.ended, "") != ""),
    )
    astray = (
        select(FollowUp.id)
        .outerjoin(Entry, Entry.id == FollowUp.entry_id)
        .outerjoin(Batch, Batch.id == Entry.batch_id)
        .outerjoin(File, File.id == Entry.file_id)
        # What is unknown is wrong.
        .where(not_(func.coalesce(meant, False)))
    )
    lost = select(Entry.id).where(
        Entry.kind.in_(_FOLLOWING),
        or_(Entry.ended.is_(None), Entry.ended == EntryEnd.RETURNED),
        ~exists().where(FollowUp.entry_id == Entry.id),
    )
    return astray, lost


@breaches
def _reversed_orders() -> Statement:
    """An order is reversed exactly when a reversal of its debit is done, as far as the debit has settled."""
    done = exists().where(
        FollowUp.order_id == Order.id, FollowUp.kind == FollowUpKind.REVERSAL, FollowUp.state == FollowUpState.DONE
    )
    return select(Order.id).where(
        or_(
            and_(Order.state == OrderState.REVERSED, ~done),
            and_(Order.state.in_([OrderState.SETTLED, OrderState.COLLECTED]), done),
        )
    )


@breaches
def _new_debits() -> Statement:
    """No new debit of an order was made while it was given back or its return disputed, nor after that was final (I15).

    A debit is new when it is not the first presentation.
    """
    given_back = exists().where(
        FollowUp.order_id == Entry.order_id,
        or_(
            and_(FollowUp.kind.in_(_CREDITS), FollowUp.state.in_(sorted(OPEN_FOLLOW_UPS))),
            and_(FollowUp.kind.in_(_CREDITS), FollowUp.state.in_([FollowUpState.DONE, FollowUpState.RETURNED])),
        ),
        FollowUp.id < Entry.id,
    )
    disputed = exists().where(
        Dispute.order_id == Entry.order_id,
        or_(
            and_(Dispute.state.in_(sorted(OPEN_DISPUTES)), Dispute.ended_on.is_(None)),
            # A dispute of a second return, which was never applied, is not about what the order owes.
            and_(
                Dispute.state == DisputeState.UNDONE,
                exists().where(
                    Fact.scope == Scope.ENTRY, Fact.subject_id == Dispute.entry_id, Fact.kind == FactKind.UNDONE
                ),
            ),
        ),
        Dispute.id < Entry.id,
    )
    return select(Entry.id).where(_DEBIT, or_(given_back, disputed))


@breaches
def _credits_out() -> Statement:
    """What the ledger says is on its way to buyers is what was sent and has not settled."""
    balance = select(func.coalesce(func.sum(Posting.amount_minor), 0)).where(
        Posting.account == LedgerAccount.CREDITS_OUT
    )
    sent = (
        select(func.coalesce(func.sum(Entry.amount_cents), 0))
        .join(File, File.id == Entry.file_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(
            Entry.kind.in_(_CREDITS),
            or_(Entry.ended.is_(None), Entry.ended == EntryEnd.RETURNED),
            File.state.in_(AT_THE_BANK),
            Batch.settled_on.is_(None),
        )
    )
    return select(literal(1)).where(balance.scalar_subquery() + sent.scalar_subquery() != 0)


FOLLOW_UP_INVARIANTS: dict[str, Question] = {
    "refunds_within_what_was_collected": _refunds,
    "reversals_are_of_one_debit_in_time": _reversals,
    "one_fee_for_a_returned_debit": _fees,
    "follow_ups_stand_where_their_entries_do": _states,
    "orders_are_reversed_by_reversals": _reversed_orders,
    "no_new_debit_beside_a_follow_up_or_dispute": _new_debits,
    "credits_out_are_sent_and_unsettled": _credits_out,
}
"""Every invariant of follow-ups and disputes by its name, with the question that counts its breaches."""
