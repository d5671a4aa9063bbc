"""A night on a disk that is really full stops with one clear sentence, loses nothing, and ends once there is room.

The disk is a file system in memory of a few hundred KiB. Where none may be mounted, no file may grow beyond a size.
"""

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.crash.checking import faults
from tests.crash.stories import Story, begin
from tests.crash.syscalls import Verb, command
from tests.crash.tracing import Spoken, heard

pytestmark = pytest.mark.xdist_group("kills-3")
_KIB = 1024
_ROOMS = (0, 36, 60, 120, 240, 330)
_CLEAR = ("is full", "No space left", "File too large", "disk I/O error", "unable to open")


def _used(folder: Path) -> int:
    """Return how much a folder takes on a file system of 4-KiB pages, with one more for each name."""
    return sum(-(-path.stat().st_size // 4096) * 4096 + 4096 for path in folder.rglob("*"))


def _mount(folder: Path, size: int, *, again: bool = False) -> bool:
    options = f"size={size}" + (",remount" if again else ",mode=0700")
    said = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)  # noqa: S607 -- the system's own
    return said.returncode == 0


def _grow(folder: Path, size: int) -> None:
    assert _mount(folder, size, again=True)


@contextmanager
def _small(story: Story, room: int) -> Iterator[tuple[str, Callable[[Spoken], Spoken], Callable[[], None]]]:
    """Put a story on a disk with so much room; yields how, what makes a job meet it, and what makes room."""
    size = _used(story.kept) + room
    shutil.rmtree(story.folder)
    story.folder.mkdir()
    if os.geteuid() == 0 and _mount(story.folder, size):
        try:
            shutil.copytree(story.kept, story.folder, dirs_exist_ok=True)
            yield "mounted", lambda job: job, partial(_grow, story.folder, size + (8 << 20))
        finally:
            subprocess.run(["umount", "-l", story.folder], check=True)  # noqa: S607 -- the system's own
        return
    shutil.copytree(story.kept, story.folder, dirs_exist_ok=True)
    largest = room

    def limited(job: Spoken) -> Spoken:
        def inside() -> int:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
            return job()

        return inside

    yield "limited", limited, lambda: None


def test_a_night_on_a_full_disk_says_so_and_ends_when_there_is_room(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    story, stage = begin(tmp_path, orders=6, entries=3)
    stage.desk.engine.dispose()
    story.keep()
    stopped = 0
    for room in _ROOMS:
        with _small(story, room * _KIB) as (how, meets, make_room):
            full = heard(meets(command(Verb.NIGHT, story)))
            assert not full.fault, f"{room} KiB, {how}: {full.fault}"
            if full.err:
                stopped += 1
                assert full.code
                assert len(full.err.strip().splitlines()) == 1
                assert any(words in full.err for words in _CLEAR), full.err
            else:
                assert json.loads(full.out)["did"]
            make_room()
            again = full
            for minute in (5, 10):
                again = heard(command(Verb.NIGHT, story, minute=minute))
                assert not again.err + again.fault, f"{room} KiB, {how}: {again.err}{again.fault}"
            assert json.loads(again.out)["did"] == "nothing"
            assert faults(story) == [], f"{room} KiB, {how}"
            record_property("by", how)
    assert stopped >= len(_ROOMS) // 2
    record_property("full disks", len(_ROOMS))
