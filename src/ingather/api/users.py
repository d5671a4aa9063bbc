"""People over HTTP: an administrator says who there is and what they may do, never about himself."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.users.people import (
    add_user,
    disable_user,
    enable_user,
    grant_roles,
    link_provider,
    reset_password,
)
from ingather.api.calls import Call, found
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.sessions import Name, secretly
from ingather.api.shapes import Body, Line, Reasoned, Shown, id_field, in_path
from ingather.base.ids import Prefix
from ingather.domain.users import Permission, Role, UserState
from ingather.store.reading import users

routes = Routes("users")
UserId: TypeAlias = Annotated[str, in_path("usr", "a person")]
Roles = Annotated[
    list[Role],
    Field(max_length=len(Role), description="Administrator and key custodian do not meet approver in one person."),
]


class NewUser(Body):
    """A person to record."""

    name: Name
    roles: Roles


class Grant(Reasoned):
    """The roles a person has from now on, instead of those they had."""

    roles: Roles


class Reset(Reasoned):
    """What a person chooses anew."""

    second_factor: bool = Field(default=False, description="Whether the second factor is lost too.")


class Link(Reasoned):
    """What an identity provider calls a person."""

    issuer: Annotated[Line, Field(examples=["https://id.example.com"])]
    subject: Line


class User(Shown):
    """A person."""

    id: Annotated[str, id_field("usr", "the person")]
    name: str
    roles: list[str] = Field(description=f"Of {', '.join(Role)}; more may be added.")
    state: str = Field(description=f"One of {', '.join(UserState)}; more may be added.")
    has_password: bool
    second_factor: bool
    issuer: str | None = Field(description="The identity provider they sign in with.")
    subject: str | None
    seen_at: datetime | None = Field(description="When they were last there.")
    created_at: datetime
    created_by: str


class Once(Shown):
    """A person, and the one-time token with which they choose a password; it is shown this once."""

    user: User
    token: str = Field(description="Hand it over to the person; it lasts two days.")


class UsersQuery(PageQuery):
    """Which people."""

    state: list[UserState] | None = None
    name: str | None = None


@routes.get("/users", needs=Permission.USERS_READ, returns=Page[User], may=(422,))
def list_users(call: Call, query: Annotated[UsersQuery, Query()]) -> Response:
    """List people."""
    rows, meta = read_page(call, users.USERS, query)
    return call.show(Page[User](data=[User(**row) for row in rows], meta=meta))


@routes.get("/users/{user_id}", needs=Permission.USERS_READ, returns=User)
def show_user(call: Call, user_id: UserId) -> Response:
    """Return one person."""
    with call.view() as ctx:
        return call.show(_shown(ctx, call.key_of(ctx, Prefix.USER, user_id)))


@routes.post("/users", needs=Permission.USERS_WRITE, returns=Once, status=201, money=False, keeps=False)
def add_a_user(call: Call, body: NewUser) -> Response:
    """Record a person; they choose their password with the token that is answered."""
    with call.desk.action() as ctx:
        made = add_user(ctx, body.name, body.roles)
        shown = Once(user=_shown(ctx, made.id), token=made.token)
    call.desk.remember()
    return secretly(call, shown)


@routes.post("/users/{user_id}/reset", needs=Permission.USERS_WRITE, returns=Once, money=False, keeps=False)
def reset_user(call: Call, user_id: UserId, body: Reset) -> Response:
    """Forget a person's password, and their second factor where it is lost; they choose anew with a token."""
    with call.desk.action() as ctx:
        key = call.key_of(ctx, Prefix.USER, user_id)
        made = reset_password(ctx, key, second_factor=body.second_factor, reason=body.reason)
        shown = Once(user=_shown(ctx, key), token=made.token)
    call.desk.remember()
    return secretly(call, shown)


@routes.post("/users/{user_id}/grant", needs=Permission.USERS_WRITE, returns=User, money=False)
def grant_user(call: Call, user_id: UserId, body: Grant) -> Response:
    """Say which roles a person has from now on."""
    return _decide(call, user_id, lambda ctx, key: grant_roles(ctx, key, body.roles, reason=body.reason))


@routes.post("/users/{user_id}/disable", needs=Permission.USERS_WRITE, returns=User, money=False)
def disable_a_user(call: Call, user_id: UserId, body: Reasoned) -> Response:
    """Disable a person; their sign-ins end."""
    return _decide(call, user_id, lambda ctx, key: disable_user(ctx, key, reason=body.reason))


@routes.post("/users/{user_id}/enable", needs=Permission.USERS_WRITE, returns=User, money=False)
def enable_a_user(call: Call, user_id: UserId, body: Reasoned) -> Response:
    """Let a person who was disabled sign in again."""
    return _decide(call, user_id, lambda ctx, key: enable_user(ctx, key, reason=body.reason))


@routes.post("/users/{user_id}/link", needs=Permission.USERS_WRITE, returns=User, money=False)
def link_user(call: Call, user_id: UserId, body: Link) -> Response:
    """Say what an identity provider calls a person, who signs in there from now on."""

    def link(ctx: Context, key: int) -> None:
        link_provider(ctx, key, issuer=body.issuer, subject=body.subject, reason=body.reason)

    return _decide(call, user_id, link)


def _decide(call: Call, user_id: str, decide: Any) -> Response:  # noqa: ANN401 -- a decision about a key
    def do(ctx: Context) -> User:
        key = call.key_of(ctx, Prefix.USER, user_id)
        decide(ctx, key)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.USER, user_id)))


def _shown(ctx: Context, key: int) -> User:
    ctx.session.flush()
    return User(**found(users.user_shown(ctx.session, key), Prefix.USER, key))
