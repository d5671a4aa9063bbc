"""The folder channel: an outbound and an inbound folder, on this machine or on a mount that the bank reads.

Each file is written under a temporary name, made durable, renamed, and its folder made durable (the order that a power
loss must not break). Plain account numbers lie in such a folder, so a live book needs one on an encrypted mount.
"""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal

from ingather.gateway.channel import (
    TEMPORARY,
    ChannelFault,
    ChannelRefused,
    ChannelUnreachable,
    Evidence,
    InboundName,
    NameTaken,
    Refusal,
    Seen,
    checked_inbound_name,
    checked_name,
)
from ingather.gateway.evidence import Archived
from ingather.gateway.renaming import rename_into_place

ARCHIVE: Final = "archive"
LARGEST: Final = 1 << 30
_CHUNK: Final = 1 << 20
_REASONS: Final = {
    errno.EACCES: Refusal.DENIED,
    errno.EPERM: Refusal.DENIED,
    errno.EROFS: Refusal.DENIED,
    errno.ENOTDIR: Refusal.DENIED,
    errno.ENOSPC: Refusal.FULL,
    errno.EDQUOT: Refusal.FULL,
    errno.EFBIG: Refusal.FULL,
    errno.EISDIR: Refusal.NOT_A_FILE,
    errno.ELOOP: Refusal.NOT_A_FILE,
}


class FolderChannel:
    """A channel of two folders, which must exist; the archive of taken reports is made inside the inbound one.

    ``mark`` is the book's (``test`` or ``live``). Raises ``ChannelRefused`` for a book that is not ``test`` unless
    ``encrypted_mount`` says that the folders lie on an encrypted mount.
    """

    def __init__(
        self, outbound: Path, inbound: Path, *, mark: Literal["test", "live"], encrypted_mount: bool = False
    ) -> None:
        if mark != "test" and not encrypted_mount:
            raise ChannelRefused(reason=Refusal.PLAIN, name=str(outbound), doing="use the folder")
        self._outbound = outbound
        self._inbound = inbound

    def put_temporary(self, name: str, data: bytes) -> None:
        """Lay ``data`` durably under the temporary name; see ``Channel``."""
        doing = "write"
        temporary = checked_name(name, doing=doing) + TEMPORARY
        with self._asked(name, doing), _opened(self._outbound) as folder:
            final = _content(folder, name)
            if final is not None:
                if final != data:
                    raise NameTaken(name=name)
                return
            there = _content(folder, temporary)
            if there is not None and not data.startswith(there):
                raise NameTaken(name=temporary)
            self._lay(folder, temporary, data, start=len(there or b""))
            os.fsync(folder)

    def publish(self, name: str) -> None:
        """Give the temporary file its final name in one step; see ``Channel``."""
        doing = "publish"
        temporary = checked_name(name, doing=doing) + TEMPORARY
        with self._asked(name, doing), _opened(self._outbound) as folder:
            if _exists(folder, temporary):
                try:
                    self._rename(folder, temporary, name)
                except FileExistsError:
                    raise NameTaken(name=name) from None
            elif not _exists(folder, name):
                raise ChannelRefused(reason=Refusal.MISSING, name=name, doing=doing)
            os.fsync(folder)

    def read_back(self, name: str) -> Evidence:
        """Return what lies under both names, each read in full; see ``Channel``."""
        doing = "read back"
        checked_name(name, doing=doing)
        with self._asked(name, doing), _opened(self._outbound) as folder:
            # Who renamed may have died before this: what a power loss could still take away is no evidence.
            os.fsync(folder)
            return Evidence(final=_seen(folder, name), temporary=_seen(folder, name + TEMPORARY))

    def withdraw_temporary(self, name: str) -> bool:
        """Remove the temporary file and return whether there was one; see ``Channel``."""
        doing = "withdraw"
        temporary = checked_name(name, doing=doing) + TEMPORARY
        with self._asked(name, doing), _opened(self._outbound) as folder:
            try:
                os.unlink(temporary, dir_fd=folder)
            except FileNotFoundError:
                return False
            os.fsync(folder)
            return True

    def listing(self) -> list[Seen]:
        """Return the files of the outbound folder by name, temporary ones included, without hashes."""
        with self._asked(self._outbound.name, "list"), _opened(self._outbound) as folder:
            return [Seen(name=name, size=size, sha256=None) for name, size in _files(folder)]

    def inbound(self) -> list[InboundName]:
        """Return the files of the inbound folder by name; see ``Channel`` for those not yet there."""
        with self._asked(self._inbound.name, "list"), _opened(self._inbound) as folder:
            return [
                InboundName(name=name, size=size)
                for name, size in _files(folder)
                if not name.startswith(".") and not name.endswith(TEMPORARY)
            ]

    def fetch(self, name: str) -> bytes:
        """Return the whole content of a delivered report, of at most 1 GiB, that nobody is still writing."""
        doing = "fetch"
        checked_inbound_name(name, doing=doing)
        with self._asked(name, doing), _opened(self._inbound) as folder:
            size = os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
            if size > LARGEST:
                raise ChannelRefused(reason=Refusal.TOO_LARGE, name=name, doing=doing)
            content = _content(folder, name)
            if content is None:
                raise ChannelRefused(reason=Refusal.MISSING, name=name, doing=doing)
            if len(content) != size or os.stat(name, dir_fd=folder, follow_symlinks=False).st_size != size:
                raise ChannelRefused(reason=Refusal.CHANGING, name=name, doing=doing)
            return content

    def set_aside(self, name: str) -> None:
        """Move a taken report into the archive, as ``NAME.1``, ``NAME.2`` and so on when ``NAME`` is there already."""
        doing = "set aside"
        checked_inbound_name(name, doing=doing)
        with self._asked(name, doing), _opened(self._inbound) as folder:
            with suppress(FileExistsError):
                os.mkdir(ARCHIVE, 0o700, dir_fd=folder)
            with _opened(self._inbound / ARCHIVE) as archive:
                target, count = name, 0
                while True:
                    try:
                        rename_into_place(name, target, source_folder=folder, target_folder=archive)
                        break
                    except FileExistsError:
                        count += 1
                        target = f"{name}.{count}"
                os.fsync(archive)
            os.fsync(folder)

    def sent_bytes(self, name: str) -> bytes | None:
        """Return what lies under a final name, None when nothing does; see ``ShowsEvidence``."""
        doing = "read"
        checked_name(name, doing=doing)
        with self._asked(name, doing), _opened(self._outbound) as folder:
            return _content(folder, name)

    def archived(self) -> list[Archived]:
        """Return what was delivered and set aside, the oldest first; see ``ShowsEvidence``."""
        with self._asked(ARCHIVE, "list"), _opened(self._inbound) as inbound:
            if not _exists(inbound, ARCHIVE):
                return []
            with _opened(self._inbound / ARCHIVE) as archive:
                names = [name for name, _ in _files(archive)]
                found = [Archived(name=name, at_ns=os.stat(name, dir_fd=archive).st_mtime_ns) for name in names]
        return sorted(found, key=lambda each: (each.at_ns, each.name))

    def fetch_archived(self, name: str) -> bytes:
        """Return the whole content of a report that was set aside; see ``ShowsEvidence``."""
        doing = "fetch"
        checked_inbound_name(name, doing=doing)
        with self._asked(name, doing), _opened(self._inbound / ARCHIVE) as archive:
            content = _content(archive, name)
        if content is None:
            raise ChannelRefused(reason=Refusal.MISSING, name=name, doing=doing)
        return content

    def _lay(self, folder: int, name: str, data: bytes, *, start: int) -> None:
        """Append what is missing from ``start`` on and make the file durable, also when nothing is missing.

        Only one writer appends: were there two, each would complete the file with the other's bytes.
        """
        file = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        try:
            if not _alone_at(file) or os.fstat(file).st_size != start:
                raise ChannelRefused(reason=Refusal.CHANGING, name=name, doing="write")
            left = memoryview(data)[start:]
            while left:
                left = left[self._write(file, left[:_CHUNK]) :]
            os.fsync(file)
        finally:
            os.close(file)

    def _write(self, file: int, piece: memoryview) -> int:
        """Write a piece and return how much of it was taken; one of the two places where a far end can fail."""
        return os.write(file, piece)

    def _rename(self, folder: int, temporary: str, name: str) -> None:
        """Rename into place; the other place where a far end can fail."""
        rename_into_place(temporary, name, source_folder=folder, target_folder=folder)

    @contextmanager
    def _asked(self, name: str, doing: str) -> Iterator[None]:
        """Turn what the system says in the block into what a channel says."""
        try:
            yield
        except ChannelFault:
            raise
        except FileNotFoundError as missing:
            if _is_folder(self._outbound) and _is_folder(self._inbound):
                raise ChannelRefused(reason=Refusal.MISSING, name=name, doing=doing) from missing
            raise ChannelUnreachable(name=name, doing=doing, why="the folder is not there") from missing
        except OSError as said:
            reason = _REASONS.get(said.errno or 0)
            if reason is not None:
                raise ChannelRefused(reason=reason, name=name, doing=doing) from said
            raise ChannelUnreachable(name=name, doing=doing, why=said.strerror or "no reason given") from said


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """Yield a descriptor of the folder, so that everything in the block is about one and the same folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _alone_at(file: int) -> bool:
    """Return whether nobody else holds the file's lock, and hold it; a mount without locks says nothing against it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _content(folder: int, name: str) -> bytes | None:
    """Return a file's whole content, or None when there is no such name; other things than files raise ``OSError``."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(file, "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        return opened.read(LARGEST + 1)


def _seen(folder: int, name: str) -> Seen | None:
    """Return size and hash of what has this name; something that is not a file is seen, without a hash."""
    try:
        content = _content(folder, name)
    except OSError as said:
        if _REASONS.get(said.errno or 0) is not Refusal.NOT_A_FILE:
            raise
        return Seen(name=name, size=0, sha256=None)
    if content is None:
        return None
    return Seen(name=name, size=len(content), sha256=hashlib.sha256(content).digest())


def _files(folder: int) -> list[tuple[str, int]]:
    """Return names and sizes of the regular files in a folder, by name; one that vanishes meanwhile is left out."""
    found = []
    for name in sorted(os.listdir(folder)):
        with suppress(FileNotFoundError):
            seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(seen.st_mode):
                found.append((name, seen.st_size))
    return found
