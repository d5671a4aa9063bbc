"""Keys of the API: made, rotated, revoked, and recognised; the book keeps only a keyed hash of each.

A key never approves, grants or makes keys (``domain.users.PEOPLE_ONLY``): that is for people.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.refusals import NoSuch, NotSignedIn, Unreadable, WrongState
from ingather.domain.users import BOUND, PEOPLE_ONLY, Caller, Permission
from ingather.store.tables import ApiKey, Book
from ingather.vault.credentials import Token, new_token, token_text

PURPOSE = "apikey"
LONGEST_OVERLAP = timedelta(days=30)
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
    """Make a key.

    Raises ``Unreadable`` for no permissions, for those that are for people only (approving, granting, making keys),
    and for those that a key bound to a merchant cannot hold.
    """
    if not permissions:
        fact = "a key without permissions opens nothing"
        raise Unreadable(fact, "Name at least one permission")
    if beyond := sorted(set(permissions) & PEOPLE_ONLY):
        fact = f"a key cannot hold {', '.join(beyond)}: this is for people who sign in with a second factor"
        raise Unreadable(fact, "Leave them out; a person with the role does it")
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


def rotate_key(ctx: Context, key: int, *, overlap: timedelta, reason: str) -> MadeKey:
    """Give a key a new token; the one before opens as well for as long as ``overlap`` says, at most thirty days.

    It stays the same caller: what it may do, what was answered to it and who it is in the records go on. Raises
    ``NoSuch``, ``WrongState`` for one that is revoked or expired, and ``Unreadable`` for another overlap.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        fact = f"the token before can go on opening for at most {LONGEST_OVERLAP.days} days"
        raise Unreadable(fact, "Name a shorter overlap")
    row = _locked(ctx, key)
    name = public_id(Prefix.API_KEY, key)
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= ctx.now):
        fact = f"key {name} is revoked or expired"
        raise WrongState(fact, "Make a new one")
    token = new_token(ctx.session.execute(select(Book.mark)).scalar_one(), row.key_id)
    row.old_mac, row.old_until = (row.mac, ctx.now + overlap) if overlap else (None, None)
    row.mac = ctx.vault.mac_of(PURPOSE, token.secret.encode())
    ctx.audit("rotate_key", name, reason=reason, overlap_s=int(overlap.total_seconds()))
    return MadeKey(id=key, token=token_text(token))


def revoke_key(ctx: Context, key: int, *, reason: str) -> None:
    """Revoke a key for good, with every token it has; raises ``NoSuch``, and ``WrongState`` for a revoked one."""
    row = _locked(ctx, key)
    name = public_id(Prefix.API_KEY, key)
    if row.revoked_at is not None:
        fact = f"key {name} is revoked already"
        raise WrongState(fact)
    row.revoked_at, row.revoked_by = ctx.now, ctx.actor
    ctx.audit("revoke_key", name, reason=reason)


def _locked(ctx: Context, key: int) -> ApiKey:
    row = ctx.session.scalar(select(ApiKey).where(ApiKey.id == key).with_for_update())
    if row is None:
        fact = f"there is no key {public_id(Prefix.API_KEY, key)}"
        raise NoSuch(fact)
    return row


def caller_of_key(ctx: Context, token: Token) -> Caller:
    """Return who holds a key; raises ``NotSignedIn`` for one that is none, revoked, expired, or of another book.

    Every fault says the same: who guesses learns nothing from the answer.
    """
    row = _row_of(ctx, token)
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= ctx.now):
        fact = "this key opens nothing here: it is mistyped, revoked, expired, or another book's"
        raise NotSignedIn(fact)
    return Caller(
        actor=f"key:{row.key_id}",
        permissions=frozenset(Permission(each) for each in row.permissions) - PEOPLE_ONLY,
        merchant_id=row.merchant_id,
        per_minute=row.per_minute,
        unseen=_due(row, ctx.now),
    )


def _row_of(ctx: Context, token: Token) -> ApiKey | None:
    row = ctx.session.scalar(select(ApiKey).where(ApiKey.key_id == token.id))
    mac = ctx.vault.mac_of(PURPOSE, token.secret.encode())
    nobody = bytes(len(mac))
    # Compared in constant time, and also when there is no such row.
    new = hmac.compare_digest(row.mac if row else nobody, mac)
    old = hmac.compare_digest((row.old_mac if row else None) or nobody, mac)
    if row is None:
        return None
    return row if new or (old and row.old_until is not None and ctx.now < row.old_until) else None


def _due(row: ApiKey, now: datetime) -> bool:
    return row.last_used_at is None or row.last_used_at + _SEEN_EVERY <= now


def note_used(ctx: Context, actor: str) -> None:
    """Note that a key was used, at most every five minutes; this is no action and leaves no audit record."""
    row = ctx.session.scalar(select(ApiKey).where(ApiKey.key_id == actor.removeprefix("key:")))
    if row is not None and _due(row, ctx.now):
        row.last_used_at = ctx.now
