"""Presenting an order again after a dispute has ended and its return stands: by a person, and within the Rules."""

from datetime import date

from sqlalchemy import select

from ingather.actions.cases import close_case
from ingather.actions.context import Context
from ingather.actions.orders import locked_order
from ingather.actions.returns.disputes import DISPUTED, disputed_order, presented_again
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.refusals import NoSuch, WrongState
from ingather.rules.banks import BankProfile, load_profile
from ingather.rules.retries import NoRetry, next_presentation
from ingather.rules.return_codes import return_reason
from ingather.store.tables import BankProfileRow, Case, Dispute, Order, Return, Route
from ingather.store.tables.cases import ENTANGLES

_AFTER_A_DISPUTE = frozenset({CaseKind.DISHONOUR, CaseKind.CONTESTED})


def plan_retry(ctx: Context, return_id: int, *, reason: str) -> date:
    """Plan the next presentation of an order whose return was disputed and stands; returns its settlement day.

    Closes the case that left this to a person. Raises ``NoSuch``; ``WrongState`` while a dispute or any other case
    about the order is open, for an order that waits already or is not returned, and where the Rules allow no retry.
    """
    row = ctx.session.get(Return, return_id)
    name = public_id(Prefix.RETURN, return_id)
    if row is None:
        fact = f"there is no return {name}"
        raise NoSuch(fact)
    if not row.applied or row.order_id is None:
        fact = f"return {name} moved no order"
        raise WrongState(fact)
    order = locked_order(ctx, row.order_id)
    if open_dispute := disputed_order(ctx, order.id):
        fact = f"the dispute {open_dispute} about return {name} is open"
        raise WrongState(fact, f"Let it be first: ingather return undispute {name}")
    if order.state != OrderState.RETURNED or order.collect_on is not None or presented_again(ctx, row):
        waits = f" and waits for {order.collect_on}" if order.collect_on else ""
        fact = f"order {public_id(Prefix.ORDER, order.id)} is {order.state}{waits}"
        raise WrongState(fact)
    _close_cases(ctx, order.id, reason)
    day, why_not = next_day(ctx, row, order)
    if day is None:
        fact = f"the debit of return {name} is not presented again: {why_not}"
        raise WrongState(fact, f"Give it up with: ingather order fail {public_id(Prefix.ORDER, order.id)}")
    _plan(ctx, order, day, once=f"{order.presentations}|{ctx.ids.one()}")
    ctx.audit("plan_retry", name, reason=reason, on=day.isoformat())
    return day


def restore_retry(ctx: Context, row: Return, dispute: Dispute) -> date | None:
    """Plan again what a dispute that was let be had taken back; returns the day, ``None`` where nothing follows."""
    if not row.applied or row.order_id is None:
        return None
    order = locked_order(ctx, row.order_id)
    if order.state != OrderState.RETURNED or order.collect_on is not None or order.reason != DISPUTED:
        return None
    order.reason = f"returned-{row.code}"
    day, _ = next_day(ctx, row, order)
    if day is not None:
        _plan(ctx, order, day, once=f"{order.presentations}|{dispute.id}")
    return day


def next_day(ctx: Context, row: Return, order: Order) -> tuple[date | None, NoRetry | None]:
    """Return the settlement day of an order's next presentation counted from today, or why there is none."""
    reason = return_reason(row.code, on=row.returned_on or ctx.today, information=row.information)
    if reason is None:
        return None, NoRetry.CODE
    return next_presentation(
        reason,
        returned_on=ctx.today,
        presentations=order.presentations,
        first_settled_on=order.first_settled_on,
        amount_cents=row.amount_cents,
        policy=_profile(ctx, order).retry,
    )


def _profile(ctx: Context, order: Order) -> BankProfile:
    statement = (
        select(BankProfileRow.toml)
        .join(Route, Route.bank_profile_id == BankProfileRow.id)
        .where(Route.originator_id == order.originator_id)
        .order_by(Route.id)
    )
    if order.route_id is not None:
        statement = statement.where(Route.id == order.route_id)
    return load_profile(ctx.session.scalars(statement.limit(1)).one())


def _plan(ctx: Context, order: Order, day: date, *, once: str) -> None:
    order.collect_on, order.reason = day, None
    order.version += 1
    ctx.fact(
        FactKind.RETRY_PLANNED, scope=Scope.ORDER, subject=order.id, originator=order.originator_id, on=day, once=once
    )


def _close_cases(ctx: Context, order_id: int, reason: str) -> None:
    """Close what a dispute left open about an order; raises ``WrongState`` when anything else entangles it."""
    found = ctx.session.execute(
        select(Case.id, Case.kind).where(Case.order_id == order_id, Case.state == CaseState.OPEN, ENTANGLES),
    ).all()
    for case in found:
        if case.kind not in _AFTER_A_DISPUTE:
            shown = public_id(Prefix.CASE, case.id)
            fact = f"the case {shown} ({case.kind}) is open about order {public_id(Prefix.ORDER, order_id)}"
            raise WrongState(fact, f"Settle it first: ingather case close {shown}")
    for case in found:
        close_case(ctx, case.id, outcome=f"presented again: {reason}")
