"""The client of the API: every call typed, done once however often it is sent, and refused in words.

    with Client("https://collect.example.com", key) as ingather:
        order = ingather.orders.create(external_id="a-1", authorization="auth-1", amount_minor=12_345, due_on=day)

It imports nothing else of this project, so that a program may take it alone.
"""

from collections.abc import Callable
from time import sleep as wait
from types import TracebackType
from typing import Self

import httpx2

from ingather.client.calls import Calls
from ingather.client.connection import ATTEMPTS, TIMEOUT_S, Connection, Pages
from ingather.client.following import EventsFollowed
from ingather.client.problems import (
    BadRequest,
    Changed,
    ConditionMissing,
    Conflict,
    ConnectionLost,
    Fault,
    NoSuch,
    NotNow,
    NotPermitted,
    NotSignedIn,
    Problem,
    ServerFault,
    TooLarge,
    TooManyCalls,
    Unreadable,
)
from ingather.client.shape import Answered, Part
from ingather.client.signatures import NotTheirs, Ping, verify

__all__ = [
    "Answered", "BadRequest", "Changed", "Client", "ConditionMissing", "Conflict", "ConnectionLost", "Fault",
    "NoSuch", "NotNow", "NotPermitted", "NotSignedIn", "NotTheirs", "Pages", "Part", "Ping", "Problem",
    "ServerFault", "TooLarge", "TooManyCalls", "Unreadable", "Webhooks",
]  # fmt: skip


class Webhooks:
    """What a receiver of webhooks needs; it calls nobody."""

    verify = staticmethod(verify)


class Client(Calls):
    """A server, as one key of the API sees it; the key appears in no message."""

    events: EventsFollowed
    webhooks = Webhooks()

    def __init__(
        self,
        url: str,
        key: str,
        *,
        http: httpx2.Client | None = None,
        attempts: int = ATTEMPTS,
        timeout_s: float = TIMEOUT_S,
        sleep: Callable[[float], None] = wait,
    ) -> None:
        """Connect to nothing yet.

        A call is sent at most ``attempts`` times, with the same key; ``http`` brings connections of its own.
        """
        self._connection = Connection(url, key, http=http, attempts=attempts, timeout_s=timeout_s, sleep=sleep)
        super().__init__(self._connection)
        self.events = EventsFollowed(self._connection, sleep)

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()
