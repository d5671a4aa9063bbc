"""Buyers over HTTP: recorded, listed, shown, labelled, suspended and resumed.

Buyers are the book's: whoever may see all merchants sees all of them. A key bound to a merchant sees those it
recorded itself and those who authorized that merchant.
"""

from datetime import date, datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.merchants import NewBuyers, record_buyers, resume_buyer, suspend_buyer
from ingather.api.calls import Answer, Call, found
from ingather.api.naming import columns_of, of_book, recorded, relabelled
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Body, BuyerId, Labels, Line, Metadata, OwnName, Reasoned, Shown, id_field
from ingather.base.ids import Prefix
from ingather.domain.merchants import Party, Screening
from ingather.domain.users import Permission
from ingather.store.reading import parties

routes = Routes("buyers")


class NewBuyer(Body):
    """A buyer to record; ``external_id`` is one of the whole book, so give each merchant's its own beginning."""

    external_id: OwnName
    name: Line
    metadata: Metadata | None = None


class Buyer(Shown):
    """A buyer, who owes."""

    id: Annotated[str, id_field("buy", "the buyer")]
    external_id: str
    name: str
    receiver_name: str = Field(description="The name on the buyer's bank statement, by the rule of abbreviation.")
    state: str = Field(description="active or suspended; more may be added. A suspended one is not debited.")
    screening: str | None = Field(description=f"One of {', '.join(Screening)}, null before the first screening.")
    screened_until: date | None
    created_at: datetime
    metadata: Metadata


class BuyersQuery(PageQuery):
    """Which buyers."""

    external_id: OwnName | None = None
    state: Annotated[str, Field(pattern="^(active|suspended)$")] | None = None
    screening: Screening | None = None


@routes.get("/buyers", needs=Permission.PARTIES_READ, returns=Page[Buyer], may=(422,))
def list_buyers(call: Call, query: Annotated[BuyersQuery, Query()]) -> Response:
    """List buyers."""
    rows, meta = read_page(call, parties.BUYERS, query)
    return call.show(Page[Buyer](data=[Buyer(**row) for row in rows], meta=meta))


@routes.get("/buyers/{buyer_id}", needs=Permission.PARTIES_READ, returns=Buyer)
def show_buyer(call: Call, buyer_id: BuyerId) -> Response:
    """Return one buyer."""
    with call.view() as ctx:
        return call.show(buyer_shown(ctx, call.key_of(ctx, Prefix.BUYER, buyer_id)))


@routes.post("/buyers", needs=Permission.PARTIES_WRITE, returns=Buyer, status=201, money=False, known=True)
def record_buyer(call: Call, body: NewBuyer) -> Response:
    """Record a buyer; the same one again is the existing one."""

    def do(ctx: Context) -> Answer:
        new = NewBuyers(**columns_of(body, NewBuyers, merchant_id=call.caller.merchant_id))
        return recorded(
            call, ctx, Prefix.BUYER, body, record=lambda: record_buyers(ctx, of_book(ctx), new), show=buyer_shown
        )

    return call.act(do)


@routes.post("/buyers/{buyer_id}", needs=Permission.PARTIES_WRITE, returns=Buyer, money=False, method="PATCH")
def label_buyer(call: Call, buyer_id: BuyerId, body: Labels) -> Response:
    """Replace the metadata of a buyer."""
    return relabelled(call, Prefix.BUYER, buyer_id, body.metadata, show=buyer_shown)


@routes.post("/buyers/{buyer_id}/suspend", needs=Permission.PARTIES_WRITE, returns=Buyer, bound=False)
def suspend_a_buyer(call: Call, buyer_id: BuyerId, body: Reasoned) -> Response:
    """Debit none of a buyer's accounts any more; what is sealed and not sent is not sent."""

    def do(ctx: Context) -> Buyer:
        key = call.key_of(ctx, Prefix.BUYER, buyer_id)
        suspend_buyer(ctx, key, reason=body.reason)
        ctx.session.flush()
        return buyer_shown(ctx, key)

    return call.act(do, read=lambda ctx: buyer_shown(ctx, call.key_of(ctx, Prefix.BUYER, buyer_id)))


@routes.post("/buyers/{buyer_id}/resume", needs=Permission.PARTIES_WRITE, returns=Buyer, bound=False)
def resume_a_buyer(call: Call, buyer_id: BuyerId, body: Reasoned) -> Response:
    """Let a suspended buyer be debited again."""

    def do(ctx: Context) -> Buyer:
        key = call.key_of(ctx, Prefix.BUYER, buyer_id)
        resume_buyer(ctx, key, reason=body.reason)
        ctx.session.flush()
        return buyer_shown(ctx, key)

    return call.act(do, read=lambda ctx: buyer_shown(ctx, call.key_of(ctx, Prefix.BUYER, buyer_id)))


def buyer_shown(ctx: Context, key: int) -> Buyer:
    """Return a buyer as it is shown."""
    return Buyer(**found(parties.in_full(ctx.session, Party.BUYER, [key]).get(key), Prefix.BUYER, key))
