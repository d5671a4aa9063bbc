"""Buyers' bank accounts over HTTP. A number is written and never read: neither in an answer nor in a fault."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field, field_validator

from ingather.actions.accounts import NewAccounts, record_accounts, unblock_account
from ingather.actions.context import Context
from ingather.api.calls import Answer, Call, found
from ingather.api.naming import columns_of, named, of_book, recorded, relabelled, unknown
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import (
    AccountId,
    Body,
    Day,
    Labels,
    Metadata,
    Named,
    OwnName,
    Reasoned,
    Shown,
    id_field,
)
from ingather.base.ids import Prefix
from ingather.domain.accounts import AccountKind, AccountState, Holder, ValidationMethod
from ingather.domain.users import Permission
from ingather.store.reading import accounts, names

routes = Routes("accounts")
_FINGERPRINT = "fingerprint"
_SHORT = 32


class NewAccount(Body):
    """An account to record; another ``number`` is another account, or the bank's correction."""

    external_id: OwnName
    buyer: Named
    routing: Annotated[str, Field(pattern=r"^\d{9}$", description="Nine digits; the last one is checked.")]
    number: Annotated[
        str,
        Field(
            pattern=r"^[0-9A-Za-z-]{1,17}$", repr=False, description="Never shown again.",
            json_schema_extra={"writeOnly": True},
        ),
    ]  # fmt: skip
    kind: AccountKind
    holder: Holder
    validation_method: ValidationMethod | None = Field(
        default=None, description="How it is known to be open and to take debits, where it is."
    )
    validated_on: Day | None = None
    metadata: Metadata | None = None

    @field_validator("number")
    @classmethod
    def _is_a_number(cls, number: str) -> str:
        """Refuse what no account has; the number is not quoted."""
        if not number.strip("0-"):
            message = "an account number is not all zeros"
            raise ValueError(message)
        return number


class Account(Shown):
    """A buyer's account, masked."""

    id: Annotated[str, id_field("acc", "the account")]
    external_id: str
    buyer: str = Field(description="The buyer, by its own name.")
    buyer_id: str
    routing: str
    last4: str
    fingerprint: str = Field(description="The same for the same account, whoever recorded it; it tells nothing else.")
    kind: str = Field(description=f"One of {', '.join(AccountKind)}; more may be added.")
    holder: str = Field(description=f"One of {', '.join(Holder)}; more may be added.")
    state: str = Field(description=f"One of {', '.join(AccountState)}; more may be added.")
    blocked_by: str | None = Field(description="The return code that blocked it.")
    validated: bool
    check: str | None = Field(description="The validation that is under way, and how far it is.")
    change_due_on: date | None = Field(description="By when a notification of change must be applied.")
    created_at: datetime
    metadata: Metadata


class AccountsQuery(PageQuery):
    """Which accounts."""

    external_id: OwnName | None = None
    buyer: Named | None = None
    state: AccountState | None = None
    last4: Annotated[str, Field(pattern="^[0-9A-Za-z-]{1,4}$")] | None = None
    validated: bool | None = None


@routes.get("/accounts", needs=Permission.PARTIES_READ, returns=Page[Account], may=(422,))
def list_accounts(call: Call, query: Annotated[AccountsQuery, Query()]) -> Response:
    """List buyers' accounts, masked."""
    rows, meta = read_page(call, accounts.LISTING, query)
    with call.view() as ctx:
        return call.show(Page[Account](data=[_masked(ctx, row) for row in rows], meta=meta))


@routes.get("/accounts/{account_id}", needs=Permission.PARTIES_READ, returns=Account)
def show_account(call: Call, account_id: AccountId) -> Response:
    """Return one account, masked."""
    with call.view() as ctx:
        return call.show(account_shown(ctx, call.key_of(ctx, Prefix.ACCOUNT, account_id)))


@routes.post("/accounts", needs=Permission.PARTIES_WRITE, returns=Account, status=201, money=False, known=True)
def record_account(call: Call, body: NewAccount) -> Response:
    """Record a buyer's account; the same one again is the existing one."""

    def do(ctx: Context) -> Answer:
        bound = call.caller.merchant_id
        buyer = named(call, ctx, Prefix.BUYER, body.buyer)
        if names.key_of(ctx.session, Prefix.BUYER, buyer, merchant_id=bound) is None:
            raise unknown(Prefix.BUYER)
        new = NewAccounts(
            **columns_of(
                body, NewAccounts, buyer=buyer, merchant_id=bound, validation_method=body.validation_method or ""
            )
        )
        return recorded(
            call, ctx, Prefix.ACCOUNT, body, record=lambda: record_accounts(ctx, of_book(ctx), new),
            show=account_shown, fields={"account_number": "number"},
        )  # fmt: skip

    return call.act(do)


@routes.post("/accounts/{account_id}", needs=Permission.PARTIES_WRITE, returns=Account, money=False, method="PATCH")
def label_account(call: Call, account_id: AccountId, body: Labels) -> Response:
    """Replace the metadata of an account."""
    return relabelled(call, Prefix.ACCOUNT, account_id, body.metadata, show=account_shown)


@routes.post("/accounts/{account_id}/unblock", needs=Permission.PARTIES_WRITE, returns=Account, bound=False)
def unblock_an_account(call: Call, account_id: AccountId, body: Reasoned) -> Response:
    """Let an account be debited again that a return blocked."""

    def do(ctx: Context) -> Account:
        key = call.key_of(ctx, Prefix.ACCOUNT, account_id)
        unblock_account(ctx, key, reason=body.reason)
        ctx.session.flush()
        return account_shown(ctx, key)

    return call.act(do, read=lambda ctx: account_shown(ctx, call.key_of(ctx, Prefix.ACCOUNT, account_id)))


def account_shown(ctx: Context, key: int) -> Account:
    """Return an account as it is shown."""
    return _masked(ctx, found(accounts.in_full(ctx.session, [key]).get(key), Prefix.ACCOUNT, key))


def _masked(ctx: Context, row: dict[str, Any]) -> Account:
    index: bytes = row["number_index"]
    # The index itself stays in the book: what is shown is made of it under another purpose.
    return Account(**row, fingerprint=ctx.vault.mac_of(_FINGERPRINT, index).hex()[:_SHORT])
