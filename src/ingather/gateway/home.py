"""The home of a host's memory: the folder where it has been kept since a known record of the audit chain.

A folder that was copied, or put back from a copy, looks as the true one does, and no head in it can prove that
nothing was noted elsewhere since. What a copy cannot take along is where it lies: the file system, the folder, a file
in it with the time at which that was put there, and the machine. A disk image that is put back takes all of it along
and is not told apart.
"""

import json
import os
from pathlib import Path
from typing import Final

_HOME: Final = "host.home"
_PLACE: Final = "host.place"
_MACHINE: Final = Path("/etc/machine-id")


def begun_here(folder: Path) -> tuple[int, bytes] | None:
    """Return the head of the audit chain since which all was noted in this folder at this place, None where unknown."""
    try:
        *place, seq, value = json.loads((folder / _HOME).read_text("ascii"))
        return (int(seq), bytes.fromhex(value)) if place == _place(folder) else None
    except (FileNotFoundError, ValueError, TypeError):
        return None


def begin_here(folder: Path, seq: int, value: bytes) -> None:
    """Write durably that from this head on all is noted in this folder at this place."""
    # Files of their own, so that they are never ones that were copied.
    _write_anew(folder / _PLACE, "")
    _write_anew(folder / _HOME, json.dumps([*_place(folder), seq, value.hex()]))


def _write_anew(path: Path, text: str) -> None:
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _place(folder: Path) -> list[str | int]:
    # A folder that takes another's place may get its numbers; when a file was put there is written by the system alone,
    # and no copy takes it along.
    there, mark = folder.stat(), (folder / _PLACE).stat()
    try:
        machine = _MACHINE.read_text("ascii").strip()
    except (OSError, ValueError):
        machine = ""
    return [machine, there.st_dev, there.st_ino, mark.st_ino, mark.st_ctime_ns]
