"""The console as one application: every page behind its gate, what stands still, and how a refusal becomes a page."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from urllib.parse import quote

from markupsafe import Markup  # noqa: TC002 -- a page is made of it
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingather.base.ids import Prefix, public_id
from ingather.console import gate
from ingather.console.front import Front
from ingather.console.pages import Page
from ingather.console.rendering import STATIC, static_version
from ingather.console.screens import PAGES
from ingather.console.visits import Visit
from ingather.console.words import language_of
from ingather.domain.refusals import (
    BadRequest,
    NotPermitted,
    NotSignedIn,
    ProofMissing,
    Refusal,
    TooLarge,
    TooManyCalls,
)
from ingather.domain.users import Caller
from ingather.store.engine import BookFault, PoolFault

_MOST_FORM = 256 << 10
_WITHIN_S = 60
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = (
    (b"content-security-policy", _CSP.encode()),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)
"""What every answer says: nothing runs, loads or is kept that is not the console's own."""
_KEPT = b"public, max-age=31536000, immutable"


def make_console(front: Front, pages: Sequence[Page] = PAGES) -> ASGIApp:
    """Return the console of one server."""
    routes: list[BaseRoute] = [Mount(f"/static/{static_version()}", StaticFiles(directory=STATIC))]
    routes += [Route(page.path, _endpoint(front, page), methods=[page.method]) for page in pages]
    missing = {404: _missing(front), 405: _missing(front)}
    return Frame(Starlette(routes=routes, exception_handlers=missing), front=front)


class Frame:
    """The outermost: the headers of every answer, and one line of the log for each."""

    def __init__(self, app: ASGIApp, *, front: Front) -> None:
        """Stand around an application."""
        self._app = app
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered, and tell what became of it: never its query, its form or its cookies."""
        if scope["type"] != "http":
            return
        begun, state, status = time.perf_counter(), scope.setdefault("state", {}), 0
        state["request_id"] = public_id(Prefix.CALL, self._front.desk.ids.one())

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                still = scope["path"].startswith("/static/") and status == 200  # noqa: PLR2004 -- it was found
                ours = [(name, _KEPT if still and name == b"cache-control" else value) for name, value in HEADERS]
                theirs = [each for each in message["headers"] if each[0] not in {name for name, _ in ours}]
                message["headers"] = [*theirs, *ours, (b"x-request-id", state["request_id"].encode())]
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            route = getattr(state.get("page"), "path", "none")
            self._front.log.info(
                "page", request_id=state["request_id"], actor=state.get("actor"), method=scope["method"], route=route,
                status=status, took_ms=round((time.perf_counter() - begun) * 1000, 1),
            )  # fmt: skip


def _endpoint(front: Front, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        request.state.page = page
        if page.method == "POST" and (early := await run_in_threadpool(_turned_away, front, page, request)) is not None:
            return early
        try:
            async with asyncio.timeout(_WITHIN_S):
                body = await _body(request, front.most_bytes if page.upload else _MOST_FORM)
        except TimeoutError:
            fact = "what was sent did not come in time"
            return _refused(_visit(front, request, gate.NOBODY, gate.Sent()), BadRequest(fact, "Send it again"))
        except Refusal as refusal:
            return _refused(_visit(front, request, gate.NOBODY, gate.Sent()), refusal)
        return await run_in_threadpool(_answer, front, page, request, body)

    return endpoint


def _turned_away(front: Front, page: Page, request: Request) -> Response | None:
    """Return the answer to an act of whom nobody knows or from elsewhere: no body of theirs is read; None to go on."""
    try:
        if not page.open:
            gate.caller_of(front, request)
        gate.refuse_site(request)
    except NotSignedIn:
        return RedirectResponse("/sign-in?next=/", status_code=303)
    except Refusal as refusal:
        return _refused(_visit(front, request, gate.NOBODY, gate.Sent()), refusal)
    return None


async def _body(request: Request, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            fact = f"this is larger than the {most:,} bytes that are taken"
            raise TooLarge(fact)
        parts.append(part)
    return b"".join(parts)


def _answer(front: Front, page: Page, request: Request, body: bytes) -> Response:
    """Return the answer of a page, or of why there is none."""
    visit = _visit(front, request, gate.NOBODY, gate.Sent())
    try:
        sent = gate.Sent()
        if page.method == "POST":
            sent = gate.read_form(request.headers.get("content-type", ""), body, upload=page.upload)
        caller = gate.NOBODY if page.open else gate.caller_of(front, request)
        request.state.actor = caller.actor
        visit = _visit(front, request, caller, sent)
        if page.method == "POST":
            gate.refuse_foreign(front, request, sent)
        gate.permitted(front, page, caller, sent)
        if page.proof:
            visit = replace(visit, caller=gate.caller_of(front, request))
        answer = page.do(visit)
    except NotSignedIn as refusal:
        if page.open:
            answer = _refused(visit, refusal)
        else:
            answer = RedirectResponse(f"/sign-in?next={quote(_back(request))}", status_code=303)
    except Refusal as refusal:
        answer = _refused(visit, refusal)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is answered and logged here
        # Never with its text: what a page holds is not for the log.
        front.log.error("page", request_id=request.state.request_id, **front.told_of(error))  # noqa: TRY400 -- as said
        answer = _fault(visit, silent=isinstance(error, BookFault | PoolFault))
    if not visit.token and page.open:
        answer.set_cookie(gate.BEFORE, gate.new_browser(), secure=True, httponly=True, samesite="lax")
    return answer


def _back(request: Request) -> str:
    """Return where to go on after signing in: the page that was asked for, where it only shows something."""
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _visit(front: Front, request: Request, caller: Caller, sent: gate.Sent) -> Visit:
    theme = request.cookies.get(gate.THEME, "")
    return Visit(
        front=front,
        request=request,
        caller=caller,
        language=language_of(request.cookies.get(gate.LANGUAGE), request.headers.get("accept-language")),
        token=gate.token_of(front, request),
        theme=theme if theme in {"light", "dark"} else "",
        form=sent.fields,
        body=sent.file,
    )


def _refused(visit: Visit, refusal: Refusal) -> Response:
    """Return the page of a refusal: the fact, the way out, and the page it came from."""
    titles: dict[type[Refusal], Markup] = {
        NotPermitted: visit.say("Not allowed"),
        ProofMissing: visit.say("A one-time code is missing"),
        NotSignedIn: visit.say("Nobody is signed in"),
    }
    title = titles.get(type(refusal), visit.say("This was not done"))
    came = visit.request.headers.get("referer", "")
    back = came if came.startswith(str(visit.request.base_url)) else "/"
    answer = visit.show("refused.html", status=refusal.status, title=title, refusal=refusal, back=back)
    if isinstance(refusal, TooManyCalls):
        answer.headers["Retry-After"] = str(refusal.wait_s)
    return answer


def _fault(visit: Visit, *, silent: bool) -> Response:
    return visit.show("fault.html", status=503 if silent else 500, silent=silent)


def _missing(front: Front) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def missing(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        return await run_in_threadpool(_not_there, front, request, status)

    return missing


def _not_there(front: Front, request: Request, status: int) -> Response:
    try:
        caller = gate.caller_of(front, request)
    except Refusal:
        caller = gate.NOBODY
    visit = _visit(front, request, caller, gate.Sent())
    return visit.show("missing.html", status=status)
