"""The life of an order as one timeline, with its deadlines and what is to be done next."""

from datetime import date, datetime
from typing import Any

from fastapi import Response
from pydantic import Field

from ingather.api.calls import Call, no_such
from ingather.api.orders.showing import Order, order_shown
from ingather.api.routes import Routes
from ingather.api.shapes import OrderId, Shown
from ingather.base.ids import Prefix
from ingather.domain.users import Permission
from ingather.store.reading.next_steps import deadlines_of, next_steps_of
from ingather.store.reading.timeline import life_of, moments_of

routes = Routes("orders")


class OrderMoment(Shown):
    """One thing that happened to an order."""

    at: datetime
    kind: str = Field(description="recorded, call, entry, approval, fact, bank or ledger; more may be added.")
    sentence: str
    actor: str | None
    evidence: dict[str, Any] = Field(
        description="What proves it: a fact's number, a file's line and columns, a report's line, a ledger line."
    )


class OrderDeadline(Shown):
    """A day that matters to an order."""

    on: date
    kind: str = Field(description="collect, hold, return_window, retry, case or notice; more may be added.")
    sentence: str
    rule: str | None


class OrderStep(Shown):
    """What is to be done next, and by whom."""

    who: str = Field(description="merchant, desk, approver, bank, nobody, or a case's owner; more may be added.")
    sentence: str
    on: date | None


class OrderTimeline(Shown):
    """One order explained: everything that happened, in order, and what is to come."""

    order: Order
    data: list[OrderMoment]
    deadlines: list[OrderDeadline]
    next_steps: list[OrderStep]


@routes.get("/orders/{order_id}/timeline", needs=Permission.ORDERS_READ, returns=OrderTimeline)
def explain_order(call: Call, order_id: OrderId) -> Response:
    """Explain an order: calls, file lines, bank records, ledger lines, approvals, deadlines, and what is next."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.ORDER, order_id)
        life = life_of(ctx.session, key)
        if life is None:
            raise no_such(Prefix.ORDER, order_id)
        moments = moments_of(ctx.session, life, bound=call.caller.merchant_id is not None)
        deadlines, steps = deadlines_of(ctx.session, life), next_steps_of(life)
        return call.show(
            OrderTimeline(
                order=order_shown(ctx, key),
                data=[
                    OrderMoment(
                        at=each.at, kind=each.kind, sentence=each.sentence, actor=each.actor, evidence=each.evidence
                    )
                    for each in moments
                ],
                deadlines=[
                    OrderDeadline(on=each.on, kind=each.kind, sentence=each.sentence, rule=each.rule)
                    for each in deadlines
                ],
                next_steps=[OrderStep(who=each.who, sentence=each.sentence, on=each.on) for each in steps],
            )
        )
