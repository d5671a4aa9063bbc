"""What the host remembers outside the book: every send, and how far the book's audit chain had come.

Both live in the key folder. A book restored from an earlier moment is behind them, and is known for what it is. A
send is noted twice: before the file gets its final name, and after its bytes were read back.
"""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ingather.gateway.home import begin_here, begun_here

_REGISTER: Final = "sent.register"
_HEAD: Final = "audit.head"
_LOCK: Final = "audit.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLine:
    """One line of the sent register; the hash is of the file's bytes.

    ``sending``: about to get its final name. ``sent``: read back at the bank. ``withheld``: proven not to have left.
    """

    what: Literal["sending", "sent", "withheld"]
    name: str
    sha256: str
    entries: int
    debit_cents: int


class HostMemory:
    """The memory of one host about one instance's book."""

    def __init__(self, folder: Path) -> None:
        """Keep the memory in this folder, which exists."""
        self._folder = folder

    def note_send(self, line: SentLine) -> bool:
        """Append a line to the sent register, durably, and return whether: the same last line is not written again."""
        lines = self.sent()
        if lines and lines[-1] == line:
            return False
        path = self._folder / _REGISTER
        torn = path.exists() and not path.read_bytes().endswith(b"\n")
        content = json.dumps([line.what, line.name, line.sha256, line.entries, line.debit_cents]) + "\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A line torn by a power loss is ended first, so that it stays one unreadable line.
            # A disk that is nearly full takes a part and says so by its answer alone: the rest is then refused.
            left = (("\n" if torn else "") + content).encode()
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _sync_folder(self._folder)
        return True

    def sent(self) -> list[SentLine]:
        """Return the sent register; a line torn by a power loss is left out."""
        path = self._folder / _REGISTER
        if not path.exists():
            return []
        found = []
        for text in path.read_text("ascii").splitlines():
            try:
                what, name, sha256, entries, debit_cents = json.loads(text)
            except ValueError:
                continue
            found.append(SentLine(what=what, name=name, sha256=sha256, entries=entries, debit_cents=debit_cents))
        return found

    def remember_head(self, seq: int, value: bytes, *, anew: bool = False) -> None:
        """Remember the head of the audit chain, durably; an earlier head never replaces a later one.

        Only ``anew``, when two persons have released a restored book, its head takes the place of any other.
        """
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # One at a time: of two processes the one with the later head must win, whichever comes last.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            known = self.head()
            if known is not None and known[0] >= seq and not anew:
                return
            path = self._folder / _HEAD
            temporary = path.with_suffix(".new")
            with open(temporary, "w", encoding="ascii", opener=_for_its_owner) as file:
                file.write(f"{seq} {value.hex()}\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            if self.begun() is None:
                begin_here(self._folder, seq, value)
            _sync_folder(self._folder)
        finally:
            os.close(descriptor)

    def head(self) -> tuple[int, bytes] | None:
        """Return the remembered head of the audit chain, None when there is none yet."""
        try:
            seq, value = (self._folder / _HEAD).read_text("ascii").split()
            return int(seq), bytes.fromhex(value)
        except FileNotFoundError:
            return None

    def begun(self) -> tuple[int, bytes] | None:
        """Return the head since which all was noted here, None for a memory that was copied from elsewhere."""
        return begun_here(self._folder)

    def begin_anew(self) -> None:
        """Have this be the place where all is noted from the remembered head on, wherever the memory came from."""
        if (head := self.head()) is not None:
            begin_here(self._folder, *head)
            _sync_folder(self._folder)


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
