"""One event loop for all the calls that a test makes in process: the client would begin and end one for each call.

A thread and a loop cost more than most answers. The loop ends with its test, so that none outlives what it served.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

_LOCK = Lock()
_RUNNING: list["BlockingPortal"] = []
_HELD = ExitStack()


@contextmanager
def running_loop(client: Any) -> Generator["BlockingPortal", None, None]:  # noqa: ANN401 -- the client that calls
    """Yield the test's loop, begun by the first call; a client's ``_portal_factory``."""
    with _LOCK:
        if not _RUNNING:
            # Only tests that call in process pay for the import.
            from anyio.from_thread import start_blocking_portal  # noqa: PLC0415 -- as said

            _RUNNING.append(_HELD.enter_context(start_blocking_portal(**client.async_backend)))
    yield _RUNNING[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    """End the loop after everything else of the test."""
    try:
        return (yield)
    finally:
        _RUNNING.clear()
        _HELD.close()
