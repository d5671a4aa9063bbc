"""The limits of the server: how often, how much, how long, and of what kind.

``Gate`` stands before the door, where nobody is known yet: addresses that keep guessing wait, and heads larger than
any call needs go no further. ``Bounds`` stands behind it and knows who calls. Everything is counted in this process.
"""

import asyncio
import hashlib
import os
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingather.api.bodies import fault_of
from ingather.api.buckets import Buckets, Taken
from ingather.api.logs import told_of
from ingather.api.office import Office
from ingather.api.problems import problem_of
from ingather.api.routes import PREFIX
from ingather.domain.refusals import (
    BadRequest,
    Refusal,
    TooBusy,
    TookTooLong,
    TooLarge,
    TooManyCalls,
    UnknownContent,
    Unreadable,
)
from ingather.domain.users import Caller

MOST_HEAD_BYTES = 16 << 10
MOST_HEADERS = 100
MOST_TARGET_BYTES = 8 << 10
_KNOWN_TOKENS = 4_096
_BODIES_AT_ONCE = 8
"""How many of the largest bodies the process holds together."""
_JSON = "application/json"
_LINES = frozenset({"application/x-ndjson", "application/jsonl"})
_UNPROVEN = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """A route whose body is no JSON: its method, the form of its path, and the media types it takes."""

    method: str
    path: re.Pattern[str]
    media: frozenset[str]


def takings(routes: Iterable[object]) -> tuple[Taking, ...]:
    """Return the routes whose declaration names what their body is, as they are published."""
    found = []
    for route in routes:
        if not isinstance(route, APIRoute):
            continue
        content = ((route.openapi_extra or {}).get("requestBody") or {}).get("content")
        if content:
            media = frozenset(each.lower() for each in content)
            found += [Taking(method=method, path=route.path_regex, media=media) for method in route.methods or ()]
    return tuple(found)


class Gate:
    """The limits on who is not known yet."""

    def __init__(self, app: ASGIApp, *, office: Office) -> None:
        """Stand before the door."""
        self._app = app
        self._per_minute = office.settings.failures_per_minute
        self._failures = Buckets()
        self._secret = os.urandom(16)
        self._proven: OrderedDict[bytes, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            _refuse_head(scope)
            address, token = _address(scope), self._digest(scope)
            if token not in self._proven:
                self._refuse_guessing(address)
        except Refusal as refusal:
            await _answered(scope, refusal)(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"].startswith(PREFIX):
                self._learn(address, token, message["status"], known="caller" in scope.get("state", {}))
            await send(message)

        await self._app(scope, receive, sent)

    def _refuse_guessing(self, address: str) -> None:
        if wait := self._failures.look(address, self._per_minute).wait_s:
            fact = "from this address too many calls came with keys that open nothing"
            raise TooManyCalls(fact, wait_s=wait)

    def _learn(self, address: str, token: bytes | None, status: int, *, known: bool) -> None:
        if status == _UNPROVEN:
            if token is not None:
                self._proven.pop(token, None)
            self._failures.take(address, self._per_minute)
        elif known and token is not None:
            self._proven[token] = None
            self._proven.move_to_end(token)
            if len(self._proven) > _KNOWN_TOKENS:
                self._proven.popitem(last=False)

    def _digest(self, scope: Scope) -> bytes | None:
        """Return what a token is remembered by, so that guesses from one address do not shut out who shares it."""
        said = [value for name, value in scope["headers"] if name == b"authorization"]
        return hashlib.blake2b(said[0], key=self._secret, digest_size=16).digest() if said else None


class Bounds:
    """The limits on a call whose caller is known, and on every body."""

    def __init__(self, app: ASGIApp, *, office: Office, takings: tuple[Taking, ...]) -> None:
        """Stand between the door and what answers."""
        self._app = app
        self._settings = office.settings
        self._takings = takings
        self._calls = Buckets()
        self._held = 0
        self._late: set[asyncio.Task[None]] = set()
        self._log = office.log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        taking = self._taking_of(scope)
        taken = self._take(scope, bulk=taking is not None)
        told = _telling(send, taken) if taken else send
        held, unread = 0, _has_body(scope)
        try:
            if taken is not None and taken.wait_s:
                raise TooManyCalls(wait_s=taken.wait_s)
            if unread:
                if scope["method"] in {"GET", "HEAD"}:
                    fact = "a call that reads has no body"
                    raise BadRequest(fact, "Say what you look for in the address")
                body = await self._body_in_time(scope, receive, taking)
                if body is None:
                    return
                held, unread = len(body), False
                receive = _again(body, receive)
            await self._in_time(scope, receive, told)
        except Refusal as refusal:
            await _answered(scope, refusal, close=unread)(scope, receive, told)
        finally:
            self._held -= held

    def _taking_of(self, scope: Scope) -> Taking | None:
        method, path = scope["method"], scope["path"]
        return next((each for each in self._takings if each.method == method and each.path.match(path)), None)

    def _take(self, scope: Scope, *, bulk: bool) -> Taken | None:
        caller = _caller_of(scope)
        if caller is None:
            return self._calls.take(f"address {_address(scope)}", self._settings.calls_per_minute)
        most = caller.per_minute or self._settings.calls_per_minute
        if bulk:
            return self._calls.take(f"bulk {caller.actor}", min(most, self._settings.bulk_per_minute))
        return self._calls.take(caller.actor, most)

    async def _body_in_time(self, scope: Scope, receive: Receive, taking: Taking | None) -> bytes | None:
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await self._body(scope, receive, taking)
        except TimeoutError:
            fact = "the body did not come in the time the server gives to a call"
            raise TookTooLong(fact, "Repeat the call") from None

    async def _body(self, scope: Scope, receive: Receive, taking: Taking | None) -> bytes | None:
        """Return the body, which counts as held from then on, or None when the caller went away.

        Raises ``TooLarge`` before more than the limit is read, ``UnknownContent``, ``Unreadable`` and ``TooBusy``.
        """
        most = self._settings.max_body_bytes if taking else self._settings.max_json_bytes
        if (_length(scope) or 0) > most:
            raise _too_large(most)
        parts: list[bytes] = []
        size, media, whole = 0, _media_of(scope), None
        try:
            while whole is None:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                part = message.get("body", b"")
                parts.append(part)
                size, self._held = size + len(part), self._held + len(part)
                self._refuse_part(size, most, media, taking)
                if not message.get("more_body", False):
                    whole = b"".join(parts)
            if media in _LINES or media == _JSON or media.endswith("+json"):
                _refuse_text(whole, lines=media in _LINES)
            size = 0
            return whole
        finally:
            # Whoever is given the whole gives it back; what was refused or broke off is held no longer.
            self._held -= size

    def _refuse_part(self, size: int, most: int, media: str, taking: Taking | None) -> None:
        if size and not _is_taken(media, taking):
            names = ", ".join(sorted(taking.media)) if taking else _JSON
            fact = f"a body of {media or 'unnamed content'} is not taken here, {names} is"
            raise UnknownContent(fact)
        if size > most:
            raise _too_large(most)
        if self._held > _BODIES_AT_ONCE * self._settings.max_body_bytes:
            raise TooBusy

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a call answered, or say that it takes too long; what it does then goes on, and is kept if it ends well.

        The time is that until the answer begins.
        """
        loop, started, late = asyncio.get_running_loop(), False, False
        turn: asyncio.Future[None] = loop.create_future()

        def go_on(_: object = None) -> None:
            if not turn.done():
                turn.set_result(None)

        async def sent(message: Message) -> None:
            nonlocal started
            if not late:
                started = True
                go_on()
                await send(message)

        answering = loop.create_task(self._answer(scope, receive, sent))
        answering.add_done_callback(go_on)
        timer = loop.call_later(self._settings.timeout_s, go_on)
        try:
            await turn
        except asyncio.CancelledError:
            answering.cancel()
            raise
        finally:
            timer.cancel()
        if not started and not answering.done():
            late = True
            self._late.add(answering)
            answering.add_done_callback(self._ended)
            raise TookTooLong
        await answering

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def _ended(self, answering: asyncio.Task[None]) -> None:
        self._late.discard(answering)
        if not answering.cancelled() and (error := answering.exception()) is not None:
            self._log.error("late_call_failed", **told_of(error))


def _refuse_head(scope: Scope) -> None:
    """Raise ``BadRequest`` for a head that is larger than any call needs, or that holds what no text may."""
    headers, target = scope["headers"], scope.get("raw_path") or b""
    query = scope.get("query_string", b"")
    if len(target) + len(query) > MOST_TARGET_BYTES:
        fact = f"the address is longer than {MOST_TARGET_BYTES} bytes"
        raise BadRequest(fact, "Ask for less at once")
    if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > MOST_HEAD_BYTES:
        fact = f"there are more than {MOST_HEADERS} headers, or they are longer than {MOST_HEAD_BYTES} bytes"
        raise BadRequest(fact, "Send fewer")
    if "\0" in scope["path"] or b"\0" in query or b"%00" in query:
        fact = "the address holds a NUL character, which no text may"
        raise BadRequest(fact, "Leave it out")


def _refuse_text(body: bytes, *, lines: bool) -> None:
    if found := fault_of(body, lines=lines):
        name, fact = found
        raise Unreadable(fact[:1].lower() + fact[1:], "Nothing was done; mend it", faults=(("", name, f"{fact}."),))


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"a body of more than {most} bytes is not taken here")


def _is_taken(media: str, taking: Taking | None) -> bool:
    if taking is not None:
        return media in taking.media
    return media == _JSON or (media.startswith("application/") and media.endswith("+json"))


def _has_body(scope: Scope) -> bool:
    length = _length(scope)
    return length > 0 if length is not None else any(name == b"transfer-encoding" for name, _ in scope["headers"])


def _length(scope: Scope) -> int | None:
    said = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(said[0]) if len(said) == 1 and said[0].isdigit() else None


def _caller_of(scope: Scope) -> Caller | None:
    found = scope.get("state", {}).get("caller")
    return found if isinstance(found, Caller) else None


def _media_of(scope: Scope) -> str:
    said = [value for name, value in scope["headers"] if name == b"content-type"]
    return str(said[0].decode("latin-1").partition(";")[0].strip().lower()) if said else ""


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, and then whatever comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _telling(send: Send, taken: Taken) -> Send:
    """Return a sender that says with every answer how many calls are left."""
    told = [
        (b"ratelimit-limit", b"%d" % taken.limit),
        (b"ratelimit-remaining", b"%d" % taken.remaining),
        (b"ratelimit-reset", b"%d" % taken.reset_s),
    ]

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *told]
        await send(message)

    return sent


def _answered(scope: Scope, refusal: Refusal, *, close: bool = False) -> ASGIApp:
    """Return the answer of a refusal; ``close`` where the rest of a body is still to come, which nobody will read."""
    response = problem_of(Request(scope), refusal)
    if close:
        response.headers["Connection"] = "close"
    return response
