"""Refunds: a credit of our own gives back some or all of a collected order, as often as something is left of it.

What a refund is to give back is reserved at once, by an update that only succeeds while it fits: two refunds at the
same moment never give back more than was collected.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.actions.follow_ups.recording import Debits, Wish, open_cases_of, record_follow_ups
from ingather.actions.follow_ups.terms import live_debit, lock_feeds
from ingather.actions.orders import locked_order
from ingather.actions.rules import keep_rules, policy_of
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.accounts import AccountState
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.follow_ups import STANDING, FollowUpKind, FollowUpState
from ingather.domain.merchants import Screening
from ingather.domain.orders import OrderState
from ingather.domain.refusals import LimitReached, WrongState
from ingather.domain.returns import OPEN_DISPUTES
from ingather.rules.calendar import add_banking_days
from ingather.rules.case_clocks import HOUSE, case_terms
from ingather.rules.refunds import (
    can_come_back,
    first_night_after,
    needs_second_person,
    refund_class,
    return_window_ends,
)
from ingather.rules.rows import ids_of
from ingather.store.tables import Account, Authorization, Buyer, Case, Dispute, FollowUp, Order
from ingather.store.tables.cases import ENTANGLES

REASON = "refund"
"""A refund needs no reason of a table: its words say why."""
_OTHERWISE = "Pay the buyer otherwise, and note it with your own records"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRefund:
    """A refund: its state says whether a second person must approve it.

    ``not_before`` is the first night that may send it (None: tonight's), ``window_ends`` the last day on which the
    debit can come back, ``left_minor`` what can be refunded still.
    """

    follow_up_id: int
    state: FollowUpState
    not_before: date | None
    window_ends: date
    left_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Receiver:
    """Whose account the refund goes to, as it is today."""

    holder: str
    account_state: str
    blocked_by: str | None
    change_due_on: date | None
    buyer_state: str
    screening: str | None


def ask_refund(
    ctx: Context, order_id: int, *, amount_minor: int, reason: str, after_window: bool = False
) -> AskedRefund:
    """Ask for a refund of a collected order; without need of a second person the next night may send it.

    ``after_window`` lets it wait until no return of the debit can come any more. Raises ``NoSuch``, ``LimitReached``
    when more is asked than is left of the order, and ``WrongState`` for an order that is not collected, has something
    open about its debit, or whose buyer's account cannot be credited.
    """
    lock_feeds(ctx, order_ids=[order_id])
    order = locked_order(ctx, order_id)
    name = public_id(Prefix.ORDER, order_id)
    debit = live_debit(ctx, order_id)
    if order.state != OrderState.COLLECTED or debit is None or debit.settled_on is None:
        fact = f"order {name} is {order.state}, only what is collected is refunded"
        raise WrongState(fact, _instead(order.state))
    _refuse_entangled(ctx, order_id, name)
    receiver = _receiver(ctx, order)
    _refuse_unreachable(receiver, name, debit.available_on)
    _reserve(ctx, order, amount_minor, name)
    ends = return_window_ends(debit.settled_on, holder=receiver.holder, entry_class=debit.entry_class)
    returnable = can_come_back(ends, on=ctx.today, watermark_on=debit.watermark_on)
    waits = after_window and returnable
    dual = needs_second_person(
        amount_minor, waits=waits, returnable=returnable,
        dual_over_cents=policy_of(ctx, order.originator_id).refunds.dual_over_cents,
    )  # fmt: skip
    _, row = refund_class(receiver.holder, ctx.today)
    wish = Wish(
        kind=FollowUpKind.REFUND,
        state=FollowUpState.ASKED if dual else FollowUpState.WANTED,
        words=reason,
        rule_set_id=keep_rules(ctx, ids_of([row])),
        not_before=max(first_night_after(ends), ctx.today) if waits else None,
    )
    debits = Debits(
        entry_id=[debit.entry_id],
        order_id=[order_id],
        merchant_id=[order.merchant_id],
        amount_cents=[amount_minor],
        reason=[REASON],
        last_day=[None],
        collected=[True],
    )
    (key,) = record_follow_ups(ctx, order.originator_id, debits, wish)
    _open_case(ctx, order.originator_id, key, debits, wish)
    ctx.audit(
        "ask_refund", public_id(Prefix.FOLLOW_UP, key), order=name, minor=amount_minor, reason=reason,
        state=str(wish.state),
    )  # fmt: skip
    left = ctx.session.execute(
        select(Order.amount_minor - Order.refunded_minor).where(Order.id == order_id)
    ).scalar_one()
    return AskedRefund(
        follow_up_id=key, state=wish.state, not_before=wish.not_before, window_ends=ends, left_minor=left
    )


def _instead(state: str) -> str:
    match state:
        case OrderState.OPEN:
            return "Cancel it with: ingather order cancel"
        case OrderState.SEALED:
            return "Void its file, or hold it and the file is made again without it"
        case OrderState.SUBMITTED | OrderState.SETTLED:
            return "Wait until it is collected; an error of ours is reversed meanwhile: ingather order reverse"
        case _:
            return "There is nothing to give back"


def _refuse_entangled(ctx: Context, order_id: int, name: str) -> None:
    """Raise ``WrongState`` while a case, a dispute or a reversal is open about the order; other refunds do no harm."""
    case_id = ctx.session.scalar(
        select(Case.id)
        .where(Case.order_id == order_id, Case.state == CaseState.OPEN, ENTANGLES, Case.kind != CaseKind.REFUND)
        .order_by(Case.id)
        .limit(1),
    )
    if case_id is not None:
        fact = f"case {public_id(Prefix.CASE, case_id)} is open about order {name}"
        raise WrongState(fact, "Bring it to its end first: ingather case list")
    disputed = select(Dispute.id).where(Dispute.order_id == order_id, Dispute.state.in_(sorted(OPEN_DISPUTES)))
    if ctx.session.execute(disputed).first() is not None:
        fact = f"a return of order {name} is disputed"
        raise WrongState(fact, "Wait for what comes of the dispute")
    reversing = select(FollowUp.id).where(
        FollowUp.order_id == order_id,
        FollowUp.kind == FollowUpKind.REVERSAL,
        FollowUp.state.in_(sorted(STANDING)),
    )
    if ctx.session.execute(reversing).first() is not None:
        fact = f"the debit of order {name} is being reversed, which gives the whole of it back"
        raise WrongState(fact)


def _receiver(ctx: Context, order: Order) -> _Receiver:
    row = ctx.session.execute(
        select(
            Account.holder, Account.state, Account.blocked_by, Account.change_due_on,
            Buyer.state.label("buyer_state"), Buyer.screening,
        )
        .join(Authorization, Authorization.account_id == Account.id)
        .join(Buyer, Buyer.id == Account.buyer_id)
        .where(Authorization.id == order.authorization_id),
    ).one()  # fmt: skip
    return _Receiver(
        holder=row.holder,
        account_state=row.state,
        blocked_by=row.blocked_by,
        change_due_on=row.change_due_on,
        buyer_state=row.buyer_state,
        screening=row.screening,
    )


def _refuse_unreachable(receiver: _Receiver, name: str, effective_on: date) -> None:
    """Raise ``WrongState`` when the buyer's account takes no credit of ours today."""
    if receiver.buyer_state != "active" or receiver.screening == Screening.MATCH:
        fact = f"the buyer of order {name} is suspended or matches a sanctions list, and nothing is paid out meanwhile"
        raise WrongState(fact, "Let compliance decide")
    if receiver.account_state != AccountState.ACTIVE:
        fact = f"the account of order {name} is blocked by {receiver.blocked_by}, a credit to it would come back"
        raise WrongState(fact, _OTHERWISE)
    if receiver.change_due_on is not None and receiver.change_due_on < effective_on:
        fact = f"the account of order {name} has a notification of change that is not applied yet"
        raise WrongState(fact, "Apply it first: ingather case list")


def _reserve(ctx: Context, order: Order, amount_minor: int, name: str) -> None:
    """Reserve what the refund gives back; the update fits or changes nothing, whoever else reserves meanwhile."""
    if amount_minor <= 0:
        fact = "a refund is for more than zero"
        raise WrongState(fact)
    reserved = ctx.session.execute(
        update(Order)
        .where(
            Order.id == order.id,
            Order.state == OrderState.COLLECTED,
            Order.refunded_minor + amount_minor <= Order.amount_minor,
        )
        .values(refunded_minor=Order.refunded_minor + amount_minor, version=Order.version + 1)
        .execution_options(synchronize_session=False),
    )
    if not reserved.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
        left = order.amount_minor - order.refunded_minor
        fact = f"{format_minor(amount_minor)} USD is more than the {format_minor(left)} USD left of order {name}"
        raise LimitReached(fact, "Refund at most what was collected and is not refunded yet")


def _open_case(ctx: Context, originator_id: int, key: int, debits: Debits, wish: Wish) -> None:
    name = public_id(Prefix.FOLLOW_UP, key)
    amount = format_minor(debits.amount_cents[0])
    if wish.state is FollowUpState.ASKED:
        said = f"A refund of {amount} USD waits for a second person ({wish.words}): ingather follow-up approve {name}"
    elif wish.not_before is not None:
        said = f"A refund of {amount} USD goes out on {wish.not_before}, when its debit cannot come back any more."
    else:
        said = f"A refund of {amount} USD goes out with the next night ({wish.words})."
    terms = case_terms(CaseKind.REFUND, ctx.today)
    days = terms.house_days if terms else None
    due_on = None if days is None else add_banking_days(wish.not_before or ctx.today, days)
    open_cases_of(
        ctx, originator_id, FollowUpKind.REFUND, [key], debits, sentence=[said],
        clock=None if due_on is None else HOUSE, due_on=[due_on],
    )  # fmt: skip
