"""Killing the PostgreSQL of a test itself, and starting it again as it was started.

A backend of a dead server ends when it next waits. Until the last of them is gone nothing may be started on its folder.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

_PATIENCE_S: Final = 30.0


@dataclass(slots=True)  # mutable -- a server that is started again has another number
class Server:
    """The server behind a URL: its folder, and how it was started."""

    url: str
    folder: Path
    command: list[str]
    owner: tuple[int, int]
    started: subprocess.Popen[bytes] | None = None

    @classmethod
    def behind(cls, url: str) -> "Server":
        """Return the server that answers at a URL of ``running_cluster``."""
        folder = Path(url.partition("host=")[2])
        pid = _pid(folder)
        words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        owner = Path(f"/proc/{pid}").stat()
        return cls(
            url=url.replace("+psycopg", "", 1),
            folder=folder,
            command=[word.decode() for word in words],
            owner=(owner.st_uid, owner.st_gid),
        )

    def kill(self) -> None:
        """Kill the server's first process, and nothing else."""
        os.kill(_pid(self.folder), signal.SIGKILL)

    def _collect(self) -> None:
        """Take note of the first process's end: as long as nobody has, its lock files look like a living one's."""
        if self.started is not None:
            self.started.wait(_PATIENCE_S)
            return
        with suppress(ChildProcessError):
            os.waitpid(_pid(self.folder), 0)

    @property
    def dead(self) -> bool:
        """Whether nobody listens; a killed server leaves its socket behind."""
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return True
        return False

    def start_again(self) -> None:
        """Wait until nobody of the dead server is left, start it, and return when it answers."""
        give_up = time.monotonic() + _PATIENCE_S
        self._collect()
        while self._left():
            assert time.monotonic() < give_up, "backends of the dead server do not end"
            time.sleep(0.02)
        (self.folder / "cluster" / "postmaster.pid").unlink(missing_ok=True)
        mine = os.geteuid() == self.owner[0]
        who = {} if mine else {"user": self.owner[0], "group": self.owner[1], "extra_groups": []}
        with (self.folder / "log").open("ab") as log:
            self.started = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, **who,  # type: ignore[call-overload]  # ids or nothing
            )  # fmt: skip
        while self.dead:
            said = (self.folder / "log").read_text(errors="replace")[-500:]
            assert time.monotonic() < give_up, f"the server does not start again: {said}"
            time.sleep(0.02)

    @contextmanager
    def living(self) -> Iterator[None]:
        """Leave the server running, whatever becomes of the block."""
        try:
            yield
        finally:
            if self.dead:
                self.start_again()

    def close(self) -> None:
        """Stop what was started again."""
        if self.started is not None and self.started.poll() is None:
            self.started.send_signal(signal.SIGQUIT)
            self.started.wait(_PATIENCE_S)

    def _left(self) -> bool:
        """Return whether any process of the server still has its folder open as its own; its first is collected."""
        cluster = self.folder / "cluster"
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdigit() and (process / "cwd").resolve() == cluster and _lives(process):
                    return True
            except OSError:
                continue
        return False


def _pid(folder: Path) -> int:
    return int((folder / "cluster" / "postmaster.pid").read_text().split()[0])


def _lives(process: Path) -> bool:
    """Return whether a process is more than a number that nobody has asked for yet."""
    return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
