"""A file of anchors: heads of the audit chain kept elsewhere, one line each, on a disk that the book is not on."""

import os
from pathlib import Path


class AnchorFile:
    """A file to which lines are only ever added."""

    def __init__(self, path: Path) -> None:
        """Keep lines in this file, whose folder exists."""
        self.path = path

    def keep(self, line: str) -> None:
        """Add a line, durably; the same last line is not written again. Raises ``OSError`` when it cannot be."""
        before = self.path.read_bytes() if self.path.exists() else None
        if before is not None and before.endswith(f"{line}\n".encode()):
            return
        # A line torn by a power loss is ended first, so that it stays one unreadable line.
        torn = bool(before) and not (before or b"").endswith(b"\n")
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            content = (("\n" if torn else "") + line + "\n").encode()
            while content:
                content = content[os.write(descriptor, content) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if before is None:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def lines(self) -> list[str]:
        """Return what is kept; raises ``OSError`` when it cannot be read."""
        return self.path.read_text("ascii", errors="replace").splitlines()
