"""Recording an authorization with how it was given; what it lacks makes a draft of it."""

from typing import Annotated

from fastapi import Response
from pydantic import Field, IPvAnyAddress

from ingather.actions.authorizations.recording import NewAuthorizations, record_authorizations
from ingather.actions.context import Context
from ingather.api.authorizations.showing import Authorization, authorization_shown
from ingather.api.calls import Answer, Call
from ingather.api.naming import columns_of, named, of_book, own_merchant, recorded, refused, unknown
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, Line, Metadata, Minor, Moment, Named, OwnName, Text, Word
from ingather.base.ids import Prefix
from ingather.domain.accounts import ValidationMethod
from ingather.domain.authorizations import AmountTerms, AuthorizationKind, Channel, Every, Statement
from ingather.domain.users import Permission
from ingather.store.reading import names

routes = Routes("authorizations")


class Given(Body):
    """How an authorization was given; which of these it needs depends on its channel and who holds the account."""

    ip: IPvAnyAddress | None = Field(default=None, description="The address the buyer came from.")
    user_agent: Line | None = None
    signature: Line | None = Field(default=None, description="Where the signed document is kept.")
    authentication: Line | None = Field(default=None, description="How the buyer was known.")
    recording: Line | None = Field(default=None, description="Where the recorded call is kept.")
    notice: Line | None = Field(default=None, description="The written notice that followed a call.")
    copy_sent: Line | None = Field(default=None, description="What shows that the buyer got a copy.")

    def kept(self) -> dict[str, str]:
        """Return what is said, as it is kept."""
        return {name: str(value) for name, value in self if value is not None}


class NewAuthorization(Body):
    """An authorization to record: word for word what the buyer agreed to, and how."""

    external_id: OwnName
    merchant: Named | None = Field(default=None, description="Its id or own name; a key bound to one may leave it out.")
    buyer: Named
    account: Named
    kind: AuthorizationKind
    channel: Channel
    text: Text
    given_at: Moment
    evidence: Given = Field(default_factory=Given)
    statements: list[Statement] | None = Field(default=None, max_length=20, description="What the text says, as read.")
    text_version: Word | None = None
    locale: Annotated[str, Field(pattern="^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?$", max_length=16)] | None = None
    amount_terms: AmountTerms | None = None
    min_amount_minor: Minor | None = None
    max_amount_minor: Minor | None = None
    every: Every | None = None
    debits: Annotated[int, Field(ge=1, le=32_767)] | None = None
    valid_from: Day
    valid_to: Day | None = None
    validation_method: ValidationMethod | None = None
    validated_on: Day | None = None
    metadata: Metadata | None = None


@routes.post(
    "/authorizations", needs=Permission.AUTHORIZATIONS_WRITE, returns=Authorization, status=201, money=False, known=True
)
def record_authorization(call: Call, body: NewAuthorization) -> Response:
    """Record an authorization with its evidence; the same one again is the existing one."""

    def do(ctx: Context) -> Answer:
        new = _columns(call, ctx, body)
        return recorded(
            call, ctx, Prefix.AUTHORIZATION, body, record=lambda: record_authorizations(ctx, of_book(ctx), new),
            show=authorization_shown,
        )  # fmt: skip

    return call.act(do)


def _columns(call: Call, ctx: Context, body: NewAuthorization) -> NewAuthorizations:
    """Return the row as the action takes it; raises ``Unreadable`` for what names nothing the caller may see."""
    bound = call.caller.merchant_id
    own = own_merchant(call, ctx)
    merchant = named(call, ctx, Prefix.MERCHANT, body.merchant) if body.merchant else own
    if merchant is None or (own is not None and merchant != own):
        raise unknown(Prefix.MERCHANT)
    buyer, account = (
        named(call, ctx, prefix, said) for prefix, said in ((Prefix.BUYER, body.buyer), (Prefix.ACCOUNT, body.account))
    )
    for prefix, name in ((Prefix.BUYER, buyer), (Prefix.ACCOUNT, account)):
        if names.key_of(ctx.session, prefix, name, merchant_id=bound) is None:
            raise unknown(prefix)
    if body.valid_to is not None and body.valid_to < body.valid_from:
        raise refused(field="valid_to", sentence="the valid_to is before the valid_from; check both dates")
    if (body.validation_method is None) != (body.validated_on is None):
        empty = "validated_on" if body.validation_method else "validation_method"
        raise refused(field=empty, sentence="a validation has both a method and the day it succeeded, or neither")
    return NewAuthorizations(
        **columns_of(
            body, NewAuthorizations, merchant=merchant, buyer=buyer, account=account, evidence=body.evidence.kept(),
            validation_method=body.validation_method or "",
        )
    )  # fmt: skip
