"""Requests to our bank over HTTP: what it was asked to do with other banks, and what it said."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.corrections.refusing import take_refusal_back
from ingather.actions.odfi_requests import answer_request, withdraw_request
from ingather.actions.returns.requests import consent_to_late_return, request_return
from ingather.api.calls import Call, found
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, OrderId, Reasoned, RequestId, Shown, id_field
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import WrongState
from ingather.domain.returns import OdfiRequestKind, RequestState
from ingather.domain.users import Permission
from ingather.store.reading import requests

routes = Routes("requests")

_TEXT = r"^[^\x00]*$"


class OdfiRequest(Shown):
    """What our bank was asked to do, or what we agreed to."""

    id: Annotated[str, id_field("req", "the request")]
    kind: str = Field(description=f"One of {', '.join(OdfiRequestKind)}; more may be added.")
    code: str | None = Field(description="The dishonour or refusal that was asked for.")
    about: str = Field(description="The return, notification or entry it is about.")
    order: str | None
    external_id: str | None
    reason: str
    state: str = Field(description=f"One of {', '.join(RequestState)}; more may be added.")
    asked_on: date
    by: str
    due_on: date | None = Field(description="The day by which the bank must have it.")
    overdue: bool
    document: str | None = Field(description="The document in which it goes to the bank.")
    sent_at: datetime | None
    answered_on: date | None
    outcome: str | None


class RequestsQuery(PageQuery):
    """Which requests."""

    state: list[RequestState] | None = None
    kind: list[OdfiRequestKind] | None = None
    order_id: Annotated[str | None, Field(max_length=40, description="About this order, ord_...")] = None
    external_id: Annotated[str | None, Field(max_length=200, pattern=_TEXT)] = None
    due_on_lte: Annotated[date | None, Field(alias="due_on[lte]")] = None
    asked_on_gte: Annotated[date | None, Field(alias="asked_on[gte]")] = None
    asked_on_lte: Annotated[date | None, Field(alias="asked_on[lte]")] = None


class Answered(Body):
    """What the bank said, and when."""

    outcome: Annotated[str, Field(min_length=1, max_length=500, pattern=_TEXT)]
    on: Annotated[Day | None, Field(description="The day it said so; today unless given.")] = None


class AskedForOrder(Shown):
    """What is on record about an order's debit."""

    order: Annotated[str, id_field("ord", "the order")]
    asked_on: date


@routes.get("/requests", needs=Permission.RETURNS_READ, returns=Page[OdfiRequest], bound=False)
def list_requests(call: Call, query: Annotated[RequestsQuery, Query()]) -> Response:
    """List what our bank was asked to do, until when it must have it, and whether it has."""
    also: dict[str, Any] = {}
    if query.order_id:
        with call.view() as ctx:
            also["order_id"] = call.key_of(ctx, Prefix.ORDER, query.order_id)
    rows, meta = read_page(call, requests.listing(call.today), query, also=also)
    return call.show(Page[OdfiRequest](data=[OdfiRequest(**row) for row in rows], meta=meta))


@routes.get("/requests/{request_id}", needs=Permission.RETURNS_READ, returns=OdfiRequest, bound=False)
def show_a_request(call: Call, request_id: RequestId) -> Response:
    """Return a request: why it was made and by whom, in which document it went, and what came of it."""
    with call.view() as ctx:
        return call.show(_shown(ctx, call.key_of(ctx, Prefix.REQUEST, request_id)))


@routes.post("/requests/{request_id}/answer", needs=Permission.RETURNS_WRITE, returns=OdfiRequest, money=False)
def answer_a_request(call: Call, request_id: RequestId, body: Answered) -> Response:
    """Record what came of a request."""

    def do(ctx: Context) -> OdfiRequest:
        key = call.key_of(ctx, Prefix.REQUEST, request_id)
        answer_request(ctx, key, on=body.on or ctx.today, outcome=body.outcome)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.REQUEST, request_id)))


@routes.post("/requests/{request_id}/withdraw", needs=Permission.RETURNS_WRITE, returns=OdfiRequest)
def withdraw_a_request(call: Call, request_id: RequestId, body: Reasoned) -> Response:
    """Take a request back that has not gone out; a refused notification of change waits for a person again."""

    def do(ctx: Context) -> OdfiRequest:
        key = call.key_of(ctx, Prefix.REQUEST, request_id)
        match _shown(ctx, key).kind:
            case OdfiRequestKind.DISHONOUR:
                fact = f"request {request_id} belongs to the dispute of a return"
                raise WrongState(fact, "Let the return stand instead")
            case OdfiRequestKind.REFUSE_CHANGE:
                take_refusal_back(ctx, key, reason=body.reason)
            case _:
                withdraw_request(ctx, key, reason=body.reason)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.REQUEST, request_id)))


@routes.post("/orders/{order_id}/request-return", needs=Permission.RETURNS_WRITE, returns=AskedForOrder)
def request_the_return_of_an_order(call: Call, order_id: OrderId, body: Reasoned) -> Response:
    """Ask our bank to have an order's debit returned; the request goes out with the next night."""

    def do(ctx: Context) -> AskedForOrder:
        key = call.key_of(ctx, Prefix.ORDER, order_id)
        day = request_return(ctx, key, reason=body.reason)
        return AskedForOrder(order=public_id(Prefix.ORDER, key), asked_on=day)

    return call.act(do)


@routes.post("/orders/{order_id}/consent-to-late-return", needs=Permission.RETURNS_WRITE, returns=AskedForOrder)
def consent_to_the_late_return_of_an_order(call: Call, order_id: OrderId, body: Reasoned) -> Response:
    """Agree to take a business debit back late; our bank hears of it with the next night."""

    def do(ctx: Context) -> AskedForOrder:
        key = call.key_of(ctx, Prefix.ORDER, order_id)
        day = consent_to_late_return(ctx, key, reason=body.reason)
        return AskedForOrder(order=public_id(Prefix.ORDER, key), asked_on=day)

    return call.act(do)


def _shown(ctx: Context, key: int) -> OdfiRequest:
    ctx.session.flush()
    ctx.session.expire_all()
    return OdfiRequest(**found(requests.shown(ctx.session, key, today=ctx.today), Prefix.REQUEST, key))
