"""The door of the server: what happens to every request before anybody answers it.

Who sends it is known before it is read: nothing is said to whom nobody knows, not even what there is. What a request or
its answer holds is never logged.
"""

from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingather.actions.users.callers import known_caller, note_caller
from ingather.api.known_callers import KnownCallers
from ingather.api.office import Office
from ingather.api.problems import problem_of
from ingather.domain.refusals import NotSignedIn, Refusal
from ingather.domain.users import Caller

OPEN = frozenset({"/v1/openapi.json", "/v1/sessions", "/v1/passwords", "/v1/sign-ins", "/v1/sign-ins/finish"})
"""What is for whoever is not known yet: the document, and the ways to become known."""
GUARDED = "/v1/"
_ABOUT_CALLERS = ("/v1/api-keys", "/v1/users", "/v1/sessions", "/v1/passwords", "/v1/sign-ins")
"""What may change who somebody is, or what they may do."""
_BEARER = "bearer "


class Door:
    """The middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, office: Office) -> None:
        """Stand before an application."""
        self._app = app
        self._office = office
        self._callers = KnownCallers(office.settings.callers_known_ms)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(GUARDED) and scope["path"] not in OPEN:
            try:
                scope["state"]["caller"] = await self._caller_of(_token(scope))
            except Refusal as refusal:
                await problem_of(Request(scope), refusal)(scope, receive, send)
                return
        if scope["method"] in {"GET", "HEAD"} or not scope["path"].startswith(_ABOUT_CALLERS):
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            # Before it is answered: who reads that a key is revoked may rely on it.
            self._callers.forget()
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            self._callers.forget()

    async def _caller_of(self, token: str) -> Caller:
        caller = self._callers.get(token)
        if caller is None:
            asked = self._callers.forgotten
            caller = await run_in_threadpool(self._known, token)
            self._callers.keep(token, caller, asked=asked)
        return caller

    def _known(self, token: str) -> Caller:
        desk = self._office.desk
        with desk.glance() as ctx:
            caller = known_caller(ctx, token, self._office.session_terms)
        if caller.unseen:
            with desk.action() as ctx:
                note_caller(ctx, caller)
        return caller


def _token(scope: Scope) -> str:
    headers: list[tuple[bytes, Any]] = scope["headers"]
    said = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    if len(said) != 1 or not said[0].lower().startswith(_BEARER):
        raise NotSignedIn
    return str(said[0][len(_BEARER) :].strip())
