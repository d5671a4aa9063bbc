"""The home of a host's memory: the folder where it has been kept since a known record of the audit chain.

A folder that was copied, or put back from a copy, looks as the true one does, and no head in it can prove that nothing
was noted elsewhere since. What a copy cannot take along is where it lies: the file system, the folder, the file itself
and the machine. A disk image that is put back takes all of it along and is not told apart.
"""

import json
import os
from pathlib import Path
from typing import Final

_HOME: Final = "host.home"
_MACHINE: Final = Path("/etc/machine-id")


def begun_here(folder: Path) -> tuple[int, bytes] | None:
    """Return the head of the audit chain since which all was noted in this folder at this place, None where unknown."""
    try:
        with (folder / _HOME).open(encoding="ascii") as file:
            *place, seq, value = json.loads(file.read())
            mine = _place(folder, os.fstat(file.fileno()))
            return (int(seq), bytes.fromhex(value)) if place == mine else None
    except (FileNotFoundError, ValueError, TypeError):
        return None


def begin_here(folder: Path, seq: int, value: bytes) -> None:
    """Write durably that from this head on all is noted in this folder at this place."""
    path = folder / _HOME
    temporary = path.with_suffix(".new")
    # A file of its own, so that it is never one that was copied.
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        json.dump([*_place(folder, os.fstat(file.fileno())), seq, value.hex()], file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _place(folder: Path, file: os.stat_result) -> list[str | int]:
    there = folder.stat()
    try:
        machine = _MACHINE.read_text("ascii").strip()
    except (OSError, ValueError):
        machine = ""
    return [machine, there.st_dev, there.st_ino, file.st_ino]
