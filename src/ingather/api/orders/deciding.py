"""What a person or a system decides about an order."""

from collections.abc import Callable

from fastapi import Response

from ingather.actions.context import Context
from ingather.actions.order_decisions import paid_order
from ingather.actions.orders import cancel_order, fail_order, hold_order, unhold_order
from ingather.actions.suspected import confirm_order
from ingather.api.calls import Call
from ingather.api.orders.showing import Order, order_shown
from ingather.api.routes import Routes
from ingather.api.shapes import OrderId, Reasoned
from ingather.base.ids import Prefix
from ingather.domain.users import Permission

routes = Routes("orders")
_WRITES = Permission.ORDERS_WRITE


@routes.post("/orders/{order_id}/cancel", needs=_WRITES, returns=Order)
def cancel_an_order(call: Call, order_id: OrderId, body: Reasoned) -> Response:
    """Cancel an order that is in no file; once it is in one, a refund is the way."""
    return _done(call, order_id, lambda ctx, key: cancel_order(ctx, key, reason=body.reason))


@routes.post("/orders/{order_id}/hold", needs=_WRITES, returns=Order)
def hold_an_order(call: Call, order_id: OrderId, body: Reasoned) -> Response:
    """Keep an order from being debited; what is sealed and not sent will not be sent."""
    return _done(call, order_id, lambda ctx, key: hold_order(ctx, key, reason=body.reason))


@routes.post("/orders/{order_id}/release", needs=_WRITES, returns=Order)
def release_an_order(call: Call, order_id: OrderId, body: Reasoned) -> Response:
    """Let a held order be debited again."""
    return _done(call, order_id, lambda ctx, key: unhold_order(ctx, key, reason=body.reason))


@routes.post("/orders/{order_id}/confirm", needs=_WRITES, returns=Order)
def confirm_an_order(call: Call, order_id: OrderId, body: Reasoned) -> Response:
    """Let an order be debited that looks like another one: both are owed."""
    return _done(call, order_id, lambda ctx, key: confirm_order(ctx, key, reason=body.reason))


@routes.post("/orders/{order_id}/fail", needs=_WRITES, returns=Order)
def fail_an_order(call: Call, order_id: OrderId, body: Reasoned) -> Response:
    """Give up a returned order: it is not debited again."""
    return _done(call, order_id, lambda ctx, key: fail_order(ctx, key, reason=body.reason))


@routes.post("/orders/{order_id}/paid-otherwise", needs=_WRITES, returns=Order)
def note_order_paid(call: Call, order_id: OrderId, body: Reasoned) -> Response:
    """Note that the buyer paid an open or returned order otherwise: it is never debited again."""
    return _done(call, order_id, lambda ctx, key: paid_order(ctx, key, reason=body.reason))


def _done(call: Call, order_id: str, do: Callable[[Context, int], object]) -> Response:
    def act(ctx: Context) -> Order:
        key = call.key_of(ctx, Prefix.ORDER, order_id)
        do(ctx, key)
        ctx.session.flush()
        return order_shown(ctx, key)

    return call.act(act, read=lambda ctx: order_shown(ctx, call.key_of(ctx, Prefix.ORDER, order_id)))
