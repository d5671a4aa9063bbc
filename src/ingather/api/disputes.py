"""Disputes over HTTP: the returns that the bank is asked to dishonor, with their days and how they stand."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.api.calls import Call, found
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.returns import ReturnCode, StandingDispute
from ingather.api.routes import Routes
from ingather.api.shapes import DisputeId
from ingather.base.ids import Prefix
from ingather.domain.returns import DisputeState
from ingather.domain.users import Permission
from ingather.store.reading import disputes

routes = Routes("disputes")


class Dispute(StandingDispute):
    """A dispute with the return it is about."""

    return_id: str
    order: str | None
    amount_minor: int
    currency: str = "USD"
    dishonour_trace: str | None


class DisputesQuery(PageQuery):
    """Which disputes."""

    state: list[DisputeState] | None = None
    code: list[ReturnCode] | None = None
    return_id: Annotated[str | None, Field(max_length=40, description="Of this return, ret_...")] = None
    order_id: Annotated[str | None, Field(max_length=40, description="About this order, ord_...")] = None
    ask_by_lte: Annotated[date | None, Field(alias="ask_by[lte]")] = None
    chosen_on_gte: Annotated[date | None, Field(alias="chosen_on[gte]")] = None
    chosen_on_lte: Annotated[date | None, Field(alias="chosen_on[lte]")] = None


@routes.get("/disputes", needs=Permission.RETURNS_READ, returns=Page[Dispute])
def list_disputes(call: Call, query: Annotated[DisputesQuery, Query()]) -> Response:
    """List disputes of returns."""
    also: dict[str, Any] = {"code": [each.upper() for each in query.code]} if query.code else {}
    with call.view() as ctx:
        if query.return_id:
            also["return_id"] = call.key_of(ctx, Prefix.RETURN, query.return_id)
        if query.order_id:
            also["order_id"] = call.key_of(ctx, Prefix.ORDER, query.order_id)
    rows, meta = read_page(call, disputes.LISTING, query, also=also)
    return call.show(Page[Dispute](data=[Dispute(**row) for row in rows], meta=meta))


@routes.get("/disputes/{dispute_id}", needs=Permission.RETURNS_READ, returns=Dispute)
def show_a_dispute(call: Call, dispute_id: DisputeId) -> Response:
    """Return a dispute with its days and how it stands."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.DISPUTE, dispute_id)
        return call.show(Dispute(**found(disputes.shown(ctx.session, key), Prefix.DISPUTE, key)))
