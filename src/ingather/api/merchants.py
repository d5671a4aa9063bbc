"""Merchants over HTTP: recorded, listed, shown, labelled."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.merchants import NewMerchants, record_merchants
from ingather.api.calls import Answer, Call, found
from ingather.api.naming import columns_of, of_book, recorded, relabelled
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, Labels, Line, MerchantId, Metadata, Minor, OwnName, Shown, id_field
from ingather.base.ids import Prefix
from ingather.domain.merchants import Party, Screening
from ingather.domain.users import Permission
from ingather.store.reading import parties

routes = Routes("merchants")


class NewMerchant(Body):
    """A merchant to record. What buyers read on their statements is never cut."""

    external_id: OwnName
    name: Line
    company_name: Annotated[str, Field(max_length=16, pattern="^[ -~]+$", description="What buyers read; never cut.")]
    company_identification: Annotated[
        str, Field(max_length=10, pattern="^[ -~]+$", description="Agreed with the ODFI.")
    ]
    entry_description: Annotated[str, Field(max_length=10, pattern="^[ -~]+$", examples=["ORDERS"])]
    paid_abroad: bool | None = None
    night_limit_minor: Minor | None = None
    night_limit_entries: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    return_fee_minor: Minor | None = None
    return_fee_notice: Line | None = Field(default=None, description="How buyers are told of the fee.")
    return_fee_from: Day | None = None
    metadata: Metadata | None = None


class Merchant(Shown):
    """A merchant, who is owed."""

    id: Annotated[str, id_field("mer", "the merchant")]
    external_id: str
    name: str
    company_name: str
    company_identification: str
    entry_description: str
    state: str = Field(description="active or suspended; more may be added.")
    screening: str | None = Field(description=f"One of {', '.join(Screening)}, null before the first screening.")
    screened_until: date | None
    paid_abroad: bool
    night_limit_minor: int | None
    night_limit_entries: int | None
    return_fee_minor: int | None
    return_fee_notice: str | None
    return_fee_from: date | None
    tier: str | None
    created_at: datetime
    metadata: Metadata


class MerchantsQuery(PageQuery):
    """Which merchants."""

    external_id: OwnName | None = None
    state: Annotated[str, Field(pattern="^(active|suspended)$")] | None = None
    screening: Screening | None = None


@routes.get("/merchants", needs=Permission.PARTIES_READ, returns=Page[Merchant], may=(422,))
def list_merchants(call: Call, query: Annotated[MerchantsQuery, Query()]) -> Response:
    """List merchants."""
    rows, meta = read_page(call, parties.MERCHANTS, query)
    return call.show(Page[Merchant](data=[Merchant(**row) for row in rows], meta=meta))


@routes.get("/merchants/{merchant_id}", needs=Permission.PARTIES_READ, returns=Merchant)
def show_merchant(call: Call, merchant_id: MerchantId) -> Response:
    """Return one merchant."""
    with call.view() as ctx:
        return call.show(merchant_shown(ctx, call.key_of(ctx, Prefix.MERCHANT, merchant_id)))


@routes.post(
    "/merchants", needs=Permission.PARTIES_WRITE, returns=Merchant, status=201, money=False, bound=False, known=True
)
def record_merchant(call: Call, body: NewMerchant) -> Response:
    """Record a merchant; the same one again is the existing one."""

    def do(ctx: Context) -> Answer:
        new = NewMerchants(**columns_of(body, NewMerchants))
        return recorded(call, ctx, Prefix.MERCHANT, body, record=lambda: record_merchants(ctx, of_book(ctx), new),
                        show=merchant_shown)  # fmt: skip

    return call.act(do)


@routes.post(
    "/merchants/{merchant_id}",
    needs=Permission.PARTIES_WRITE,
    returns=Merchant,
    money=False,
    bound=False,
    method="PATCH",
)
def label_merchant(call: Call, merchant_id: MerchantId, body: Labels) -> Response:
    """Replace the metadata of a merchant."""
    return relabelled(call, Prefix.MERCHANT, merchant_id, body.metadata, show=merchant_shown)


def merchant_shown(ctx: Context, key: int) -> Merchant:
    """Return a merchant as it is shown."""
    return Merchant(**found(parties.in_full(ctx.session, Party.MERCHANT, [key]).get(key), Prefix.MERCHANT, key))
