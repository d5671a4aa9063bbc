"""Files that hold keys: for their owner alone, replaced in one step, and written over before they go.

A file is refused when group or others may read it or enter its folder, and when it or its folder is another user's. A
link is followed, and what it leads to is judged in the same way.
"""

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingather.domain.refusals import KeyMissing

_OTHERS = 0o077
_LOCK = "ring.lock"
_LEFT = re.compile(r"\.(ring\.json|[a-z0-9-]+\.kek)\.[0-9a-f]{8}")
_CHANGE = "change the keys if anybody may have read them"


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone (0700), or close one of ours that is there and has nothing in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid == os.geteuid() and found.st_mode & _OTHERS and not any(folder.iterdir()):
        folder.chmod(0o700)
    refuse_open_folder(folder)


def refuse_open_folder(folder: Path) -> None:
    """Raise ``KeyMissing`` when others than its owner may enter a folder, or its owner is somebody else."""
    found = folder.stat()
    if found.st_uid != os.geteuid():
        fact = f"the key folder {folder} belongs to another user"
        raise KeyMissing(fact, "Run this as who owns it, or chown it")
    if found.st_mode & _OTHERS:
        fact = f"others than its owner may enter the key folder {folder}"
        raise KeyMissing(fact, f"chmod 700 the folder, and {_CHANGE}")


def read_closed(path: Path) -> str:
    """Return what a key file holds.

    Raises ``FileNotFoundError`` without one, and ``KeyMissing`` when anybody but its owner may read it.
    """
    refuse_open_folder(path.parent)
    if path.is_symlink():
        refuse_open_folder(path.resolve(strict=True).parent)
    # What is judged is what is read: nobody puts another file under the name between the two.
    descriptor = os.open(path, os.O_RDONLY)
    with os.fdopen(descriptor, encoding="ascii") as file:
        found = os.fstat(descriptor)
        if found.st_mode & _OTHERS:
            fact = f"others than its owner may read the key file {path.name} in {path.parent}"
            raise KeyMissing(fact, f"chmod 600 the file, and {_CHANGE}")
        if found.st_uid != os.geteuid() or not stat.S_ISREG(found.st_mode):
            fact = f"the key file {path.name} in {path.parent} belongs to another user, or is no file"
            raise KeyMissing(fact, "Run this as who owns it, or chown it")
        return file.read()


def write_closed(path: Path, content: str, *, new: bool = False) -> None:
    """Write a key file (0600) in one step, durably; what stood there is written over.

    Raises ``FileExistsError`` when it was to be ``new`` and is not.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if new:
            os.link(temporary, path)
        else:
            _replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
        sync_folder(path.parent)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep every other process that changes keys out of a folder, and wait for one that does so now.

    The lock is the system's: it ends with who holds it, however that ends.
    """
    refuse_open_folder(folder)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def leftovers(folder: Path) -> list[str]:
    """Return the names of the key files of which a writer that died has left an unfinished one."""
    return sorted(found[1] for path in folder.iterdir() if (found := _LEFT.fullmatch(path.name)))


def sweep(folder: Path) -> None:
    """Write over and take away what writers that died have left; only who is alone in the folder may."""
    for path in list(folder.iterdir()):
        if _LEFT.fullmatch(path.name):
            _take_away(path)


def _take_away(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return False
    try:
        # A new file has both names for a moment: what it holds is then in use under its own.
        if not (_LEFT.fullmatch(path.name) and os.fstat(descriptor).st_nlink > 1):
            _write_over(descriptor)
        path.unlink()
        sync_folder(path.parent)
    finally:
        os.close(descriptor)
    return True


def _replace(temporary: Path, path: Path) -> None:
    try:
        before = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        temporary.replace(path)
        return
    try:
        temporary.replace(path)
        sync_folder(path.parent)
        _write_over(before)
    finally:
        os.close(before)


def destroy(path: Path) -> bool:
    """Write a key file over and take it away, durably, and what a writer that died left of it; returns whether any was.

    What a disk or a file system keeps of earlier writes is not in our hands: a key is only as gone as its last copy.
    """
    left = [each for each in path.parent.iterdir() if (found := _LEFT.fullmatch(each.name)) and found[1] == path.name]
    # Its own name goes last: while anything of it lies here, it is named.
    gone = [_take_away(each) for each in (*left, path)]
    return any(gone)


def _write_over(descriptor: int) -> None:
    os.pwrite(descriptor, os.urandom(os.fstat(descriptor).st_size), 0)
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
