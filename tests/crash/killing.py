"""Killing a job at each durable step, found without a hook in our code.

The parent forks a child. In the child the system's calls, the database's commit and the gateway's rename are watched,
before and after each; at the k-th step the child sends itself SIGKILL. A write is watched in its middle as well.
"""

import gc
import json
import os
import signal
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import pytest
from sqlalchemy.engine.default import DefaultDialect

from ingather.gateway import folder as wire
from ingather.gateway.channel import TEMPORARY
from ingather.gateway.renaming import rename_into_place
from tests.seeds import seed

PATIENCE_S: Final = 30
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)  # mutable -- it counts
class Steps:
    """The durable steps of a child, in order; a call is one more step, and at ``at`` the last one of its life.

    With a ``deed`` that is done at ``at`` instead; what it does itself takes no steps.
    """

    at: int | None = None
    names: list[str] = field(default_factory=list)
    deed: Callable[[], None] | None = None
    doing: bool = False

    def __call__(self, name: str, /, **_: object) -> None:
        """Take one more step; shaped like a desk's ``tell``."""
        if self.doing:
            return
        self.names.append(name)
        if len(self.names) == self.at and self.deed is not None:
            self.doing = True
            self.deed()
            self.doing = False
        elif len(self.names) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a child ended: by itself (0) or by a signal, what it returned or what it raised, and its steps."""

    signal: int
    result: Any = None
    error: str = ""
    steps: tuple[str, ...] = ()

    @property
    def killed(self) -> bool:
        """Whether the kill arrived."""
        return self.signal == signal.SIGKILL


Job = Callable[[Steps], Any]
Plant = Callable[[pytest.MonkeyPatch], None]
Named = Callable[[str], None]


def nobody_comes(name: str) -> None:
    """Be a bank that leaves what it is given where it lies."""
    _ = name


def run(
    job: Job,
    *,
    kill_at: int | None = None,
    on_final_name: Named = nobody_comes,
    plant: Plant | None = None,
    deed: Callable[[], None] | None = None,
) -> Ran:
    """Run a job in a forked child, kill it at its k-th durable step, and return how it ended.

    ``on_final_name`` hears, in the child, of each file the instant it has its final name; ``plant`` changes our code
    there. With a ``deed`` that is done at the step instead of the kill. A child that hangs is ended by SIGALRM.
    """
    return finish(start(job, kill_at=kill_at, on_final_name=on_final_name, plant=plant, deed=deed))


def start(
    job: Job,
    *,
    kill_at: int | None = None,
    on_final_name: Named = nobody_comes,
    plant: Plant | None = None,
    deed: Callable[[], None] | None = None,
) -> tuple[int, int]:
    """Start a job as ``run`` does; ``finish`` waits for what this returns."""
    reads, writes = os.pipe()
    with warnings.catch_warnings():
        # From Python 3.12 on a fork beside other threads warns; the child of a test worker uses none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(reads)
        _live(job, writes, Steps(at=kill_at, deed=deed), on_final_name, plant)
    os.close(writes)
    return child, reads


def finish(started: tuple[int, int]) -> Ran:
    """Wait for a child and return how it ended."""
    child, reads = started
    with os.fdopen(reads, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    told = json.loads(said) if said else {}
    return Ran(
        signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        result=told.get("result"),
        error=told.get("error", ""),
        steps=tuple(told.get("steps", ())),
    )


def ended(ran: Ran) -> Any:  # noqa: ANN401 -- whatever the job returned
    """Return what a child returned that ended by itself and raised nothing."""
    assert ran.signal == 0, f"ended by signal {ran.signal}"
    assert not ran.error, ran.error
    return ran.result


def _live(job: Job, writes: int, steps: Steps, on_final_name: Named, plant: Plant | None) -> None:
    signal.alarm(PATIENCE_S)
    gc.disable()
    said: dict[str, Any] = {}
    write = os.write
    try:
        patch = pytest.MonkeyPatch()
        if plant is not None:
            plant(patch)
        _watch(patch, steps, on_final_name)
        said["result"] = job(steps)
    except BaseException as raised:  # noqa: BLE001 -- the parent is told of everything
        said["error"] = f"{type(raised).__name__}: {raised}\n{''.join(traceback.format_tb(raised.__traceback__)[-4:])}"
    said["steps"] = steps.names
    left = json.dumps(said).encode()
    while left:
        left = left[write(writes, left) :]
    os._exit(0)


def _watch(patch: pytest.MonkeyPatch, step: Steps, on_final_name: Named) -> None:
    def around(name: str, call: Callable[P, R]) -> Callable[P, R]:
        @wraps(call)
        def watched(*args: P.args, **kwargs: P.kwargs) -> R:
            step(f"before {name}")
            result = call(*args, **kwargs)
            step(f"after {name}")
            return result

        return watched

    opened, written = os.open, os.write

    def watched_open(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if not flags & os.O_CREAT:
            return opened(path, flags, mode, dir_fd=dir_fd)
        step("before create")
        file = opened(path, flags, mode, dir_fd=dir_fd)
        step("after create")
        return file

    def watched_write(file: int, content: bytes) -> int:
        step("before write")
        half = written(file, content[: len(content) // 2])
        step("amid write")
        half += written(file, content[half:])
        step("after write")
        return half

    def watched_rename(source: str, target: str, *, source_folder: int, target_folder: int) -> None:
        step("before rename")
        rename_into_place(source, target, source_folder=source_folder, target_folder=target_folder)
        if source.endswith(TEMPORARY):
            on_final_name(target)
        step("after rename")

    patch.setattr(os, "open", watched_open)
    patch.setattr(os, "write", watched_write)
    patch.setattr(wire, "rename_into_place", watched_rename)
    for name in ("fsync", "replace", "unlink"):
        patch.setattr(os, name, around(name, getattr(os, name)))
    patch.setattr(DefaultDialect, "do_commit", around("commit", DefaultDialect.do_commit))


def telling(steps: tuple[str, ...]) -> list[int]:
    """Return the numbers of the steps to kill at: one for each state a kill can leave behind.

    Nothing durable happens between the end of one step and the beginning of the next, so a kill at the latter leaves
    what a kill at the former leaves.
    """
    return [1, *(number for number, name in enumerate(steps, 1) if name.startswith(("after", "amid")))]


SHARE: Final = int(os.environ.get("INGATHER_TEST_KILLS_EVERY", "4"))
"""One point in so many is killed at in one run."""


def a_share(points: list[int]) -> list[int]:
    """Return one point in four to kill at, others with the next seed: the soak's rounds kill at every one of them.

    ``INGATHER_TEST_KILLS_EVERY`` is another share, 1 for all.
    """
    return points[seed() % SHARE :: SHARE]
