"""What costs more than a glance, kept for a moment: many pages show it, and it need not be of this very second."""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

_Made = TypeVar("_Made")
_MOST = 256


class Kept:
    """Things by name, each for so many seconds; the oldest goes when there are too many."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = Lock()
        self._found: dict[Hashable, tuple[float, Any]] = {}

    def get(self, name: Hashable, for_s: float, make: Callable[[], _Made]) -> _Made:
        """Return what is kept under a name, or make it; two who ask at once may both make it, and neither waits."""
        now = time.monotonic()
        with self._lock:
            found = self._found.get(name)
        if found is not None and now < found[0] + for_s:
            return cast("_Made", found[1])
        made = make()
        with self._lock:
            self._found.pop(name, None)
            self._found[name] = (now, made)
            while len(self._found) > _MOST:
                del self._found[next(iter(self._found))]
        return made
