"""Which follow-ups may go out tonight, as a condition that a query joins Order, Authorization, Account and Buyer to.

The same condition is asked when a night reads what it may seal and right before the file is sent.
"""

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from ingather.domain.accounts import AccountState
from ingather.domain.follow_ups import FollowUpKind
from ingather.domain.orders import OrderState
from ingather.domain.returns import OPEN_DISPUTES
from ingather.store.tables import Account, Buyer, Dispute, Entry, FollowUp, Order

# Names of its own: a query that joins the debit itself would otherwise be taken for the one meant here.
_DEBIT = aliased(Entry)
_REVERSIBLE = (OrderState.SUBMITTED, OrderState.SETTLED, OrderState.COLLECTED)


def in_time(*, night_on: date, effective_on: date, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a follow-up's own days allow a file of this night with this effective date."""
    return and_(
        or_(FollowUp.not_before.is_(None), FollowUp.not_before <= night_on),
        or_(FollowUp.last_day.is_(None), FollowUp.last_day >= effective_on),
        or_(FollowUp.send_by.is_(None), FollowUp.send_by >= now),
    )


def fit() -> ColumnElement[bool]:
    """Return the condition that the debit, its order, the account and the buyer still allow the follow-up.

    A reversal goes back to the account as it was debited, whatever became of the account; its debit stands. A refund
    needs a debit that stands and a collected order; a fee a debit that came back and that nobody disputes. Both need an
    active account without an overdue correction, and an active buyer.
    """
    debit = exists().where(_DEBIT.id == FollowUp.original_entry_id, _DEBIT.ended.is_(None))
    disputed = exists().where(Dispute.entry_id == FollowUp.original_entry_id, Dispute.state.in_(sorted(OPEN_DISPUTES)))
    reachable = and_(Account.state == AccountState.ACTIVE, Buyer.state == "active")
    return or_(
        and_(FollowUp.kind == FollowUpKind.REVERSAL, debit, Order.state.in_(_REVERSIBLE)),
        and_(FollowUp.kind == FollowUpKind.REFUND, debit, Order.state == OrderState.COLLECTED, reachable),
        and_(FollowUp.kind == FollowUpKind.RETURN_FEE, ~debit, ~disputed, reachable),
    )


def sealable(*, night_on: date, effective_on: date, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a wanted follow-up may be sealed into a file of this night."""
    return and_(
        in_time(night_on=night_on, effective_on=effective_on, now=now),
        fit(),
        or_(Account.change_due_on.is_(None), Account.change_due_on >= effective_on,
            FollowUp.kind == FollowUpKind.REVERSAL),
    )  # fmt: skip
