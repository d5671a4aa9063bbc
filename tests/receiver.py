"""A receiver of webhooks on loopback: it keeps what came, answers as it is told to, and checks signatures by itself."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOPBACK = "127.0.0.0/8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One message as it came; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Its webhook-id."""
        return self.headers["webhook-id"]

    @property
    def json(self) -> dict[str, Any]:
        """What it tells."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def signed_by(self, secret: str) -> bool:
        """Return whether one of its signatures is made with a secret: the ten lines a receiver would write."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        said = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
        return wanted in self.headers["webhook-signature"].split(" ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """How the receiver answers: after so many seconds, with a status and headers; ``drip`` sends it byte by byte."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    drip_s: float = 0.0


TAKES = Says()


@dataclass(slots=True, kw_only=True)  # mutable -- it keeps what comes
class Receiver:
    """What came so far; ``answer`` decides about each message."""

    port: int
    came: list[Came] = field(default_factory=list)
    answer: Callable[[Came], Says] = lambda _: TAKES

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hooks"

    def sequences(self) -> list[int]:
        """Return the numbers of the events in the order they came."""
        return [each.json["sequence"] for each in self.came]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """Run a receiver for the length of the block."""

    class Takes(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            message = Came(path=self.path, headers=headers, body=body)
            receiver.came.append(message)
            says = receiver.answer(message)
            time.sleep(says.after_s)
            lines = "".join(f"{name}: {value}\r\n" for name, value in says.headers.items())
            answer = f"HTTP/1.1 {says.status} OK\r\ncontent-length: 0\r\n{lines}\r\n".encode()
            try:
                for part in [answer] if not says.drip_s else [answer[at : at + 1] for at in range(len(answer))]:
                    self.wfile.write(part)
                    self.wfile.flush()
                    time.sleep(says.drip_s)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Takes) as server:
        server.daemon_threads = True
        receiver = Receiver(port=server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
