"""Files as bytes in memory, read in the quickest way that stays right when someone changes the file meanwhile."""

from pathlib import Path

import numpy as np

from ingather.nacha.lines import MAX_BYTES


def bytes_of(path: Path, /) -> memoryview:
    """Return a file's bytes, at most one more than are read of a file; raises ``OSError`` when it cannot be read.

    The room comes from NumPy, which asks for large pages: filling it takes half as long as making ``bytes``. What has
    no size beforehand, such as a pipe, is read as it comes.
    """
    size = min(path.stat().st_size, MAX_BYTES + 1)
    with path.open("rb") as file:
        if not size:
            return memoryview(file.read(MAX_BYTES + 1))
        room = np.empty(size, np.uint8).data
        filled = 0
        while filled < size and (taken := file.readinto(room[filled:])):
            filled += taken
    return room[:filled].toreadonly()
