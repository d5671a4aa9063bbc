"""A person's calendar feed: its address holds a token of their own, since calendar programs sign in nowhere.

The token is made of the person and of when they chose their password: a new password makes a new address, and the old
one tells nothing any more. What it opens are kinds, ids and last days of cases.
"""

import hmac

from ingather.actions.context import Context
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.refusals import NoSuch
from ingather.domain.users import Permission, UserState, permissions_of, roles_of
from ingather.store.tables import User

_PURPOSE = "calendar"


def feed_token(ctx: Context, user_id: int) -> str:
    """Return the token of a person's feed."""
    user = ctx.session.get_one(User, user_id)
    return f"{public_id(Prefix.USER, user.id)}.{_mac(ctx, user)}"


def person_of_feed(ctx: Context, token: str) -> User:
    """Return whose feed a token opens; raises ``NoSuch`` for one that opens none, or none any more."""
    name, _, mac = token.partition(".")
    try:
        user = ctx.session.get(User, parse_public_id(Prefix.USER, name))
    except ValueError:
        user = None
    known = user is not None and hmac.compare_digest(mac.encode(), _mac(ctx, user).encode())
    if user is None or not known or user.state != UserState.ACTIVE or not _may(user):
        fact = "there is no such calendar"
        raise NoSuch(fact, "Take its address anew from the console, under Cases")
    return user


def _may(user: User) -> bool:
    return Permission.RETURNS_READ in permissions_of(roles_of(user.roles))


def _mac(ctx: Context, user: User) -> str:
    chosen = user.password_at.isoformat() if user.password_at else ""
    return ctx.vault.mac_of(_PURPOSE, f"{user.id}|{chosen}".encode()).hex()
