"""People: recorded, given roles, disabled, and given a token with which they choose a password.

The first administrator of a book is made on its host. From then on only an administrator who is in the book says who
may do what, never about himself, and one who can is always left.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.users.guessing import forget_failures
from ingather.actions.users.sessions import end_sessions_of
from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.actors import parse_actor
from ingather.domain.refusals import NoSuch, NotPermitted, Unreadable, WrongState
from ingather.domain.users import Role, UserState, may_not_meet, roles_of, roles_text
from ingather.store.tables import Book, User
from ingather.vault.credentials import new_token, parse_token, token_text

ONCE = "once"
ONCE_LASTS = timedelta(days=2)
_PURPOSE = "once"
_USER = "user:"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnceToken:
    """A person, and the token with which they choose a password within two days; it is shown this once."""

    id: int
    token: str = field(repr=False)


def add_user(ctx: Context, name: str, roles: Collection[Role]) -> OnceToken:
    """Record a person with roles; they choose their password themselves, with the token that is returned.

    Raises ``Unreadable`` for roles that do not meet or a name that is none, ``WrongState`` for a name that is taken,
    and ``NotPermitted`` for an actor who may not grant.
    """
    actor = _person(name)
    _may_grant(ctx, actor)
    _may_meet(roles)
    name = actor.removeprefix(_USER)
    if ctx.session.scalar(select(User.id).where(User.name == name)) is not None:
        fact = f"there is a {name} already"
        raise WrongState(fact, "Take another name, or grant them more roles")
    key = ctx.ids.one()
    row = User(
        id=key,
        name=name,
        roles=roles_text(roles),
        state=UserState.ACTIVE,
        created_at=ctx.now,
        created_by=ctx.actor,
    )
    ctx.session.add(row)
    token = _once(ctx, row)
    ctx.audit("add_user", public_id(Prefix.USER, key), name=name, roles=row.roles)
    return OnceToken(id=key, token=token)


def grant_roles(ctx: Context, key: int, roles: Collection[Role], *, reason: str) -> None:
    """Give a person exactly these roles, from the next call on.

    Raises ``NoSuch``, ``NotPermitted`` for oneself and for an actor who may not grant, ``Unreadable`` for roles that
    do not meet, and ``WrongState`` when no administrator would be left.
    """
    row = _locked(ctx, key)
    _may_grant(ctx, _USER + row.name)
    _may_meet(roles)
    if Role.ADMINISTRATOR not in roles:
        _one_is_left(ctx, row)
    before, row.roles = row.roles, roles_text(roles)
    ctx.audit("grant_roles", public_id(Prefix.USER, key), before=before, roles=row.roles, reason=reason)


def disable_user(ctx: Context, key: int, *, reason: str) -> None:
    """Disable a person and end their sessions; raises as ``grant_roles`` does, and ``WrongState`` when they are."""
    row = _locked(ctx, key)
    _may_grant(ctx, _USER + row.name)
    if row.state == UserState.DISABLED:
        fact = f"{row.name} is disabled already"
        raise WrongState(fact)
    _one_is_left(ctx, row)
    row.state = UserState.DISABLED
    row.once_mac = row.once_until = None
    ended = end_sessions_of(ctx, key)
    ctx.audit("disable_user", public_id(Prefix.USER, key), reason=reason, sessions=ended)


def enable_user(ctx: Context, key: int, *, reason: str) -> None:
    """Let a person who was disabled sign in again; raises ``NoSuch``, ``NotPermitted`` and ``WrongState``."""
    row = _locked(ctx, key)
    _may_grant(ctx, _USER + row.name)
    if row.state == UserState.ACTIVE:
        fact = f"{row.name} is not disabled"
        raise WrongState(fact)
    row.state = UserState.ACTIVE
    ctx.audit("enable_user", public_id(Prefix.USER, key), reason=reason)


def reset_password(ctx: Context, key: int, *, second_factor: bool, reason: str) -> OnceToken:
    """Forget a person's password, and their second factor where that is lost too; ends their sessions.

    They choose another with the token that is returned. Raises ``NoSuch``, ``NotPermitted`` for oneself and for an
    actor who may not grant, and ``WrongState`` for a person who is disabled. The holder of the host's key folder may
    always do it, as ``system:host``: an administrator who lost everything is helped there.
    """
    row = _locked(ctx, key)
    if not ctx.actor.startswith("system:"):
        _may_grant(ctx, _USER + row.name)
    if row.state == UserState.DISABLED:
        fact = f"{row.name} is disabled"
        raise WrongState(fact, "Enable them first")
    row.password = row.password_at = None
    if second_factor:
        row.totp_sealed = row.totp_step = None
    forget_failures(ctx, row.name)
    token = _once(ctx, row)
    ended = end_sessions_of(ctx, key)
    subject = public_id(Prefix.USER, key)
    ctx.audit("reset_password", subject, reason=reason, second_factor=second_factor, sessions=ended)
    return OnceToken(id=key, token=token)


def link_provider(ctx: Context, key: int, *, issuer: str, subject: str, reason: str) -> None:
    """Say what an identity provider calls a person, who may sign in there from now on.

    Raises ``NoSuch``, ``NotPermitted``, and ``WrongState`` when the provider's person is somebody else's already.
    """
    row = _locked(ctx, key)
    _may_grant(ctx, _USER + row.name)
    taken = select(User.name).where(User.issuer == issuer, User.subject == subject, User.id != key)
    if (other := ctx.session.scalar(taken)) is not None:
        fact = f"this person of the provider's is linked to {other}"
        raise WrongState(fact, "Check the subject with the provider")
    row.issuer, row.subject = issuer, subject
    ended = end_sessions_of(ctx, key)
    ctx.audit("link_provider", public_id(Prefix.USER, key), issuer=issuer, reason=reason, sessions=ended)


def demand_sign_in(ctx: Context, *, demanded: bool, reason: str) -> None:
    """Have the command line take an actor only from who proved it, or no longer.

    Raises ``NotPermitted`` for an actor who may not grant, and ``WrongState`` when nobody could sign in and grant.
    """
    _may_grant(ctx, None)
    able = ctx.session.scalars(
        select(User.roles).where(
            User.state == UserState.ACTIVE, User.password.is_not(None), User.totp_step.is_not(None)
        )
    )
    if demanded and not any(Role.ADMINISTRATOR in roles_of(roles) for roles in able):
        fact = "no administrator has a password and a second factor yet: nobody could grant anything any more"
        raise WrongState(fact, "Let an administrator sign in and enrol a second factor first")
    ctx.session.execute(select(Book)).scalar_one().signed_in = demanded
    ctx.audit("demand_sign_in", "book", demanded=demanded, reason=reason)


def once_fits(ctx: Context, user: User, text: str) -> bool:
    """Return whether a token lets a person choose a password now."""
    token = parse_token(text)
    mac = ctx.vault.mac_of(_PURPOSE, token.secret.encode() if token and token.sort == ONCE else b"")
    same = hmac.compare_digest(user.once_mac or bytes(len(mac)), mac)
    return same and user.once_until is not None and ctx.now < user.once_until


def _once(ctx: Context, row: User) -> str:
    token = new_token(ONCE, encode_key(row.id).lower())
    row.once_mac = ctx.vault.mac_of(_PURPOSE, token.secret.encode())
    row.once_until = ctx.now + ONCE_LASTS
    return token_text(token)


def _person(name: str) -> str:
    actor = parse_actor(name)
    if not actor.startswith(_USER):
        fact = "a person's name has no colon"
        raise Unreadable(fact, "Write it as maria or maria@example.com")
    return actor


def _may_meet(roles: Collection[Role]) -> None:
    if may_not_meet(roles):
        fact = "who grants roles or makes keys approves nothing: these roles are for two persons"
        raise Unreadable(fact, "Leave approver out, or administrator and key custodian")


def _may_grant(ctx: Context, about: str | None) -> None:
    """Raise unless the actor is an administrator of the book and it is not about himself; the first needs nobody."""
    if ctx.actor == about:
        fact = "nobody grants, disables or resets himself"
        raise NotPermitted(fact, "Ask another administrator")
    names = {user.name for user in _administrators(ctx)}
    if names and ctx.actor.removeprefix(_USER) not in names:
        fact = f"{ctx.actor} is no administrator of this book, and it has one"
        raise NotPermitted(fact, "Ask an administrator")


def _one_is_left(ctx: Context, row: User) -> None:
    others = [user for user in _administrators(ctx) if user.id != row.id]
    if not others and Role.ADMINISTRATOR in roles_of(row.roles):
        fact = f"{row.name} is the last administrator"
        raise WrongState(fact, "Make another one first")


def _administrators(ctx: Context) -> list[User]:
    active = ctx.session.scalars(select(User).where(User.state == UserState.ACTIVE))
    return [user for user in active if Role.ADMINISTRATOR in roles_of(user.roles)]


def _locked(ctx: Context, key: int) -> User:
    row = ctx.session.scalar(select(User).where(User.id == key).with_for_update())
    if row is None:
        fact = f"there is no user {public_id(Prefix.USER, key)}"
        raise NoSuch(fact)
    return row
