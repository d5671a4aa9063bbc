"""Several processes that answer on one socket, and the one that watches over them."""

import os
import signal
import sys
import time
from collections.abc import Callable

from structlog.typing import FilteringBoundLogger

_HEARD = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})
_TOO_SOON_S = 5.0
"""A process that lives no longer than this is not started again: its fault would only come back."""


def run_workers(answer: Callable[[], None], *, count: int, stop_s: float, log: FilteringBoundLogger) -> int:
    """Run ``answer`` in so many processes until SIGTERM or SIGINT, and start one that dies anew; returns an exit code.

    Told to stop, each has ``stop_s`` seconds to answer what it has in its hands. The exit code is 1 when one died as
    soon as it was started.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    born = {_start(answer): time.monotonic() for _ in range(count)}
    code = 0
    while code == 0 and signal.sigwait(_HEARD) == signal.SIGCHLD:
        for pid, status in _ended():
            lived_s = time.monotonic() - born.pop(pid)
            log.error("worker_died", pid=pid, exit_code=status, lived_s=round(lived_s, 1))
            if lived_s < _TOO_SOON_S:
                code = 1
            else:
                born[_start(answer)] = time.monotonic()
    _stop(set(born), stop_s)
    return code


def _start(answer: Callable[[], None]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        answer()
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)  # the verbs that the parent came through are the parent's


def _ended() -> list[tuple[int, int]]:
    """Return the processes that ended, with their exit codes; a signal's is its number below zero."""
    found: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if not pid:
            return found
        found.append((pid, os.waitstatus_to_exitcode(status)))


def _stop(pids: set[int], stop_s: float) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    give_up = time.monotonic() + stop_s
    while pids and (left := give_up - time.monotonic()) > 0:
        pids -= {pid for pid, _ in _ended()}
        if pids:
            signal.sigtimedwait({signal.SIGCHLD}, min(left, 1.0))
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
