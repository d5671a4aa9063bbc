"""Calling the application without a client between: thousands of calls for a table over every route."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One call; ``name`` is what a test says of it when it fails."""

    name: str
    method: str
    path: str
    token: str | None = field(default=None, repr=False)
    query: str = ""
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was answered."""

    status: int
    body: bytes = field(repr=False)


def ask_all(app: FastAPI, asks: Iterable[Ask]) -> list[Told]:
    """Return the answer to each call, one after another."""

    async def run() -> list[Told]:
        return [await _ask(app, each) for each in asks]

    return asyncio.run(run())


async def _ask(app: FastAPI, ask: Ask) -> Told:
    headers = {"host": "test", "content-type": "application/json", **ask.headers}
    if ask.token is not None:
        headers["authorization"] = f"Bearer {ask.token}"
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": ask.method, "scheme": "http",
        "path": ask.path, "raw_path": ask.path.encode(), "root_path": "", "query_string": ask.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("test", 80), "state": {},
    }  # fmt: skip
    scope["headers"].append((b"content-length", str(len(ask.body)).encode()))
    asked, parts, status = [{"type": "http.request", "body": ask.body, "more_body": False}], [], [0]
    over = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if asked:
            return asked.pop()
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:  # noqa: ANN401 -- a message of ASGI
        if message["type"] == "http.response.start":
            status[0] = message["status"]
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    try:
        await app(scope, receive, send)
    finally:
        over.set()
    return Told(status=status[0], body=b"".join(parts))
