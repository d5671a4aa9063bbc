"""Signing in over HTTP: who is there, a password and a second factor, and proving them again before approving."""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field

from ingather.actions.users.sessions import confirm_second_factor, end_session
from ingather.api.calls import JSON, Call
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Shown, id_field
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import NotPermitted
from ingather.domain.users import Permission, Role
from ingather.jobs.signing_in import (
    Shown as Proof,
)
from ingather.jobs.signing_in import (
    change_password,
    choose_password,
    enrol_second_factor,
    prove_again,
    sign_in,
)
from ingather.store.reading import users

routes = Routes("sessions")
Name = Annotated[str, Field(min_length=1, max_length=63, examples=["maria"], description="The person's name.")]
Password = Annotated[str, Field(min_length=1, max_length=1000, examples=["four words of nobody"])]
NewPassword = Annotated[
    str,
    Field(
        min_length=1, max_length=1000, examples=["four words of nobody"],
        description="At least 12 characters, without the person's name.",
    ),
]  # fmt: skip
Code = Annotated[
    str, Field(max_length=20, examples=["492039"], description="What the app of the second factor shows now.")
]


class SignIn(Body):
    """A person who signs in."""

    name: Name
    password: Password
    code: Code | None = None


class Choice(Body):
    """A password chosen with a one-time token."""

    name: Name
    token: Annotated[str, Field(min_length=1, max_length=200, description="What the administrator handed over.")]
    password: NewPassword


class Again(Body):
    """The password, and the code where there is a second factor."""

    password: Password
    code: Code | None = None


class Change(Again):
    """The password of now, and the one to be."""

    new_password: NewPassword


class FirstCode(Body):
    """The first code of a second factor."""

    code: Code


class Session(Shown):
    """A sign-in."""

    id: Annotated[str, id_field("ses", "the sign-in")]
    user: str
    roles: list[str] = Field(description=f"Of {', '.join(Role)}; more may be added.")
    begun_at: datetime
    proven_at: datetime = Field(
        description="When the person last proved who they are; approving asks for a recent one."
    )
    expires_at: datetime = Field(description="When it ends at the latest; it ends earlier when nothing is done.")
    second_factor: bool


class NewSession(Session):
    """A sign-in and its token, which is shown this once."""

    token: str = Field(description="Send it as `Authorization: Bearer …`.")


class Factor(Shown):
    """A new second factor, shown this once."""

    uri: str = Field(description="What the app takes, as text or as a picture (otpauth).")
    secret: str = Field(description="The same secret in letters, for typing.")


class Done(Shown):
    """That it was done."""

    done: bool = True


class WhoAmI(Shown):
    """Who calls."""

    actor: str
    book: str = Field(description="test or live.")
    permissions: list[str] = Field(description=f"Of {', '.join(Permission)}; more may be added.")
    withheld: list[str] = Field(
        description="What the roles give and this sign-in does not: its second factor is missing, or too long ago."
    )
    merchant: str | None = Field(description="The one merchant the key is bound to.")
    session: str | None


def secretly(call: Call, model: BaseModel) -> Response:
    """Answer with something that is shown once, and that nobody on the way keeps."""
    headers = {"Cache-Control": "no-store"}
    return Response(model.model_dump_json(), status_code=call.status, media_type=JSON, headers=headers)


@routes.own("/sessions", returns=NewSession, method="POST", status=201, open=True)
def begin_a_session(call: Call, body: SignIn) -> Response:
    """Sign in with name, password and code."""
    made = sign_in(
        call.desk,
        Proof(name=body.name, password=body.password, code=body.code),
        cost=call.office.password_cost,
        terms=call.office.session_terms,
    )
    return _begun(call, made.id, made.token)


def _begun(call: Call, session_id: int, token: str) -> Response:
    call.desk.remember()
    with call.view() as ctx:
        return secretly(call, NewSession(**users.session_shown(ctx.session, session_id), token=token))


@routes.own("/passwords", returns=Done, method="POST", open=True)
def choose_a_password(call: Call, body: Choice) -> Response:
    """Choose a password with a one-time token."""
    choose_password(call.desk, body.name, body.token, new=body.password, cost=call.office.password_cost)
    call.desk.remember()
    return secretly(call, Done())


@routes.own("/sessions/current", returns=Session)
def show_session(call: Call) -> Response:
    """Return the sign-in that calls."""
    return _shown(call)


@routes.own("/sessions/current", returns=Done, method="DELETE")
def end_this_session(call: Call) -> Response:
    """Sign out."""
    with call.desk.action() as ctx:
        end_session(ctx, _signed_in(call))
    call.desk.remember()
    return call.show(Done())


@routes.own("/sessions/current/prove", returns=Session, method="POST")
def prove_session(call: Call, body: Again) -> Response:
    """Prove again who is signed in, as approving and granting ask for."""
    prove_again(call.desk, _signed_in(call), _proof(call, body), cost=call.office.password_cost)
    call.desk.remember()
    return _shown(call)


@routes.own("/sessions/current/password", returns=Done, method="POST")
def change_own_password(call: Call, body: Change) -> Response:
    """Change the password; every other sign-in of this person ends."""
    cost = call.office.password_cost
    change_password(call.desk, _signed_in(call), _proof(call, body), new=body.new_password, cost=cost)
    call.desk.remember()
    return secretly(call, Done())


@routes.own("/sessions/current/second-factor", returns=Factor, method="POST")
def enrol_factor(call: Call, body: Again) -> Response:
    """Begin a second factor: its secret is shown this once, and counts from its first code on."""
    _signed_in(call)
    made = enrol_second_factor(call.desk, _proof(call, body), cost=call.office.password_cost)
    call.desk.remember()
    return secretly(call, Factor(uri=made.uri, secret=made.secret))


@routes.own("/sessions/current/second-factor/confirm", returns=Session, method="POST")
def confirm_factor(call: Call, body: FirstCode) -> Response:
    """Send the first code of a second factor; this sign-in has it from now on, every other one ends."""
    with call.desk.action() as ctx:
        confirm_second_factor(ctx, _signed_in(call), body.code)
    call.desk.remember()
    return _shown(call)


@routes.own("/whoami", returns=WhoAmI)
def who_am_i(call: Call) -> Response:
    """Return who calls and what they may do."""
    caller = call.caller
    with call.view() as ctx:
        merchant = users.merchant_name(ctx.session, caller.merchant_id) if caller.merchant_id is not None else None
        return call.show(
            WhoAmI(
                actor=caller.actor,
                book=users.book_mark(ctx.session),
                permissions=sorted(caller.permissions),
                withheld=sorted(caller.withheld),
                merchant=merchant,
                session=public_id(Prefix.SESSION, caller.session_id) if caller.session_id is not None else None,
            )
        )


def _shown(call: Call) -> Response:
    with call.view() as ctx:
        return call.show(Session(**users.session_shown(ctx.session, _signed_in(call))))


def _signed_in(call: Call) -> int:
    if call.caller.session_id is None:
        fact = "this is about a sign-in, and a key calls"
        raise NotPermitted(fact, "Sign in as a person")
    return call.caller.session_id


def _proof(call: Call, body: Again) -> Proof:
    return Proof(name=call.caller.actor.removeprefix("user:"), password=body.password, code=body.code)
