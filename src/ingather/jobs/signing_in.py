"""Signing in with a password and a code: proved outside of any transaction, and slowed down for who guesses.

Names that nobody has cost the same, and are slowed down alike: an answer never tells who there is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.users.guessing import forget_failures, listen, note_failure, plain_name
from ingather.actions.users.people import once_fits
from ingather.actions.users.sessions import MadeSession, begin_session, end_sessions_of, note_proof
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import NotSignedIn, Unreadable, WrongState
from ingather.domain.users import SessionTerms, UserState
from ingather.jobs.desk import Desk
from ingather.store.tables import User
from ingather.vault.passwords import PasswordCost, fault_of, hash_password, is_outdated, password_fits
from ingather.vault.second_factor import Enrolment, new_factor, step_of

_Done = TypeVar("_Done")
_WRONG = "name, password or code is not right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What somebody shows to prove who they are; ``code`` is that of the second factor, where they have one."""

    name: str
    password: str = field(repr=False)
    code: str | None = field(default=None, repr=False)


def sign_in(desk: Desk, shown: Shown, *, cost: PasswordCost, terms: SessionTerms) -> MadeSession:
    """Sign a person in; raises ``NotSignedIn`` whatever is wrong, and ``TooManyAttempts`` while their name waits."""

    def begin(ctx: Context, user: User) -> MadeSession:
        return begin_session(ctx, user, second_factor=user.totp_step is not None, terms=terms)

    return _proved(desk, shown, cost, begin)


def prove_again(desk: Desk, session_id: int, shown: Shown, *, cost: PasswordCost) -> None:
    """Prove once more who is signed in, as approving asks for; raises as ``sign_in`` does."""

    def note(ctx: Context, user: User) -> None:
        note_proof(ctx, session_id, second_factor=user.totp_step is not None)

    _proved(desk, shown, cost, note)


def prove_by_code(desk: Desk, session_id: int, name: str, code: str) -> None:
    """Take one more code of the second factor from who is signed in with a password already; the code is used up.

    Raises ``WrongState`` for a person without a second factor, ``Unreadable`` for a code that does not fit, and
    ``TooManyAttempts`` after too many codes that did not.
    """
    # Counted apart from sign-ins: whoever knows a name could else keep its person from approving.
    guessed = f"code:{name}"
    with desk.action() as ctx:
        listen(ctx, guessed)
        user = _known(ctx, name)
        if user is None or user.totp_step is None:
            fact = "this needs a one-time code, and you have no second factor yet"
            raise WrongState(fact, "Enrol one on your own page first")
        if _second_factor_fits(ctx, user, code):
            forget_failures(ctx, guessed)
            note_proof(replace(ctx, actor=f"user:{user.name}"), session_id, second_factor=True)
            return
        note_failure(ctx, guessed)
    fact = "the one-time code does not fit, or was used already"
    raise Unreadable(fact, "Send the code that your device shows now; each counts once")


def change_password(desk: Desk, session_id: int, shown: Shown, *, new: str, cost: PasswordCost) -> None:
    """Take a new password from who proves the old one, and end their other sessions.

    Raises ``Unreadable`` for a password that may not be taken, and as ``sign_in`` does.
    """
    kept = _taken(desk, shown.name, new, cost)

    def change(ctx: Context, user: User) -> None:
        user.password, user.password_at = kept, ctx.now
        end_sessions_of(ctx, user.id, but=session_id)
        ctx.audit("change_password", public_id(Prefix.USER, user.id))

    _proved(desk, shown, cost, change)


def enrol_second_factor(desk: Desk, shown: Shown, *, cost: PasswordCost) -> Enrolment:
    """Give who proves their password the secret of a second factor; it counts once its first code was sent.

    Raises ``WrongState`` for a person who has one, and as ``sign_in`` does.
    """

    def enrol(ctx: Context, user: User) -> Enrolment:
        if user.totp_step is not None:
            fact = f"{user.name} has a second factor"
            raise WrongState(fact, "Where it is lost, an administrator resets it")
        made = new_factor(ctx.vault, user.id, user.name)
        user.totp_sealed = made.sealed
        ctx.audit("enrol_second_factor", public_id(Prefix.USER, user.id))
        return made

    return _proved(desk, shown, cost, enrol)


def choose_password(desk: Desk, name: str, once: str, *, new: str, cost: PasswordCost) -> None:
    """Take a password from who holds the one-time token that an administrator gave; the token is used up.

    Raises ``Unreadable`` for a password that may not be taken, ``NotSignedIn`` for a token that does not fit, and
    ``TooManyAttempts`` while the name waits.
    """
    kept = _taken(desk, name, new, cost)
    done = False
    with desk.action() as ctx:
        listen(ctx, name)
        user = _known(ctx, name)
        if user is not None and once_fits(ctx, user, once):
            user.password, user.password_at = kept, ctx.now
            user.once_mac = user.once_until = None
            forget_failures(ctx, name)
            end_sessions_of(ctx, user.id)
            acting = replace(ctx, actor=f"user:{user.name}")
            acting.audit("choose_password", public_id(Prefix.USER, user.id))
            done = True
        else:
            note_failure(ctx, name)
    if not done:
        fact = "this name has no such one-time token, or it is over"
        raise NotSignedIn(fact, "Ask an administrator for another one")


def _proved(desk: Desk, shown: Shown, cost: PasswordCost, go_on: Callable[[Context, User], _Done]) -> _Done:
    """Return what ``go_on`` makes of a person who is proved, in the transaction that uses their code up."""
    with desk.view() as ctx:
        listen(ctx, shown.name)
        read = _known(ctx, shown.name)
        kept = read.password if read is not None else None
    # The costly part holds no lock of the book.
    fits = password_fits(desk.vault, kept, shown.password, cost)
    anew = hash_password(desk.vault, shown.password, cost) if fits and kept and is_outdated(kept, cost) else None
    with desk.action() as ctx:
        listen(ctx, shown.name)
        user = _known(ctx, shown.name)
        if user is not None and fits and user.password == kept and _second_factor_fits(ctx, user, shown.code):
            forget_failures(ctx, shown.name)
            if anew is not None:
                user.password = anew
            return go_on(replace(ctx, actor=f"user:{user.name}"), user)
        note_failure(ctx, shown.name)
    raise NotSignedIn(_WRONG, "Try again, or ask an administrator for a one-time token")


def _second_factor_fits(ctx: Context, user: User, code: str | None) -> bool:
    """Return whether a code fits, and use it up; a person without a second factor needs none."""
    if user.totp_step is None or user.totp_sealed is None:
        return True
    step = step_of(ctx.vault, user.id, user.totp_sealed, code or "", now=ctx.now, used=user.totp_step)
    if step is not None:
        user.totp_step = step
    return step is not None


def _taken(desk: Desk, name: str, new: str, cost: PasswordCost) -> str:
    """Return the hash of a password that may be taken."""
    if (fault := fault_of(plain_name(name), new)) is not None:
        raise Unreadable(fault, "Choose another one; several words are easy to remember")
    return hash_password(desk.vault, new, cost)


def _known(ctx: Context, name: str) -> User | None:
    named = select(User).where(User.name == plain_name(name), User.state == UserState.ACTIVE)
    return ctx.session.scalar(named)
