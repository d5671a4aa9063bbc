"""People signed in: a session is begun, recognised by its token, proved anew, and ended."""

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.base.ids import Prefix, decode_key, encode_key, public_id
from ingather.domain.refusals import NotSignedIn, Unreadable, WrongState
from ingather.domain.users import PEOPLE_ONLY, Caller, SessionTerms, UserState, permissions_of, roles_of
from ingather.store.tables import User, UserSession
from ingather.vault.credentials import Token, new_token, token_text
from ingather.vault.second_factor import step_of

SORT = "ses"
PURPOSE = "session"
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSession:
    """A new session: its row, the token that is shown this once, and when it ends at the latest."""

    id: int
    token: str = field(repr=False)
    expires_at: datetime
    second_factor: bool


def begin_session(ctx: Context, user: User, *, second_factor: bool, terms: SessionTerms) -> MadeSession:
    """Sign a person in who has proved who they are; ``second_factor`` is whether by more than a password.

    Raises ``WrongState`` for a person who is disabled.
    """
    if user.state != UserState.ACTIVE:
        fact = f"{user.name} is disabled"
        raise WrongState(fact, "An administrator enables them again")
    key = ctx.ids.one()
    token = new_token(SORT, encode_key(key).lower())
    expires_at = ctx.now + terms.total
    ctx.session.add(
        UserSession(
            id=key,
            user_id=user.id,
            mac=_mac(ctx, token),
            begun_at=ctx.now,
            proven_at=ctx.now,
            second_factor=second_factor,
            seen_at=ctx.now,
            expires_at=expires_at,
        ),
    )
    ctx.audit("sign_in", public_id(Prefix.SESSION, key), user=user.name, second_factor=second_factor)
    return MadeSession(id=key, token=token_text(token), expires_at=expires_at, second_factor=second_factor)


def begin_linked_session(
    ctx: Context, *, issuer: str, subject: str, second_factor: bool, terms: SessionTerms
) -> MadeSession:
    """Sign in the person whom an identity provider proved; raises ``NotSignedIn`` for who is linked to nobody here."""
    linked = select(User).where(User.issuer == issuer, User.subject == subject, User.state == UserState.ACTIVE)
    user = ctx.session.scalar(linked)
    if user is None:
        fact = "the identity provider proved somebody whom nobody here is linked to"
        raise NotSignedIn(fact, "Ask an administrator to link you")
    return begin_session(replace(ctx, actor=f"user:{user.name}"), user, second_factor=second_factor, terms=terms)


def caller_of_session(ctx: Context, token: Token, terms: SessionTerms) -> Caller:
    """Return who is signed in with a token; raises ``NotSignedIn`` when it opens nothing, and always says the same."""
    try:
        key = decode_key(token.id.upper())
    except ValueError:
        raise _ended() from None
    row = ctx.session.execute(
        select(UserSession, User).join(User, User.id == UserSession.user_id).where(UserSession.id == key)
    ).one_or_none()
    mac = _mac(ctx, token)
    # Compared in constant time, and also when there is no such row.
    if not hmac.compare_digest(row.UserSession.mac if row else bytes(len(mac)), mac) or row is None:
        raise _ended()
    session, user = row.UserSession, row.User
    over = session.ended_at is not None or ctx.now >= min(session.expires_at, session.seen_at + terms.idle)
    if over or user.state != UserState.ACTIVE:
        raise _ended()
    permissions = permissions_of(roles_of(user.roles))
    fresh = session.second_factor and ctx.now <= session.proven_at + terms.proof
    withheld = frozenset() if fresh else permissions & PEOPLE_ONLY
    return Caller(
        actor=f"user:{user.name}",
        permissions=permissions - withheld,
        session_id=session.id,
        user_id=user.id,
        second_factor=session.second_factor,
        withheld=withheld,
        unseen=session.seen_at + min(_SEEN_EVERY, terms.idle / 2) <= ctx.now,
    )


def note_seen(ctx: Context, session_id: int) -> None:
    """Note that somebody is still there; this is no action and leaves no audit record."""
    ctx.session.execute(
        update(UserSession).where(UserSession.id == session_id, UserSession.seen_at < ctx.now).values(seen_at=ctx.now)
    )


def note_proof(ctx: Context, session_id: int, *, second_factor: bool) -> None:
    """Note that somebody proved again who they are, and whether by more than a password."""
    row = ctx.session.scalar(select(UserSession).where(UserSession.id == session_id).with_for_update())
    if row is None or row.ended_at is not None:
        raise _ended()
    row.proven_at, row.second_factor = ctx.now, second_factor or row.second_factor
    ctx.audit("prove", public_id(Prefix.SESSION, session_id), second_factor=second_factor)


def confirm_second_factor(ctx: Context, session_id: int, code: str) -> None:
    """Take the first code of a second factor: from now on it is asked for, and this session has it.

    Raises ``WrongState`` where none was asked for or it counts already, and ``Unreadable`` for a code that does not
    fit.
    """
    found = ctx.session.execute(
        select(UserSession, User).join(User, User.id == UserSession.user_id).where(UserSession.id == session_id)
    ).one()
    session, user = found.UserSession, found.User
    if user.totp_sealed is None or user.totp_step is not None:
        fact = f"{user.name} has no second factor that waits for its first code"
        raise WrongState(fact, "Enrol one first")
    step = step_of(ctx.vault, user.id, user.totp_sealed, code, now=ctx.now, used=None)
    if step is None:
        fact = "the code does not fit"
        raise Unreadable(fact, "Look at the clock of the device, and send the code it shows now")
    user.totp_step = step
    session.second_factor, session.proven_at = True, ctx.now
    end_sessions_of(ctx, user.id, but=session_id)
    ctx.audit("confirm_second_factor", public_id(Prefix.USER, user.id))


def end_session(ctx: Context, session_id: int) -> None:
    """Sign somebody out; a session that is over stays so."""
    row = ctx.session.scalar(select(UserSession).where(UserSession.id == session_id).with_for_update())
    if row is not None and row.ended_at is None:
        row.ended_at = ctx.now
        ctx.audit("sign_out", public_id(Prefix.SESSION, session_id))


def end_sessions_of(ctx: Context, user_id: int, *, but: int | None = None) -> int:
    """End every session of a person, one excepted where it is named; returns how many were open."""
    rows = ctx.session.scalars(
        select(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None)).with_for_update()
    )
    ended = [row for row in rows if row.id != but]
    for row in ended:
        row.ended_at = ctx.now
    return len(ended)


def _mac(ctx: Context, token: Token) -> bytes:
    return ctx.vault.mac_of(PURPOSE, token.secret.encode())


def _ended() -> NotSignedIn:
    fact = "this sign-in is over, or none of this book's"
    return NotSignedIn(fact, "Sign in again")
