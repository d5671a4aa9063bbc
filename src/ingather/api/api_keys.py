"""Keys of the API over HTTP: made, rotated, revoked; a token is shown once and never kept."""

from datetime import datetime, timedelta
from typing import Annotated, TypeAlias

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.users.keys import LONGEST_OVERLAP, make_key, revoke_key, rotate_key
from ingather.api.calls import Call, found
from ingather.api.naming import named, of_book, unknown
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.sessions import secretly
from ingather.api.shapes import Body, Line, Moment, Named, Reasoned, Shown, id_field, in_path
from ingather.base.ids import Prefix
from ingather.domain.users import BOUND, KEYS_MAY, Permission
from ingather.store.reading import names, users

routes = Routes("api-keys")
KeyId: TypeAlias = Annotated[str, in_path("key", "a key of the API")]
_SECONDS = int(LONGEST_OVERLAP.total_seconds())
_WORDS = ", ".join(each for each in Permission if each in KEYS_MAY)
_BOUND = ", ".join(each for each in Permission if each in BOUND)


class NewKey(Body):
    """A key to make."""

    name: Annotated[Line, Field(description="What it is for.", examples=["the shop's checkout"])]
    permissions: Annotated[
        list[Permission], Field(min_length=1, max_length=len(Permission), description=f"Of {_WORDS}.")
    ]
    merchant: Annotated[
        Named | None, Field(description=f"The one merchant whose rows it sees; it may hold {_BOUND} then.")
    ] = None
    expires_at: Moment | None = None
    per_minute: Annotated[int | None, Field(ge=1, le=1_000_000, description="Its own limit of calls a minute.")] = None


class Rotation(Reasoned):
    """A new token for a key."""

    overlap_s: Annotated[
        int, Field(ge=0, le=_SECONDS, description="For how many seconds the token before still opens.")
    ] = 86_400


class ApiKey(Shown):
    """A key of the API."""

    id: Annotated[str, id_field("key", "the key")]
    name: str
    begins: str = Field(description="How its token begins: by this a leaked one is told.")
    permissions: list[str]
    merchant: str | None
    per_minute: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    old_token_until: datetime | None = Field(description="Until when the token before the last rotation still opens.")
    last_used_at: datetime | None = Field(description="To within five minutes.")


class Token(Shown):
    """A key and its token, which is shown this once."""

    key: ApiKey
    token: str


class KeysQuery(PageQuery):
    """Which keys."""

    revoked: bool | None = None
    merchant: str | None = None


@routes.get("/api-keys", needs=Permission.KEYS_READ, returns=Page[ApiKey], may=(422,))
def list_api_keys(call: Call, query: Annotated[KeysQuery, Query()]) -> Response:
    """List the keys of the API."""
    rows, meta = read_page(call, users.KEYS, query)
    return call.show(Page[ApiKey](data=[ApiKey(**row) for row in rows], meta=meta))


@routes.get("/api-keys/{key_id}", needs=Permission.KEYS_READ, returns=ApiKey)
def show_api_key(call: Call, key_id: KeyId) -> Response:
    """Return one key."""
    with call.view() as ctx:
        return call.show(_shown(ctx, call.key_of(ctx, Prefix.API_KEY, key_id)))


@routes.post("/api-keys", needs=Permission.KEYS_WRITE, returns=Token, status=201, money=False, keeps=False)
def make_api_key(call: Call, body: NewKey) -> Response:
    """Make a key; approving, granting and making keys are for people, no key holds them."""
    with call.desk.action() as ctx:
        merchant_id = None
        if body.merchant is not None:
            own = named(call, ctx, Prefix.MERCHANT, body.merchant)
            merchant_id = names.key_of(ctx.session, Prefix.MERCHANT, own)
            if merchant_id is None:
                raise unknown(Prefix.MERCHANT)
        made = make_key(
            ctx,
            of_book(ctx),
            name=body.name,
            permissions=set(body.permissions),
            merchant_id=merchant_id,
            expires_at=body.expires_at,
            per_minute=body.per_minute,
        )
        shown = Token(key=_shown(ctx, made.id), token=made.token)
    call.desk.remember()
    return secretly(call, shown)


@routes.post("/api-keys/{key_id}/rotate", needs=Permission.KEYS_WRITE, returns=Token, money=False, keeps=False)
def rotate_api_key(call: Call, key_id: KeyId, body: Rotation) -> Response:
    """Give a key a new token; the one before opens for a while, and it stays the same caller."""
    with call.desk.action() as ctx:
        key = call.key_of(ctx, Prefix.API_KEY, key_id)
        made = rotate_key(ctx, key, overlap=timedelta(seconds=body.overlap_s), reason=body.reason)
        shown = Token(key=_shown(ctx, key), token=made.token)
    call.desk.remember()
    return secretly(call, shown)


@routes.post("/api-keys/{key_id}/revoke", needs=Permission.KEYS_WRITE, returns=ApiKey, money=False)
def revoke_api_key(call: Call, key_id: KeyId, body: Reasoned) -> Response:
    """Revoke a key for good, with every token it has."""

    def do(ctx: Context) -> ApiKey:
        key = call.key_of(ctx, Prefix.API_KEY, key_id)
        revoke_key(ctx, key, reason=body.reason)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.API_KEY, key_id)))


def _shown(ctx: Context, key: int) -> ApiKey:
    ctx.session.flush()
    return ApiKey(**found(users.key_shown(ctx.session, key), Prefix.API_KEY, key))
