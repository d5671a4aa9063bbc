"""The porch: the outermost of the server.

Every request gets its id here, is timed, counted and logged, and a fault that nobody caught becomes an answer that says
nothing of its text.
"""

import time

import anyio.to_thread
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingather.api.logs import told_of
from ingather.api.metrics import RequestFigures
from ingather.api.office import Office
from ingather.api.problems import problem_of_book, problem_of_fault
from ingather.base.ids import Prefix, public_id
from ingather.store.engine import BookFault, PoolFault

_FAULT = 500
_ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""What every answer says, unless it says otherwise: it is for its caller alone, and of the kind it says."""
_GONE = 499
"""What stands in the log when the caller went away before the answer."""


class Porch:
    """The middleware around everything."""

    def __init__(self, app: ASGIApp, *, office: Office, figures: RequestFigures) -> None:
        """Stand around an application."""
        self._app = app
        self._office = office
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered, and tell what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # As many threads work at once as there are connections to the book.
        anyio.to_thread.current_default_thread_limiter().total_tokens = self._office.settings.connections
        begun, state = time.perf_counter(), scope.setdefault("state", {})
        request_id = state["request_id"] = public_id(Prefix.CALL, self._office.desk.ids.one())
        status, size = 0, 0

        async def told(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                names = {name for name, _ in message["headers"]}
                ours = [(b"x-request-id", request_id.encode()), *_ALWAYS]
                message["headers"] = [*message["headers"], *(each for each in ours if each[0] not in names)]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, told)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is answered and logged here
            state["fault"] = error
            if status:
                # The answer has begun: only breaking the connection says that it is not whole.
                message = "an answer broke off; the log has it under its request"
                raise ConnectionAbortedError(message) from None
            answer = problem_of_book if isinstance(error, BookFault | PoolFault) else problem_of_fault
            await answer(Request(scope), error)(scope, receive, told)
        finally:
            self._tell(scope, status=status or _GONE, size=size, took_s=time.perf_counter() - begun)

    def _tell(self, scope: Scope, *, status: int, size: int, took_s: float) -> None:
        state, route = scope["state"], getattr(scope.get("route"), "path", "none")
        caller, fault = state.get("caller"), state.get("fault")
        self._figures.count(scope["method"], route, status, took_s)
        event = {
            "request_id": state["request_id"],
            "actor": caller.actor if caller else None,
            "method": scope["method"],
            "route": route,
            "status": status,
            "took_ms": round(took_s * 1000, 1),
            "bytes": size,
        }
        if fault is not None:
            self._office.log.error("request", **event, **told_of(fault))
        elif status >= _FAULT:
            self._office.log.warning("request", **event)
        else:
            self._office.log.info("request", **event)
