"""The wire of webhooks: one POST to an address that was looked at first, and of the answer its status alone.

A name is resolved once, each of its addresses is looked at, and the connection goes to the very address that was looked
at: a name that answers differently the next time gains nothing. No proxy of the environment is used, since it would
resolve again, and no redirect is followed. The whole exchange has one deadline, however slowly an answer drips.
"""

import socket
import ssl
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import httpcore2
import httpx2

from ingather.domain.addresses import Network, is_among, may_send_to
from ingather.domain.webhooks import LONGEST_WAIT_S, TIMEOUT_S, Told, Verdict, verdict_of

_MOST_ANSWER_BYTES = 64 << 10
"""How much of an answer is read, so that its connection can be used again; none of it is kept."""
_IDLE_S = 5.0


class _Refused(httpcore2.ConnectError):
    """The address is none that may be called."""


class _NoName(httpcore2.ConnectError):
    """The name leads nowhere."""


class Post:
    """Sends messages to one endpoint, one after the other; ``networks`` are allowed besides the public internet.

    Plain HTTP goes to these networks only.
    """

    def __init__(self, networks: Iterable[Network] = (), *, timeout_s: float = TIMEOUT_S) -> None:
        """Connect to nothing yet."""
        self._timeout_s = timeout_s
        self._backend = _Checked(tuple(networks))
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=1,
            keepalive_expiry=_IDLE_S,
            network_backend=self._backend,
        )

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._pool.close()

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Told:
        """Send one message and return what became of it; nothing is raised for what the far end does."""
        begun = perf_counter()
        self._backend.begin(begun + self._timeout_s, plain=url.startswith("http:"))
        status, wait_s = None, None
        try:
            with self._pool.stream(
                "POST",
                url,
                headers=[(name.encode(), value.encode()) for name, value in headers.items()],
                content=body,
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._timeout_s)},
            ) as answer:
                status = answer.status
                wait_s = _wait_of(answer.headers)
                read = 0
                for part in answer.iter_stream():
                    read += len(part)
                    if read > _MOST_ANSWER_BYTES:
                        break
            said, verdict = f"answered {status}", verdict_of(status)
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, ValueError) as fault:
            # An answer whose status came is that answer, however its body ends.
            if status is None:
                said, verdict = _said(fault, self._timeout_s), Verdict.NO_ANSWER
            else:
                said, verdict = f"answered {status}", verdict_of(status)
        took_ms = int((perf_counter() - begun) * 1000)
        return Told(verdict=verdict, status=status, said=said, took_ms=took_ms, wait_s=wait_s)


def _said(fault: Exception, timeout_s: float) -> str:
    match fault:
        case _Refused():
            return "not sent: its name leads to an address that this house does not call"
        case _NoName():
            return "not sent: its name leads nowhere"
        case httpcore2.TimeoutException():
            return f"no answer within {timeout_s:g} s"
        case httpcore2.ConnectError() if isinstance(fault.__cause__ or fault.__context__, ssl.SSLError):
            return "its certificate is not valid"
        case httpcore2.ConnectError():
            return "it cannot be reached"
        case _:
            return "it broke the connection off"


def _wait_of(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Return the seconds of ``Retry-After``; a date, which few send, is left to our own table."""
    for name, value in headers:
        if name.lower() == b"retry-after" and value.strip().isdigit():
            return min(int(value), LONGEST_WAIT_S)
    return None


class _Checked(httpcore2.SyncBackend):
    """Connects to addresses that may be called, and keeps every wait within the exchange's deadline."""

    def __init__(self, networks: tuple[Network, ...]) -> None:
        self._networks = networks
        self._deadline = 0.0
        self._plain = False

    def begin(self, deadline: float, *, plain: bool) -> None:
        """Begin an exchange; ``deadline`` is of the clock that only goes forward."""
        self._deadline, self._plain = deadline, plain

    def left(self, timeout: float | None = None) -> float:
        """Return how long may still be waited; raises when nothing is left."""
        left = self._deadline - perf_counter()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of a name, if every address of it may be called."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise _NoName from None
        # The zone of a link-local address is no part of it.
        addresses = [ip_address(str(where[0]).partition("%")[0]) for *_, where in found]
        permitted = [
            is_among(each, self._networks) if self._plain else may_send_to(each, self._networks) for each in addresses
        ]
        if not addresses or not all(permitted):
            raise _Refused
        stream = super().connect_tcp(str(addresses[0]), port, self.left(timeout), local_address, socket_options)
        return _Timed(stream, self)


class _Timed(httpcore2.NetworkStream):
    """A stream whose waits end with the exchange's deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, backend: _Checked) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes within the deadline."""
        return self._stream.read(max_bytes, self._backend.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write within the deadline."""
        self._stream.write(buffer, self._backend.left(timeout))

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Begin TLS with the name that was asked for, whatever address it led to."""
        stream = self._stream.start_tls(ssl_context, server_hostname, self._backend.left(timeout))
        return _Timed(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 -- as the library has it
        """Return what the stream knows."""
        return self._stream.get_extra_info(info)
