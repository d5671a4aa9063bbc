"""Orders over HTTP: recorded one by one or ten thousand at once, looked up, explained, and decided about."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.orders import cancel_order
from ingather.api.calls import Call, found, labelled
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Metadata, OrderId, Reasoned, Shown, id_field
from ingather.base.ids import Prefix
from ingather.domain.orders import OrderState
from ingather.domain.users import Permission
from ingather.store.reading import orders

routes = Routes("orders")


class Order(Shown):
    """One amount due on one date."""

    id: Annotated[str, id_field("ord", "the order")]
    external_id: str = Field(description="The merchant's own name for it.")
    instalment: int
    merchant: str = Field(description="The merchant, by its own name.")
    amount_minor: int
    currency: str
    due_on: date
    state: str = Field(description=f"One of {', '.join(OrderState)}; more may be added.")
    reason: str | None = Field(description="Why it is not being debited, or how it ended.")
    held: bool
    collect_on: date | None
    presentations: int
    last_code: str | None
    late: bool
    metadata: Metadata


class OrdersQuery(PageQuery):
    """Which orders."""

    state: list[OrderState] | None = Field(default=None, description="Orders in any of these states.")
    external_id: str | None = None


@routes.get("/orders", needs=Permission.ORDERS_READ, returns=Page[Order], may=(422,))
def list_orders(call: Call, query: Annotated[OrdersQuery, Query()]) -> Response:
    """List orders."""
    rows, meta = read_page(call, orders.LISTING, query)
    return call.show(Page[Order](data=[Order(**row, metadata={}) for row in rows], meta=meta))


@routes.get("/orders/{order_id}", needs=Permission.ORDERS_READ, returns=Order)
def show_order(call: Call, order_id: OrderId) -> Response:
    """Return one order as it stands."""
    with call.view() as ctx:
        return call.show(_shown(ctx, call.key_of(ctx, Prefix.ORDER, order_id)))


@routes.post("/orders/{order_id}/cancel", needs=Permission.ORDERS_WRITE, returns=Order)
def cancel_an_order(call: Call, order_id: OrderId, body: Reasoned) -> Response:
    """Cancel an order that is in no file; once it is in one, a refund is the way."""

    def do(ctx: Context) -> Order:
        key = call.key_of(ctx, Prefix.ORDER, order_id)
        cancel_order(ctx, key, reason=body.reason)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.ORDER, order_id)))


def _shown(ctx: Context, key: int) -> Order:
    ctx.session.flush()
    row: dict[str, Any] = found(orders.shown(ctx.session, key), Prefix.ORDER, key)
    return Order(**labelled(ctx, key, row))
