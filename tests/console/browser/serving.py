"""The console behind a real server on a free port of this machine, in a thread of the test's process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from ingather.console.app import make_console
from tests.console.front import Console

_WITHIN_S = 20


@contextmanager
def served(console: Console) -> Iterator[str]:
    """Yield the address of a served console."""
    config = uvicorn.Config(
        make_console(console.front), host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off",
        ws="none", server_header=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="console", daemon=True)
    thread.start()
    until = time.monotonic() + _WITHIN_S
    while not server.started:
        assert time.monotonic() < until, "the console did not start"
        assert thread.is_alive(), "the console ended as it started"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(_WITHIN_S)
