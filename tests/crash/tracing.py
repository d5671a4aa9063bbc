"""Killing a job, or failing its disk, at each durable call to the system one by one, from outside and without a hook.

A warm child stops at a gate until ``strace`` has attached to it; counting begins there. The child says what became of
it by ``writev``, which is never injected into. ``--seccomp-bpf`` is not used: with it no SIGKILL is delivered.
"""

import contextlib
import ctypes
import errno
import gc
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.crash.killing import Plant, Steps, run

CALLS: Final = (
    "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link", "linkat", "unlink",
    "unlinkat", "openat", "ftruncate", "mkdir", "mkdirat", "sendto",
)  # fmt: skip
_PATIENCE_S: Final = 30
_SET_PTRACER, _ANYBODY = 0x59616D61, -1
_LINE: Final = re.compile(r"^\d+\s+(?:<\.\.\. )?([a-z0-9_]+)[( ]")
Spoken = Callable[[], int]
"""A job that prints, and returns the code with which it ends."""


class Fault(StrEnum):
    """What is done to a call, in the words of ``strace``."""

    KILL = "signal=SIGKILL"
    EIO = "error=EIO"
    ENOSPC = "error=ENOSPC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One call of a run: its name, which of that name it is, and how it looked in the clean run."""

    call: str
    number: int
    line: str = ""

    def __str__(self) -> str:
        """Return it for a message."""
        return f"{self.call} {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """How a traced child ended: by a signal or by itself, with which code and words, and its calls.

    ``fault`` is a traceback that reached nobody who would have made a sentence of it.
    """

    signal: int
    code: int
    out: str
    err: str
    fault: str
    lines: tuple[str, ...] = ()

    @property
    def killed(self) -> bool:
        """Whether the kill arrived."""
        return self.signal == signal.SIGKILL

    @property
    def injected(self) -> bool:
        """Whether a call was made to fail."""
        return any("(INJECTED)" in line for line in self.lines)


_NUMBERS: Final = {Fault.EIO: errno.EIO, Fault.ENOSPC: errno.ENOSPC}
_SQLITE_SAYS: Final = {Fault.ENOSPC: "database or disk is full", Fault.EIO: "disk I/O error"}
STEP: Final = "step"
"""The name of a point where there is no ``strace``: a step that the child itself watches."""


def attacked(job: Spoken, point: Point, fault: Fault) -> Traced:
    """Run a job with the fault at one point, from outside or, where the point is a step, from inside."""
    if point.call != STEP:
        return traced(job, point=point, fault=fault)

    def fail() -> None:
        if point.line.endswith("commit"):
            raise sqlite3.OperationalError(_SQLITE_SAYS[fault])
        raise OSError(_NUMBERS[fault], os.strerror(_NUMBERS[fault]))

    return stepped(job, at=point.number, deed=None if fault is Fault.KILL else fail)


def clean(job: Spoken, *, tracing: bool) -> tuple[Traced, list[Point]]:
    """Run a job undisturbed; returns how it ended, and the points of its run at which it can be attacked."""
    if tracing:
        ran = traced(job)
        return ran, points(ran)
    ran = stepped(job)
    return ran, [Point(call=STEP, number=number, line=name) for number, name in enumerate(ran.lines, 1)]


def stepped(job: Spoken, *, at: int | None = None, deed: Callable[[], None] | None = None) -> Traced:
    """Run a job whose durable steps are watched in the child; the lines are the names of its steps."""

    def inside(_: Steps) -> dict[str, Any]:
        out, err = io.StringIO(), io.StringIO()
        told: dict[str, Any] = {"code": -1, "fault": ""}
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                told["code"] = job()
            except Exception:  # noqa: BLE001 -- the parent is told of everything
                told["fault"] = traceback.format_exc()
        return told | {"out": out.getvalue(), "err": err.getvalue()}

    ran = run(inside, kill_at=at, deed=deed)
    told = ran.result or {"code": -1, "out": "", "err": "", "fault": ran.error}
    failed = deed is not None and at is not None and len(ran.steps) >= at
    return Traced(signal=ran.signal, lines=(*ran.steps, *(["(INJECTED)"] if failed else [])), **told)


@cache
def can_trace() -> bool:
    """Return whether this machine has ``strace`` and lets it look at a child of ours."""
    if shutil.which("strace") is None:
        return False
    try:
        return traced(lambda: 0, point=Point(call="write", number=60_000), fault=Fault.EIO).code == 0
    except RuntimeError:
        return False


def traced(job: Spoken, *, point: Point | None = None, fault: Fault = Fault.KILL, plant: Plant | None = None) -> Traced:
    """Run a job in a forked child under ``strace``, with the fault at one point, and return how it ended.

    Raises ``RuntimeError`` when nothing can be traced here.
    """
    child, gate, said = _started(job, plant)
    with tempfile.NamedTemporaryFile(prefix="ingather-trace-") as kept:
        command = ["strace", "-f", "-y", "-s", "16", "-o", kept.name, "-e", f"trace={','.join(CALLS)}"]
        if point is not None:
            command += ["-e", f"inject={point.call}:{fault}:when={point.number}"]
        tracer = subprocess.Popen([*command, "-p", str(child)], stderr=subprocess.PIPE, text=True)
        assert tracer.stderr is not None
        attached = tracer.stderr.readline()
        if "attached" not in attached:
            os.kill(child, signal.SIGKILL)
            _ended(child, gate, said)
            tracer.communicate()
            message = f"strace: {attached.strip()}"
            raise RuntimeError(message)
        ended = _ended(child, gate, said)
        tracer.communicate()
        lines = tuple(Path(kept.name).read_text("utf-8", errors="replace").splitlines())
    return replace(ended, lines=lines)


def heard(job: Spoken, *, plant: Plant | None = None) -> Traced:
    """Run a job in a forked child as ``traced`` does, without anybody looking at its calls."""
    return _ended(*_started(job, plant))


def _started(job: Spoken, plant: Plant | None) -> tuple[int, int, int]:
    gate, said = os.pipe(), os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(gate[1])
        _live(job, gate[0], said[1], plant)
    os.close(gate[0])
    os.close(said[1])
    return child, gate[1], said[0]


def _ended(child: int, gate: int, said: int) -> Traced:
    """Open the gate, and return how the child ended."""
    os.close(gate)
    with os.fdopen(said, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    told: dict[str, Any] = json.loads(answer) if answer else {}
    return Traced(
        signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        code=told.get("code", -1),
        out=told.get("out", ""),
        err=told.get("err", ""),
        fault=told.get("fault", ""),
    )


def points(clean: Traced) -> list[Point]:
    """Return every durable call of a clean run, in order; opening without making is none."""
    counted: Counter[str] = Counter()
    found: list[Point] = []
    for line in clean.lines:
        match = _LINE.match(line)
        if match is None or "resumed>" in line:
            continue
        call = match[1]
        counted[call] += 1
        if call != "openat" or "O_CREAT" in line:
            found.append(Point(call=call, number=counted[call], line=line.partition(" ")[2].strip()))
    return found


def _live(job: Spoken, gate: int, said: int, plant: Plant | None) -> None:
    signal.alarm(_PATIENCE_S)
    gc.disable()
    with contextlib.suppress(OSError, AttributeError):
        # Where only ancestors may trace, a child may permit others to; elsewhere this does nothing.
        ctypes.CDLL(None).prctl(_SET_PTRACER, _ANYBODY, 0, 0, 0)
    out, err = io.StringIO(), io.StringIO()
    sys.stdout, sys.stderr = out, err
    told: dict[str, Any] = {}
    if plant is not None:
        plant(pytest.MonkeyPatch())
    os.read(gate, 1)
    try:
        told["code"] = job()
    except BaseException:  # noqa: BLE001 -- the parent is told of everything
        told["fault"] = traceback.format_exc()
    left = json.dumps(told | {"out": out.getvalue(), "err": err.getvalue()}).encode()
    while left:
        left = left[os.writev(said, [left]) :]
    os._exit(0)
