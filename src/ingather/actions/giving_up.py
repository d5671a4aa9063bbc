"""Giving up by policy: what was never debitable for too long, and what may not be presented again any more, fails.

An order fails with the reason it had. It stays while a person holds it, while a case is open about it, and while it
waits for our own limits or set-up: such orders are counted and told. An order that no night has looked at is young,
however old its due date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, false, func, or_, select, update

from ingather.actions.cases import close_about
from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.rules.overdue import WAITS_FOR_US, last_correctable_return, last_due, last_first_settlement
from ingather.rules.policy import HousePolicy
from ingather.rules.return_codes import NextStep
from ingather.store import events
from ingather.store.open_orders import among_open
from ingather.store.tables import Case, Order, Return
from ingather.store.tables.cases import ENTANGLES

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """How many orders were given up, and how many wait as long but for a person or for ourselves."""

    orders: int
    waiting: int


def give_up_overdue(ctx: Context, originator_id: int, *, policy: HousePolicy) -> GivenUp:
    """Fail the orders that policy and Rules give up by today; an action that finds none leaves no record."""
    waits = or_(
        Order.held,
        Order.suspected,
        func.coalesce(Order.reason, "").in_(sorted(WAITS_FOR_US)),
        exists().where(
            Case.order_id == Order.id,
            Case.state == CaseState.OPEN,
            ENTANGLES,
            Case.kind != CaseKind.CORRECTABLE_RETURN,
        ),
    )
    found: dict[int, Row[*tuple[Any, ...]]] = {}
    # Two questions, each with an index of its own: neither looks at the orders that are done.
    for overdue in (_never_debited(ctx, originator_id, policy), _not_again(ctx, originator_id)):
        chosen = (
            select(Order.id, Order.presentations, Order.reason, Order.last_code, waits.label("waits"))
            .where(Order.originator_id == originator_id, overdue)
            .order_by(Order.id)
        )
        found.update({row.id: row for row in ctx.session.execute(chosen)})
    ending = [row for _, row in sorted(found.items()) if not row.waits]
    if ending:
        _fail(ctx, originator_id, ending)
    return GivenUp(orders=len(ending), waiting=len(found) - len(ending))


def _never_debited(ctx: Context, originator_id: int, policy: HousePolicy) -> ColumnElement[bool]:
    """Return which orders were refused by nights until long after their due date, or after the day of their retry."""
    last = last_due(policy.give_up, today=ctx.today)
    if last is None:
        return false()
    known_since = ctx.now - timedelta(days=policy.give_up.after_days)
    return and_(
        among_open(ctx.session, originator_id, until=last),
        Order.reason.is_not(None),
        Order.created_at <= known_since,
        Order.collect_on <= last,
        Order.state.in_([OrderState.OPEN, OrderState.RETURNED]),
    )


def _not_again(ctx: Context, originator_id: int) -> ColumnElement[bool]:
    """Return which returned orders are past the Rules' last day for a retry, or for the one corrected entry."""
    last = last_correctable_return(ctx.today)
    correctable = (Return.order_id == Order.id, Return.applied, Return.next_step == NextStep.CORRECTED_ENTRY)
    correction_over = and_(
        or_(Order.collect_on.is_(None), Order.corrected),
        exists().where(*correctable, Return.returned_on <= last),
        ~exists().where(*correctable, or_(Return.returned_on > last, Return.returned_on.is_(None))),
    )
    retry_over = and_(~Order.corrected, Order.first_settled_on <= last_first_settlement(ctx.today))
    returned = among_open(ctx.session, originator_id, returned=True)
    return and_(returned, Order.state == OrderState.RETURNED, or_(retry_over, correction_over))


def _fail(ctx: Context, originator_id: int, ending: Sequence[Row[*tuple[Any, ...]]]) -> None:
    ids = [row.id for row in ending]
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        ctx.session.execute(
            update(Order)
            .where(Order.id.in_(part))
            .values(state=OrderState.FAILED, collect_on=None, corrected=False, version=Order.version + 1)
            .execution_options(synchronize_session=False),
        )
        close_about(ctx, CaseKind.CORRECTABLE_RETURN, part, outcome="its days for a corrected entry are over")
    events.add_many(
        ctx.session,
        FactKind.GIVEN_UP,
        scope=Scope.ORDER,
        subjects=ids,
        originator=originator_id,
        on=[ctx.today] * len(ids),
        at=ctx.now,
        actor=ctx.actor,
        once=[str(row.presentations) for row in ending],
        detail=[
            {"because": row.reason or "window-over"} | ({"code": row.last_code} if row.last_code else {})
            for row in ending
        ],
    )
    ctx.audit("give_up_overdue", public_id(Prefix.ORDER, ids[0]), orders=len(ids))
