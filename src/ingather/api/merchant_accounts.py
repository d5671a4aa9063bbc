"""The accounts that merchants are paid to, over HTTP: asked for by one person, put into use by another."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.payouts.accounts import NewPayee, approve_account, ask_account, end_account
from ingather.api.calls import Call, found
from ingather.api.merchant_keys import OfMerchant, merchant_filter, merchant_key
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Named, Reasoned, Shown, id_field, in_path
from ingather.base.ids import Prefix
from ingather.domain.accounts import AccountKind
from ingather.domain.payouts import PayeeState
from ingather.domain.users import Permission
from ingather.store.reading import payouts

routes = Routes("merchant accounts")
PayeeId = Annotated[str, in_path("mac", "a merchant's account")]


class MerchantAccount(Shown):
    """An account that a merchant is paid to; of its number only the last four."""

    id: Annotated[str, id_field("mac", "the account")]
    merchant: str = Field(description="The merchant, by its own name.")
    name: str
    routing: str
    last4: str
    kind: str = Field(description=f"One of {', '.join(AccountKind)}; more may be added.")
    state: str = Field(description=f"One of {', '.join(PayeeState)}; more may be added.")
    evidence: str | None = Field(description="Null for who is bound to a merchant.")
    asked_by: str | None = Field(description="Null for who is bound to a merchant.")
    approved_by: str | None = Field(description="Null for who is bound to a merchant, and while nobody approved it.")
    ended_on: date | None
    first_day: date | None = Field(default=None, description="The first day it can be paid to, when it is approved.")


class NewMerchantAccount(Body):
    """An account to ask for. ``number`` never comes back."""

    merchant: Named
    routing: Annotated[str, Field(pattern=r"^\d{9}$", description="Nine digits; the last one is checked.")]
    number: Annotated[
        str,
        Field(
            pattern=r"^[0-9A-Za-z][0-9A-Za-z -]{0,16}$", repr=False, description="Never shown again.",
            json_schema_extra={"writeOnly": True},
        ),
    ]  # fmt: skip
    kind: AccountKind = AccountKind.CHECKING
    name: Annotated[str, Field(min_length=1, max_length=60, description="Whose account it is, as the bank has it.")]
    evidence: Annotated[
        str, Field(min_length=1, max_length=500, description="What shows that it is theirs: a voided check, a call.")
    ]


class MerchantAccountsQuery(PageQuery):
    """Which accounts."""

    merchant: OfMerchant = None
    state: list[PayeeState] | None = None
    last4: Annotated[str | None, Field(pattern=r"^[0-9A-Za-z]{4}$")] = None


@routes.get("/merchant-accounts", needs=Permission.SETTLEMENTS_READ, returns=Page[MerchantAccount])
def list_merchant_accounts(call: Call, query: Annotated[MerchantAccountsQuery, Query()]) -> Response:
    """List the accounts that merchants are paid to."""
    rows, meta = read_page(call, payouts.ACCOUNTS, query, also=merchant_filter(call, query.merchant))
    return call.show(
        Page[MerchantAccount](data=[MerchantAccount(**row | _hidden(call)) for row in rows], meta=meta)
    )  # fmt: skip


@routes.get("/merchant-accounts/{account_id}", needs=Permission.SETTLEMENTS_READ, returns=MerchantAccount)
def show_merchant_account(call: Call, account_id: PayeeId) -> Response:
    """Return an account that a merchant is paid to."""
    with call.view() as ctx:
        return call.show(_shown(call, ctx, call.key_of(ctx, Prefix.MERCHANT_ACCOUNT, account_id)))


@routes.post("/merchant-accounts", needs=Permission.SETTLEMENTS_WRITE, returns=MerchantAccount, status=201)
def ask_merchant_account(call: Call, body: NewMerchantAccount) -> Response:
    """Ask that a merchant be paid to an account; another person approves it."""

    def do(ctx: Context) -> MerchantAccount:
        new = NewPayee(
            merchant_id=merchant_key(call, ctx, body.merchant), routing=body.routing, number=body.number,
            kind=body.kind, name=body.name, evidence=body.evidence,
        )  # fmt: skip
        return _shown(call, ctx, ask_account(ctx, new))

    return call.act(do)


@routes.post(
    "/merchant-accounts/{account_id}/approve", needs=Permission.SETTLEMENTS_APPROVE, returns=MerchantAccount,
    guarded=True,
)  # fmt: skip
def approve_merchant_account(call: Call, account_id: PayeeId) -> Response:
    """Put an account into use, as another person than who asked; the one before it ends, and this one waits."""

    def do(ctx: Context) -> MerchantAccount:
        key = call.key_of(ctx, Prefix.MERCHANT_ACCOUNT, account_id)
        day = approve_account(ctx, key)
        return _shown(call, ctx, key).model_copy(update={"first_day": day})

    return call.act(do, read=lambda ctx: _shown(call, ctx, call.key_of(ctx, Prefix.MERCHANT_ACCOUNT, account_id)))


@routes.post("/merchant-accounts/{account_id}/end", needs=Permission.SETTLEMENTS_WRITE, returns=MerchantAccount)
def end_merchant_account(call: Call, account_id: PayeeId, body: Reasoned) -> Response:
    """End an account, or refuse one that is asked for; what has not gone out waits for another."""

    def do(ctx: Context) -> MerchantAccount:
        key = call.key_of(ctx, Prefix.MERCHANT_ACCOUNT, account_id)
        end_account(ctx, key, reason=body.reason)
        return _shown(call, ctx, key)

    return call.act(do, read=lambda ctx: _shown(call, ctx, call.key_of(ctx, Prefix.MERCHANT_ACCOUNT, account_id)))


def _shown(call: Call, ctx: Context, key: int) -> MerchantAccount:
    ctx.session.flush()
    ctx.session.expire_all()  # what was written set by set is read anew
    row = found(payouts.account_shown(ctx.session, key), Prefix.MERCHANT_ACCOUNT, key)
    return MerchantAccount(**row | _hidden(call))


def _hidden(call: Call) -> dict[str, None]:
    return dict.fromkeys(("evidence", "asked_by", "approved_by")) if call.caller.merchant_id is not None else {}
