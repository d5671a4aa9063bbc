"""Signing in with the identity provider of the house: begun and finished over HTTP by who will hold the token.

An administrator links a provider's person to one of ours first; nobody is made by signing in.
"""

import base64
import binascii
import hmac
import json
from dataclasses import asdict
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Response
from pydantic import Field

from ingather.actions.users.sessions import begin_linked_session
from ingather.api.calls import Call
from ingather.api.routes import Routes
from ingather.api.sessions import NewSession, secretly
from ingather.api.shapes import Body, Line, Shown
from ingather.domain.refusals import BrokenInvariant, KeyDestroyed, NotSignedIn, WrongState
from ingather.store.reading import users
from ingather.vault.sealing import Place

if TYPE_CHECKING:
    from ingather.api.provider import Provider

routes = Routes("sessions")
LASTS = timedelta(minutes=10)
"""How long a person may take at the provider."""


class Begin(Body):
    """Where the provider sends the person back to."""

    redirect_uri: Annotated[
        Line, Field(examples=["http://127.0.0.1:8400/back"], description="As it is registered at the provider.")
    ]


class SignInBegun(Shown):
    """A sign-in under way."""

    url: str = Field(description="Where the person goes.")
    state: str = Field(description="What must come back with them.")
    sign_in: str = Field(description="What is sent to finish it, within ten minutes; keep it to yourself.")


class Finish(Body):
    """What came back with the person."""

    sign_in: Annotated[str, Field(min_length=1, max_length=4000)]
    state: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[str, Field(min_length=1, max_length=2000)]


@routes.own("/sign-ins", returns=SignInBegun, method="POST", status=201, open=True)
def begin_provider_sign_in(call: Call, body: Begin) -> Response:
    """Begin a sign-in with the house's identity provider."""
    provider = _provider(call)
    from ingather.api.provider import begin  # noqa: PLC0415 -- an extra: only a house with a provider needs it

    url, begun = begin(provider, redirect_uri=body.redirect_uri)
    until = int((call.desk.clock() + LASTS).timestamp())
    sealed = call.desk.vault.seal(Place.SIGN_IN, 0, json.dumps(asdict(begun) | {"until": until}).encode())
    return secretly(call, SignInBegun(url=url, state=begun.state, sign_in=base64.urlsafe_b64encode(sealed).decode()))


@routes.own("/sign-ins/finish", returns=NewSession, method="POST", status=201, open=True)
def finish_provider_sign_in(call: Call, body: Finish) -> Response:
    """Finish a sign-in with what came back from the provider."""
    provider = _provider(call)
    from ingather.api.provider import Begun, finish  # noqa: PLC0415 -- as above

    kept = _opened(call, body.sign_in)
    fresh = call.desk.clock().timestamp() < kept.pop("until")
    begun = Begun(**kept)
    if not fresh or not hmac.compare_digest(begun.state.encode(), body.state.encode()):
        raise _not_begun()
    proved = finish(provider, begun, body.code, now=call.desk.clock())
    with call.desk.action() as ctx:
        made = begin_linked_session(
            ctx,
            issuer=proved.issuer,
            subject=proved.subject,
            second_factor=proved.second_factor,
            terms=call.office.session_terms,
        )
    call.desk.remember()
    with call.view() as ctx:
        return secretly(call, NewSession(**users.session_shown(ctx.session, made.id), token=made.token))


def _provider(call: Call) -> "Provider":
    path = call.office.settings.oidc_file
    if path is None or find_spec("authlib") is None:
        fact = "no identity provider is set up here"
        raise WrongState(fact, "Sign in with a password, or see INGATHER_OIDC_FILE and the extra ingather[oidc]")
    from ingather.api.provider import load_provider  # noqa: PLC0415 -- as above

    return load_provider(path)


def _opened(call: Call, text: str) -> dict[str, Any]:
    try:
        opened = call.desk.vault.open(Place.SIGN_IN, 0, base64.urlsafe_b64decode(text.encode("ascii")))
        found: dict[str, Any] = json.loads(opened)
    except (BrokenInvariant, KeyDestroyed, binascii.Error, ValueError):
        raise _not_begun() from None
    return found


def _not_begun() -> NotSignedIn:
    fact = "this sign-in was not begun here, or too long ago"
    return NotSignedIn(fact, "Begin the sign-in again")
