"""Servers of their own processes: ``ingather serve`` on a free port, and a bare echo beside it as the yardstick."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

_PATIENCE_S = 60
START = "from ingather.cli import main; main()"


class Served:
    """A server of its own process, and where it answers."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        """Know a process that listens on a port."""
        self._process = process
        self._told = False
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """Tell it to stop, once."""
        if not self._told:
            self._told = True
            self._process.send_signal(signal.SIGTERM)


@contextmanager
def served(book: str, keys: Path, *options: str, log: Path, **environment: str) -> Iterator[Served]:
    """Run ``ingather serve`` on a book for the length of the block, in which it may be stopped; its log is a file."""
    program = [sys.executable, "-c", START, "--book", book, "--keys", str(keys), "serve", "--port", "0", *options]
    with _running(program, log, environment) as running:
        yield running


@contextmanager
def echoing(*, log: Path) -> Iterator[Served]:
    """Run an ASGI application that answers every request with its body, and nothing else."""
    with _running([sys.executable, "-m", "tests.bench.serving"], log, {}) as running:
        yield running


@contextmanager
def _running(program: list[str], log: Path, environment: dict[str, str]) -> Iterator[Served]:
    server = subprocess.Popen(program, stderr=subprocess.PIPE, text=True, env=dict(os.environ) | environment)
    assert server.stderr is not None
    port, rest, before = 0, server.stderr, ""
    for line in rest:
        before += line
        if line.startswith("{") and (said := json.loads(line)).get("event") == "listening":
            port = int(said["port"])
            break
    with log.open("w") as written:
        # Somebody reads what the server says, or it would stop at a full pipe.
        reading = Thread(target=lambda: written.writelines(rest), daemon=True)
        reading.start()
        running = Served(server, port)
        try:
            assert port, f"the server did not start: exit code {server.wait(_PATIENCE_S)}\n{before[-2000:]}"
            yield running
        finally:
            running.stop()
            code = server.wait(_PATIENCE_S)
            reading.join(_PATIENCE_S)
            rest.close()
    assert code == 0, f"the server ended with exit code {code}"


async def echo(scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 -- as bare as can be
    """Answer with the body."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
    _ = scope


def main() -> None:
    """Serve the echo on a free port, and say which."""
    import socket  # noqa: PLC0415 -- only for the yardstick

    import uvicorn  # noqa: PLC0415 -- as above

    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sys.stderr.write(json.dumps({"event": "listening", "port": listening.getsockname()[1]}) + "\n")
    sys.stderr.flush()
    # uvicorn raises again the signal that stopped it.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    config = uvicorn.Config(echo, log_config=None, access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
