"""What we asked of the ODFI about an entry that is at the bank, and the returns that answer it.

A request for return may be made for any reason since 1 October 2024, and a business debit may be returned late when the
ODFI agrees. A return that says so and was neither asked for nor agreed to can be dishonored.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.orders import locked_order
from ingather.actions.returns.deciding import ReturnedOrder
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import WITH_THE_BANK
from ingather.domain.refusals import WrongState
from ingather.domain.returns import OdfiRequestKind, RequestState
from ingather.rules.return_codes import return_reasons
from ingather.rules.returns import Decision
from ingather.rules.rows import Standing
from ingather.store.tables import Account, Authorization, Batch, Entry, OdfiRequest, Order

_AT_ONCE = 2_000


def request_return(ctx: Context, order_id: int, *, reason: str) -> date:
    """Keep that the ODFI was asked to have an order's debit returned, and return the day of the request.

    Raises ``WrongState`` for an order whose debit is not with the bank, or that was asked for already.
    """
    return _keep(ctx, order_id, OdfiRequestKind.RETURN_REQUESTED, FactKind.RETURN_REQUESTED, reason)


def consent_to_late_return(ctx: Context, order_id: int, *, reason: str) -> date:
    """Keep that we agreed to take a business debit back late, and return the day of the consent.

    Raises ``WrongState`` as ``request_return`` does, and for an SEC code that cannot come back so.
    """
    return _keep(ctx, order_id, OdfiRequestKind.LATE_RETURN_CONSENTED, FactKind.LATE_RETURN_CONSENTED, reason)


def _keep(ctx: Context, order_id: int, kind: OdfiRequestKind, fact: FactKind, reason: str) -> date:
    order = locked_order(ctx, order_id)
    name = public_id(Prefix.ORDER, order_id)
    if order.state not in WITH_THE_BANK:
        said = f"order {name} is {order.state}, only a debit that is with the bank can come back"
        raise WrongState(said, "Cancel it while it is open, void its file while it is not sent")
    entry_id, entry_class, holder = ctx.session.execute(
        select(Entry.id, Batch.entry_class, Account.holder)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(Order, Order.id == Entry.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(Entry.order_id == order_id, Entry.presentation.is_not(None), Entry.ended.is_(None)),
    ).one()
    fitting = [
        each
        for each in return_reasons()
        if each.answers is kind and each.row.standing(ctx.today) is Standing.IN_FORCE and each.fits(entry_class, holder)
    ]
    if not fitting:
        said = f"the debit of order {name} is a {entry_class}, which cannot be returned late by consent"
        raise WrongState(said, "Ask for its return instead: ingather return request")
    asked = ctx.session.scalar(select(OdfiRequest).where(OdfiRequest.entry_id == entry_id, OdfiRequest.kind == kind))
    if asked is not None:
        said = f"that is on record for order {name} since {asked.asked_on}"
        raise WrongState(said)
    ctx.session.add(
        OdfiRequest(
            id=ctx.ids.one(),
            originator_id=order.originator_id,
            entry_id=entry_id,
            order_id=order_id,
            kind=kind,
            about_id=0,
            state=RequestState.ASKED,
            reason=reason,
            asked_on=ctx.today,
            answered_on=None,
            actor=ctx.actor,
            recorded_at=ctx.now,
        ),
    )
    ctx.fact(fact, scope=Scope.ENTRY, subject=entry_id, originator=order.originator_id, order=order_id, reason=reason)
    ctx.audit(str(fact), name, reason=reason)
    return ctx.today


def answer_requests(ctx: Context, decided: Sequence[tuple[ReturnedOrder, Decision]]) -> frozenset[int]:
    """Mark the requests that returns answer, and return the entries whose return was asked for or agreed to."""
    answering = {item.match.entry_id: (item, decision.answers) for item, decision in decided if decision.answers}
    entry_ids = sorted(answering)
    answered: set[int] = set()
    for start in range(0, len(entry_ids), _AT_ONCE):
        chosen = select(OdfiRequest).where(OdfiRequest.entry_id.in_(entry_ids[start : start + _AT_ONCE]))
        for request in ctx.session.scalars(chosen):
            entry_id = request.entry_id or 0
            item, kind = answering[entry_id]
            if request.kind == kind:
                request.answered_on, request.state = item.returned_on, RequestState.ANSWERED
                answered.add(entry_id)
    return frozenset(answered)
