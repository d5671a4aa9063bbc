"""What a desk learns or decides about an order: the buyer paid otherwise, or one corrected entry follows a return."""

from datetime import date, timedelta

from sqlalchemy import exists, select

from ingather.actions.authorizations.notices import note_needed
from ingather.actions.cases import close_about
from ingather.actions.context import Context
from ingather.actions.orders import locked_order
from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.entries import EntryEnd, EntryKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.refusals import WrongState
from ingather.rules.clocks import clock
from ingather.rules.due import MAX_PRESENTATIONS
from ingather.rules.return_codes import NextStep
from ingather.rules.returns import CORRECTION_CLOCK
from ingather.store.tables import Authorization, Case, Entry, Order, Return
from ingather.store.tables.cases import ENTANGLES

_STANDING = frozenset({AuthorizationState.ACTIVE, AuthorizationState.CONSUMED})


def paid_order(ctx: Context, order_id: int, *, reason: str) -> OrderState:
    """Note that the buyer has paid an order otherwise: it is never debited again; returns what it is from now on.

    An open order is canceled, a returned one fails. Raises ``WrongState`` for a final order, and for one whose debit
    is in a file or with the bank: what comes of that debit is paid back instead.
    """
    order = locked_order(ctx, order_id)
    name = public_id(Prefix.ORDER, order_id)
    match order.state:
        case OrderState.OPEN:
            order.state, kind, once = OrderState.CANCELED, FactKind.CANCELED, ""
        case OrderState.RETURNED:
            order.state, kind, once = OrderState.FAILED, FactKind.GIVEN_UP, str(order.presentations)
        case OrderState.SEALED:
            fact = f"order {name} is in a file that is not sent yet"
            raise WrongState(fact, "Hold it, so that its file is made again without it, then say so once more")
        case OrderState.CANCELED | OrderState.FAILED:
            fact = f"order {name} is {order.state}, nothing is debited for it"
            raise WrongState(fact)
        case _:
            fact = f"order {name} is {order.state}, its debit is with the bank"
            raise WrongState(fact, "Refund the buyer once it is collected")
    order.collect_on, order.corrected = None, False
    order.reason = "paid-otherwise"
    order.version += 1
    ctx.fact(
        FactKind.PAID_OTHERWISE, scope=Scope.ORDER, subject=order_id, originator=order.originator_id, reason=reason
    )
    detail = {"reason": reason} if kind is FactKind.CANCELED else {"because": FactKind.PAID_OTHERWISE}
    ctx.fact(kind, scope=Scope.ORDER, subject=order_id, originator=order.originator_id, once=once, **detail)
    note_needed(ctx, order.originator_id, [order.authorization_id])
    for about in (CaseKind.CORRECTABLE_RETURN, CaseKind.SUSPECTED_DUPLICATE):
        close_about(ctx, about, [order_id], outcome=f"the buyer paid otherwise: {reason}")
    ctx.audit("paid_order", name, reason=reason)
    return OrderState(order.state)


def correct_order(ctx: Context, order_id: int, *, reason: str, on: date | None = None) -> date:
    """Plan the one corrected entry that may follow a debit returned as not authorized on those terms.

    It is a new entry for the order's amount under the same authorization, no retry, and settles on ``on``, or as soon
    as a night can; returns the day it waits for. Raises ``WrongState`` when the last return does not allow one, when
    one was made or planned already, when its days are over or not known, when the authorization has ended, and while
    anything else is open about the order's entries.
    Source: Nacha differentiated unauthorized return reasons, 2020.
    """
    order = locked_order(ctx, order_id)
    name = public_id(Prefix.ORDER, order_id)
    last = _last_day(ctx, order, name)
    wanted = on or ctx.today
    if wanted > last or ctx.today >= last:
        fact = f"the corrected entry of order {name} had to settle by {last}"
        raise WrongState(fact, f"Give it up with: ingather order fail {name}")
    authorization = ctx.session.get_one(Authorization, order.authorization_id)
    if authorization.state not in _STANDING:
        fact = f"the authorization of order {name} is {authorization.state}"
        raise WrongState(fact, "Obtain a new authorization and record another order under it")
    _refuse_entangled(ctx, order_id, name)
    order.corrected, order.collect_on, order.reason = True, wanted, None
    order.version += 1
    close_about(ctx, CaseKind.CORRECTABLE_RETURN, [order_id], outcome=f"one corrected entry is planned: {reason}")
    ctx.fact(
        FactKind.CORRECTION_PLANNED,
        scope=Scope.ORDER,
        subject=order_id,
        originator=order.originator_id,
        on=wanted,
        once=str(order.presentations),
        reason=reason,
        by=last.isoformat(),
    )
    ctx.audit("correct_order", name, reason=reason, by=last.isoformat())
    return wanted


def _last_day(ctx: Context, order: Order, name: str) -> date:
    """Return the last day of the corrected entry; raises ``WrongState`` when none may follow the last return."""
    returned = ctx.session.execute(
        select(Return.next_step, Return.returned_on, Return.code)
        .join(Entry, Entry.id == Return.entry_id)
        .where(Return.order_id == order.id, Return.applied)
        .order_by(Entry.presentation.desc())
        .limit(1),
    ).one_or_none()
    if order.state != OrderState.RETURNED or returned is None or returned.next_step != NextStep.CORRECTED_ENTRY:
        fact = f"order {name} is {order.state}" + (f" with {returned.code}" if returned else "")
        fact += ", and no corrected entry follows that"
        raise WrongState(fact, "Record another instalment if more is owed")
    made = ctx.session.execute(
        select(
            exists().where(
                Entry.order_id == order.id,
                Entry.kind == EntryKind.CORRECTED,
                Entry.ended.is_(None) | (Entry.ended == EntryEnd.RETURNED),
            )
        )
    ).scalar_one()
    if made or order.corrected:
        fact = f"the one corrected entry of order {name} has been {'made' if made else 'planned'} already"
        raise WrongState(fact, f"Give it up with: ingather order fail {name}" if made else None)
    if order.presentations >= MAX_PRESENTATIONS:
        fact = f"order {name} has been presented {order.presentations} times, which is as often as is allowed"
        raise WrongState(fact, f"Give it up with: ingather order fail {name}")
    if returned.returned_on is None:
        fact = f"the bank does not say when the return of order {name} settled, so its sixty days cannot be counted"
        raise WrongState(fact, f"Ask the bank; without the day: ingather order fail {name}")
    days = clock(CORRECTION_CLOCK, returned.returned_on).count
    found: date = returned.returned_on + timedelta(days=days)
    return found


def _refuse_entangled(ctx: Context, order_id: int, name: str) -> None:
    """Raise ``WrongState`` while another case about the order's entries is open (invariant I15)."""
    open_case = ctx.session.execute(
        select(Case.id, Case.kind).where(
            Case.order_id == order_id,
            Case.state == CaseState.OPEN,
            Case.kind != CaseKind.CORRECTABLE_RETURN,
            ENTANGLES,
        ),
    ).first()
    if open_case is not None:
        case = public_id(Prefix.CASE, open_case.id)
        fact = f"the case {case} ({open_case.kind}) is open about order {name}"
        raise WrongState(fact, f"Settle it first: ingather case close {case}")
