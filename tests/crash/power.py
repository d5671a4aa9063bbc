"""What a power loss would leave: the order in which a run writes, makes durable and renames.

A kill leaves the page cache, a power loss does not. So the order itself is checked, on the trace of a run, or, where
nothing can be traced, on what the child's own calls were.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from sqlalchemy.engine.default import DefaultDialect

from ingather.gateway import folder as wire
from ingather.gateway.channel import TEMPORARY
from ingather.gateway.renaming import rename_into_place
from tests.crash.killing import Plant, run
from tests.crash.tracing import Spoken, can_trace, traced

WAL: Final = "-wal"
_WRITTEN: Final = re.compile(r"^\d+\s+(write|pwrite64|fsync|fdatasync)\(\d+<([^>]*)>")
_RENAMED_AT: Final = re.compile(r'^\d+\s+renameat2?\(\S*?<([^>]*)>, "([^"]+)", \S*?<([^>]*)>, "([^"]+)".*= 0')
_RENAMED: Final = re.compile(r'^\d+\s+rename\("([^"]+)", "([^"]+)"\)\s+= 0')


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A write to a path, the making durable of a path, or a rename of a path to a target."""

    kind: Literal["write", "sync", "rename"]
    path: str
    target: str = ""


def events(job: Spoken, *, plant: Plant | None = None, tracing: bool | None = None) -> list[Event]:
    """Run a job in a child and return what it did to files, in order; by ``strace`` where that may look."""
    if can_trace() if tracing is None else tracing:
        return list(_of_trace(traced(job, plant=plant).lines))
    return _watched(job, plant)


def misplaced(seen: Iterable[Event], *, outbound: Path) -> list[str]:
    """Return where a power loss could break the promise.

    A file is durable before it is renamed, and its folder before anything more is committed. What goes to the bank is
    laid, then its intent is committed and noted by the host, then it is renamed.
    """
    found: list[str] = []
    dirty: set[str] = set()
    since_laid: dict[str, bool] = {}
    folders: set[str] = set()
    for event in seen:
        match event.kind:
            case "write":
                dirty.add(event.path)
            case "sync":
                if event.path.endswith(WAL):
                    found += [f"{folder} was not durable before the next commit" for folder in sorted(folders)]
                    folders.clear()
                    since_laid = dict.fromkeys(since_laid, True)
                dirty.discard(event.path)
                folders.discard(event.path)
                if event.path.endswith(TEMPORARY):
                    since_laid[event.path] = False
            case "rename":
                if event.path in dirty:
                    found.append(f"{Path(event.path).name} was renamed before it was durable")
                folders.add(str(Path(event.target).parent))
                if Path(event.target).parent == outbound:
                    if not since_laid.pop(event.path, False):
                        found.append(f"{Path(event.target).name} got its name before its intent was committed")
                    found += [
                        f"{Path(path).name} was not durable before a rename" for path in dirty if path != event.path
                    ]
    return [*found, *(f"{folder} was not durable at the end" for folder in sorted(folders))]


def _of_trace(lines: Iterable[str]) -> Iterator[Event]:
    for line in lines:
        if (match := _WRITTEN.match(line)) and not line.rstrip().endswith(")"):
            if " = -1" in line:
                continue
            kind: Literal["write", "sync"] = "write" if "write" in match[1] else "sync"
            if not match[2].endswith("-shm"):
                yield Event(kind=kind, path=match[2])
        elif match := _RENAMED_AT.match(line):
            yield Event(kind="rename", path=f"{match[1]}/{match[2]}", target=f"{match[3]}/{match[4]}")
        elif match := _RENAMED.match(line):
            yield Event(kind="rename", path=match[1], target=match[2])


def _watched(job: Spoken, plant: Plant | None) -> list[Event]:
    """Return what the child's own calls were; a commit stands for a write to the log beside the book and its sync."""

    def watch(patch: pytest.MonkeyPatch, seen: list[list[str]]) -> None:
        real_write, real_sync, real_replace = os.write, os.fsync, os.replace
        real_commit = DefaultDialect.do_commit

        def named(file: int) -> str:
            return str(Path(f"/proc/self/fd/{file}").readlink())

        def write(file: int, content: bytes) -> int:
            seen.append(["write", named(file), ""])
            return real_write(file, content)

        def sync(file: int) -> None:
            seen.append(["sync", named(file), ""])
            real_sync(file)

        def replace(source: Any, target: Any) -> None:  # noqa: ANN401 -- paths of any kind
            seen.append(["rename", os.fspath(source), os.fspath(target)])
            real_replace(source, target)

        def rename(source: str, target: str, *, source_folder: int, target_folder: int) -> None:
            seen.append(["rename", f"{named(source_folder)}/{source}", f"{named(target_folder)}/{target}"])
            rename_into_place(source, target, source_folder=source_folder, target_folder=target_folder)

        def commit(dialect: DefaultDialect, connection: Any) -> None:  # noqa: ANN401 -- a driver's own
            real_commit(dialect, connection)  # type: ignore[no-untyped-call]  # the library's own
            seen.append(["sync", f"book{WAL}", ""])

        patch.setattr(os, "write", write)
        patch.setattr(os, "fsync", sync)
        patch.setattr(os, "replace", replace)
        patch.setattr(wire, "rename_into_place", rename)
        patch.setattr(DefaultDialect, "do_commit", commit)

    def inside(_: object) -> list[list[str]]:
        seen: list[list[str]] = []
        patch = pytest.MonkeyPatch()
        watch(patch, seen)
        if plant is not None:
            plant(patch)
        job()
        return seen

    ran = run(inside)
    assert not ran.error, ran.error
    return [Event(kind=kind, path=path, target=target) for kind, path, target in ran.result]
