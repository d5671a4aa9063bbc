"""The demo's people: one for each role, ready to sign in with a password and a device of their own.

They are made in a rehearsal's book alone. Their passwords are in this file, so no other book may ever have them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import select

from ingather.actions.users.people import add_user
from ingather.domain.refusals import LiveBook
from ingather.domain.users import Role
from ingather.jobs.desk import Desk
from ingather.jobs.signing_in import choose_password
from ingather.store.tables import Book, User
from ingather.vault.passwords import PasswordCost
from ingather.vault.second_factor import new_factor, next_code

PASSWORD = "a rehearsal needs no secrets"  # noqa: S105 -- as the module says
_PEOPLE = (
    ("ada", Role.ADMINISTRATOR),
    ("maria", Role.OPERATOR),
    ("nadia", Role.APPROVER),
    ("chen", Role.COMPLIANCE),
    ("kim", Role.KEY_CUSTODIAN),
    ("vera", Role.VIEWER),
)
"""Their names and roles; the administrator comes first, since who makes the others must be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of the demo; ``code`` gives what their device shows, the next one that was not used."""

    name: str
    role: Role
    password: str = field(repr=False)
    code: Callable[[datetime], str] = field(repr=False)


def demo_people(desk: Desk, *, cost: PasswordCost) -> Sequence[Person]:
    """Return the demo's people, whom the book is given where it does not know them; raises ``LiveBook``."""
    with desk.view() as ctx:
        if ctx.session.scalars(select(Book.mark)).one() != "test":
            raise LiveBook
        known = set(ctx.session.scalars(select(User.name)))
    administrator = desk.as_actor("system:host")
    for name, role in _PEOPLE:
        if name not in known:
            with administrator.action() as ctx:
                once = add_user(ctx, name, [role])
            choose_password(desk, name, once.token, new=PASSWORD, cost=cost)
            _give_device(desk, name)
        administrator = desk.as_actor(f"user:{_PEOPLE[0][0]}")
    return [Person(name=name, role=role, password=PASSWORD, code=partial(_code, desk, name)) for name, role in _PEOPLE]


def _give_device(desk: Desk, name: str) -> None:
    with desk.as_actor(f"user:{name}").action() as ctx:
        user = ctx.session.scalars(select(User).where(User.name == name)).one()
        user.totp_sealed = new_factor(ctx.vault, user.id, name).sealed
        user.totp_step = 0
        ctx.audit("give_device", "book", name=name)


def _code(desk: Desk, name: str, now: datetime) -> str:
    with desk.view() as ctx:
        user = ctx.session.scalars(select(User).where(User.name == name)).one()
        return next_code(ctx.vault, user.id, user.totp_sealed or b"", now=now, used=user.totp_step or 0)
