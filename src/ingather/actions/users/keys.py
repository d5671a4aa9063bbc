"""Keys of the API: made, revoked, and recognised; the book keeps only a keyed hash of each."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.refusals import NoSuch, NotSignedIn, Unreadable, WrongState
from ingather.domain.users import BOUND, Caller, Permission
from ingather.store.tables import ApiKey, Book
from ingather.vault.credentials import Token, new_token, parse_token, token_text

PURPOSE = "apikey"
_SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A new key: its row, and the token that is shown this once."""

    id: int
    token: str = field(repr=False)


def make_key(
    ctx: Context,
    originator_id: int,
    *,
    name: str,
    permissions: Collection[Permission],
    merchant_id: int | None = None,
    expires_at: datetime | None = None,
    per_minute: int | None = None,
) -> MadeKey:
    """Make a key; raises ``Unreadable`` for permissions that a key bound to a merchant cannot hold, or for none."""
    if not permissions:
        fact = "a key without permissions opens nothing"
        raise Unreadable(fact, "Name at least one permission")
    if merchant_id is not None and (beyond := sorted(set(permissions) - BOUND)):
        fact = f"a key bound to one merchant cannot hold {', '.join(beyond)}: these are about all merchants"
        raise Unreadable(fact, "Leave them out, or do not bind the key")
    if expires_at is not None and expires_at <= ctx.now:
        fact = "the key would have expired already"
        raise Unreadable(fact, "Name a later moment")
    key = ctx.ids.one()
    mark = ctx.session.execute(select(Book.mark)).scalar_one()
    token = new_token(mark, encode_key(key).lower())
    ctx.session.add(
        ApiKey(
            id=key,
            originator_id=originator_id,
            key_id=token.id,
            name=name,
            mac=ctx.vault.mac_of(PURPOSE, token.secret.encode()),
            permissions=sorted(permissions),
            merchant_id=merchant_id,
            per_minute=per_minute,
            created_at=ctx.now,
            created_by=ctx.actor,
            expires_at=expires_at,
        ),
    )
    ctx.audit("make_key", public_id(Prefix.API_KEY, key), name=name, permissions=sorted(permissions))
    return MadeKey(id=key, token=token_text(token))


def revoke_key(ctx: Context, key: int, *, reason: str) -> None:
    """Revoke a key for good; raises ``WrongState`` for one that is revoked already."""
    row = ctx.session.scalar(select(ApiKey).where(ApiKey.id == key).with_for_update())
    name = public_id(Prefix.API_KEY, key)
    if row is None:
        fact = f"there is no key {name}"
        raise NoSuch(fact)
    if row.revoked_at is not None:
        fact = f"key {name} is revoked already"
        raise WrongState(fact)
    row.revoked_at, row.revoked_by = ctx.now, ctx.actor
    ctx.audit("revoke_key", name, reason=reason)


def known_caller(ctx: Context, text: str) -> Caller:
    """Return who holds a key; raises ``NotSignedIn`` for one that is none, revoked, expired, or of another book.

    Every fault says the same: who guesses learns nothing from the answer.
    """
    token = parse_token(text)
    row = _row_of(ctx, token) if token else None
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= ctx.now):
        fact = "this key opens nothing here: it is mistyped, revoked, expired, or another book's"
        raise NotSignedIn(fact)
    return Caller(
        actor=f"key:{row.key_id}",
        permissions=frozenset(Permission(each) for each in row.permissions),
        merchant_id=row.merchant_id,
        per_minute=row.per_minute,
    )


def _row_of(ctx: Context, token: Token) -> ApiKey | None:
    row = ctx.session.scalar(select(ApiKey).where(ApiKey.key_id == token.id))
    mac = ctx.vault.mac_of(PURPOSE, token.secret.encode())
    # Compared in constant time, and also when there is no such row.
    same = hmac.compare_digest(row.mac if row else bytes(len(mac)), mac)
    return row if same else None


def note_used(ctx: Context, actor: str) -> None:
    """Note that a key was used, at most every five minutes; this is no action and leaves no audit record."""
    row = ctx.session.scalar(select(ApiKey).where(ApiKey.key_id == actor.removeprefix("key:")))
    if row is not None and (row.last_used_at is None or row.last_used_at + _SEEN_EVERY <= ctx.now):
        row.last_used_at = ctx.now
