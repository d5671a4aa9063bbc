"""One connection to a server: calls that are repeated only where that is safe, and always with the same key."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx2
from pydantic_core import from_json, to_json, to_jsonable_python

from ingather.client.problems import ConnectionLost, problem_of
from ingather.client.shape import Answered

T = TypeVar("T", bound=Answered)
ATTEMPTS = 5
TIMEOUT_S = 30.0
_LONGEST_WAIT_S = 30.0
_FIRST_WAIT_S = 0.25
_ANSWERED_LATER = frozenset({429, 503})
_STILL_ANSWERING = "still_answering"
_OK = 400
_Pair: TypeAlias = tuple[str, str | int | float | bool | None]


def path(template: str, **names: str) -> str:
    """Return a path with its ids in their places, each as one segment whatever it holds."""
    return template.format(**{name: quote(value, safe="") for name, value in names.items()})


class Pages(Generic[T]):
    """A list: its rows one after the other, page after page, as they are asked for."""

    def __init__(self, connection: "Connection", where: str, shape: type[T], query: Mapping[str, Any]) -> None:
        """Read nothing yet."""
        self._connection, self._where, self._shape, self._query = connection, where, shape, dict(query)

    def __iter__(self) -> Iterator[T]:
        """Yield every row."""
        for rows, _ in self.by_page():
            yield from rows

    def by_page(self) -> Iterator[tuple[tuple[T, ...], str | None]]:
        """Yield each page's rows and the cursor behind it, which is None on the last one."""
        query = dict(self._query)
        while True:
            response = self._connection.call("GET", self._where, query=query)
            said = from_json(response.content)
            cursor = said["meta"].get("next_cursor")
            yield tuple(self._shape.model_validate(row) for row in said["data"]), cursor
            if not said["meta"].get("has_more"):
                return
            query["after"] = cursor

    def first(self) -> T | None:
        """Return the first row, None when there is none."""
        return next(iter(self), None)


class Connection:
    """Calls to one server with one key of the API."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        http: httpx2.Client | None = None,
        attempts: int = ATTEMPTS,
        timeout_s: float = TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Connect to nothing yet; ``http`` brings connections of its own, with their limits and certificates."""
        self._url, self._key, self._attempts, self._sleep = url.rstrip("/"), key, attempts, sleep
        self._http = http or httpx2.Client(timeout=timeout_s)

    def close(self) -> None:
        """Close what is open."""
        self._http.close()

    def read(self, where: str, shape: type[T], *, query: Mapping[str, Any] | None = None) -> T:
        """Return one thing."""
        return _shown(self.call("GET", where, query=query), shape)

    def load(self, where: str, *, query: Mapping[str, Any] | None = None) -> bytes:
        """Return bytes."""
        return self.call("GET", where, query=query).content

    def pages(self, where: str, shape: type[T], *, query: Mapping[str, Any] | None = None) -> Pages[T]:
        """Return a list."""
        return Pages(self, where, shape, query or {})

    def act(  # noqa: PLR0913 -- what a call that acts may carry
        self,
        method: str,
        where: str,
        shape: type[T],
        *,
        once: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        content: bytes | Iterable[Mapping[str, Any]] | None = None,
        media_type: str = "application/json",
        key: str | None = None,
        if_match: str | None = None,
    ) -> T:
        """Act, and return what was answered; ``once`` is whether the server knows the call again by its key."""
        if body is not None:
            content = to_json({name: value for name, value in body.items() if value is not None}, **_AS_SENT)
        elif content is not None and not isinstance(content, bytes):
            content = b"".join(to_json(row, **_AS_SENT) + b"\n" for row in content)
        headers = {} if content is None else {"Content-Type": media_type}
        if if_match is not None:
            headers["If-Match"] = if_match
        if once != "no":
            key = key or uuid4().hex
            headers["Idempotency-Key"] = key
        return _shown(self.call(method, where, query=query, content=content, headers=headers, key=key), shape)

    def call(
        self,
        method: str,
        where: str,
        *,
        query: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> httpx2.Response:
        """Send a request until it is answered, and return the answer.

        It is sent again where that can do nothing twice: when it reads, or has a key; without one only when it never
        left, or the server says that it did nothing. Raises the ``Problem`` of an answer that says no, and
        ``ConnectionLost`` when none came.
        """
        safe = method == "GET" or key is not None
        request = self._http.build_request(
            method, self._url + where, params=_asked(query or {}), content=content,
            headers={"Authorization": f"Bearer {self._key}", "Accept": "*/*", **(headers or {})},
        )  # fmt: skip
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            try:
                response = self._http.send(request)
            except httpx2.TransportError as lost:
                if last or not (safe or isinstance(lost, httpx2.ConnectError)):
                    raise ConnectionLost(type(lost).__name__, key=key) from lost
                self._sleep(_wait(attempt))
                continue
            if response.status_code < _OK:
                return response
            problem = problem_of(response.status_code, _said(response))
            later = problem.status in _ANSWERED_LATER or problem.code == _STILL_ANSWERING
            if last or not later or not (safe or problem.status == 429):  # noqa: PLR2004 -- nothing was done then
                raise problem
            self._sleep(_wait(attempt, response.headers.get("Retry-After")))
        raise AssertionError  # the last attempt returns or raises


_AS_SENT: Mapping[str, Any] = {"by_alias": True, "exclude_none": True}


def _asked(query: Mapping[str, Any]) -> list[_Pair]:
    """Return the query as pairs: what is None is left out, what is a list is said once for each part."""
    pairs: list[_Pair] = []
    for name, value in query.items():
        parts = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        pairs += [(name, _word(part)) for part in parts if part is not None]
    return pairs


def _word(value: object) -> str:
    made = to_jsonable_python(value)
    return ("true" if made else "false") if isinstance(made, bool) else str(made)


def _shown(response: httpx2.Response, shape: type[T]) -> T:
    shown = shape.model_validate_json(response.content)
    shown.told_by(
        etag=response.headers.get("ETag"),
        request_id=response.headers.get("X-Request-Id", ""),
        replayed=response.headers.get("Idempotent-Replayed") == "true",
    )
    return shown


def _said(response: httpx2.Response) -> Mapping[str, Any] | None:
    try:
        said = from_json(response.content)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _wait(attempt: int, asked: str | None = None) -> float:
    """Return how long to wait: what the server asks, or twice as long each time; and a little more, each by chance."""
    base = float(asked) if asked and asked.isdigit() else _FIRST_WAIT_S * 2 ** (attempt - 1)
    return float(min(base, _LONGEST_WAIT_S)) + random.uniform(0, _FIRST_WAIT_S * attempt)  # noqa: S311 -- no secret
