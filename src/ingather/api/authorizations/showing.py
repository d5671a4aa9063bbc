"""Authorizations as they stand, with the words the buyer agreed to where one is asked for, and the notices due."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.api.calls import Call, found
from ingather.api.naming import relabelled
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import AuthorizationId, Day, Labels, Metadata, Moment, Named, OwnName, Shown, id_field
from ingather.base.ids import Prefix
from ingather.domain.authorizations import AmountTerms, AuthorizationKind, AuthorizationState, Channel, NoticeKind
from ingather.domain.users import Permission
from ingather.store.reading import authorizations

routes = Routes("authorizations")


class Authorization(Shown):
    """A buyer's authorization to debit one account for one merchant."""

    id: Annotated[str, id_field("auth", "the authorization")]
    external_id: str
    buyer: str = Field(description="The buyer, by its own name.")
    buyer_id: str
    merchant: str = Field(description="The merchant, by its own name.")
    merchant_id: str
    account: str = Field(description="The account, by its own name.")
    account_id: str
    last4: str
    holder: str
    kind: str = Field(description=f"One of {', '.join(AuthorizationKind)}; more may be added.")
    channel: str = Field(description=f"One of {', '.join(Channel)}; more may be added.")
    state: str = Field(description=f"One of {', '.join(AuthorizationState)}; more may be added.")
    lacks: list[str] = Field(description="What a draft needs before anything is debited under it.")
    amount_terms: str = Field(description=f"One of {', '.join(AmountTerms)}; more may be added.")
    min_amount_minor: int | None
    max_amount_minor: int | None
    every: str | None
    debits: int | None
    valid_from: date
    valid_to: date | None
    ended_on: date | None
    ended_because: str | None
    superseded_by: str | None
    legal_hold: bool
    purged: bool
    given_at: datetime
    text_sha256: str
    text_version: str | None
    locale: str | None
    statements: list[str] | None
    text: str | None = Field(
        default=None, description="What the buyer agreed to, where one authorization is asked for."
    )
    evidence: dict[str, Any] | None = Field(default=None, description="How it was given; as the text.")
    created_at: datetime
    metadata: Metadata


class AuthorizationsQuery(PageQuery):
    """Which authorizations."""

    external_id: OwnName | None = None
    state: list[AuthorizationState] | None = None
    buyer: Named | None = None
    merchant: Named | None = None
    account: Named | None = None
    last4: Annotated[str, Field(pattern="^[0-9A-Za-z-]{1,4}$")] | None = None
    given_from: Moment | None = Field(default=None, alias="given_at[gte]")
    given_to: Moment | None = Field(default=None, alias="given_at[lte]")


class Notice(Shown):
    """What a buyer must be told before a debit of a series."""

    order_id: str
    authorization_id: str
    buyer: str
    merchant: str
    kind: str = Field(description=f"One of {', '.join(NoticeKind)}; more may be added.")
    due_on: date
    amount_minor: int
    currency: str
    send_by: date
    sent_on: date | None
    proof: str | None
    text: str


class NoticesQuery(PageQuery):
    """Which notices; without ``sent`` those that are due and those that were sent."""

    sent: bool | None = None
    send_from: Day | None = Field(default=None, alias="send_by[gte]")
    send_to: Day | None = Field(default=None, alias="send_by[lte]")


@routes.get("/authorizations", needs=Permission.AUTHORIZATIONS_READ, returns=Page[Authorization], may=(422,))
def list_authorizations(call: Call, query: Annotated[AuthorizationsQuery, Query()]) -> Response:
    """List authorizations, without their words."""
    rows, meta = read_page(call, authorizations.LISTING, query)
    return call.show(Page[Authorization](data=[Authorization(**row) for row in rows], meta=meta))


@routes.get("/authorizations/{authorization_id}", needs=Permission.AUTHORIZATIONS_READ, returns=Authorization)
def show_authorization(call: Call, authorization_id: AuthorizationId) -> Response:
    """Return one authorization with the words the buyer agreed to and the evidence."""
    with call.view() as ctx:
        return call.show(authorization_shown(ctx, call.key_of(ctx, Prefix.AUTHORIZATION, authorization_id)))


@routes.post(
    "/authorizations/{authorization_id}", needs=Permission.AUTHORIZATIONS_WRITE, returns=Authorization, money=False,
    method="PATCH",
)  # fmt: skip
def label_authorization(call: Call, authorization_id: AuthorizationId, body: Labels) -> Response:
    """Replace the metadata of an authorization."""
    return relabelled(call, Prefix.AUTHORIZATION, authorization_id, body.metadata, show=authorization_shown)


@routes.get("/notices", needs=Permission.AUTHORIZATIONS_READ, returns=Page[Notice], may=(422,))
def list_notices(call: Call, query: Annotated[NoticesQuery, Query()]) -> Response:
    """List what buyers must be told before debits of a series, with the words to send."""
    rows, meta = read_page(call, authorizations.NOTICES, query)
    return call.show(Page[Notice](data=[Notice(**row) for row in rows], meta=meta))


def authorization_shown(ctx: Context, key: int) -> Authorization:
    """Return an authorization as it is shown, with its words."""
    row = found(authorizations.in_full(ctx.session, [key]).get(key), Prefix.AUTHORIZATION, key)
    return Authorization(**row, **authorizations.words_of(ctx.session, key))
