"""Servers that are forked from the test's own process, which has read the program already: ``ingather serve`` as it is.

Starting one takes a tenth of what a new interpreter takes. ``tests/api/test_serve.py`` starts one that is new.
"""

import gc
import json
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingather.cli import main
from tests.api.office import Front

_PATIENCE_S = 60


def _nothing() -> None:
    """Change nothing."""


@contextmanager
def forked(
    front: Front, book: str, *options: str, log: Path, plant: Callable[[], None] = _nothing, ends: int = 0
) -> Iterator[str]:
    """Serve a front's book from a child for the length of the block, and yield the address; its log is a file.

    ``plant`` changes the program in the child; ``ends`` is how it must have ended, a signal below zero.
    """
    # No connection may be taken over by two processes.
    front.stage.desk.engine.dispose()
    log.touch()
    with warnings.catch_warnings():
        # From Python 3.12 on a fork beside other threads warns; the child uses none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        keys = str(front.stage.folder / "book.keys")
        _live(["--book", book, "--keys", keys, "serve", "--port", "0", *options], log, plant)
    try:
        yield _address(child, log)
    finally:
        code = _ended(child)
    assert code == ends, f"the server ended with {code}\n{log.read_text()[-2_000:]}"


def _live(arguments: list[str], log: Path, plant: Callable[[], None]) -> None:
    """Be the server, and never come back: what the test has opened is the test's to close."""
    gc.disable()
    signal.alarm(5 * _PATIENCE_S)
    code: object = 1
    try:
        sys.stdout = sys.stderr = log.open("a", buffering=1, encoding="utf-8")
        sys.argv = ["ingather", *arguments]
        plant()
        main()
    except SystemExit as ending:
        code = ending.code or 0
    except BaseException:  # noqa: BLE001 -- whatever it is, the test reads it in the log
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _address(child: int, log: Path) -> str:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        for line in log.read_text(encoding="utf-8").splitlines():
            if '"listening"' in line and line.endswith("}"):
                return f"http://127.0.0.1:{json.loads(line)['port']}"
        if _gone(child):
            break
        time.sleep(0.02)
    message = f"the server did not start\n{log.read_text()[-2_000:]}"
    raise AssertionError(message)


def _gone(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _ended(child: int) -> int:
    """Tell a child to stop, and return how it ended; one that does not is killed."""
    until = time.monotonic() + _PATIENCE_S
    os.kill(child, signal.SIGTERM)
    while not _gone(child) and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
