"""Token buckets: how many calls each may still make, in this process.

A bucket holds as many tokens as a minute gives, so that a whole minute's calls may come at once and no more, and
fills evenly.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

_MOST = 20_000
"""Buckets that are kept; the one used longest ago is forgotten first, which fills it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a bucket says: how many it holds, what is left, in how many seconds it is full, and how long to wait.

    ``wait_s`` is 0 when there was a token to take.
    """

    limit: int
    remaining: int
    reset_s: int
    wait_s: int


class Buckets:
    """Buckets by name; ``clock`` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with every bucket full."""
        self._clock = clock
        self._lock = Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, per_minute: int) -> Taken:
        """Take a token from a bucket that a minute fills with so many, if it has one."""
        return self._look(name, per_minute, cost=1)

    def look(self, name: str, per_minute: int) -> Taken:
        """Say what a bucket holds, and take nothing; ``wait_s`` is 0 when a token is there."""
        return self._look(name, per_minute, cost=0)

    def _look(self, name: str, per_minute: int, *, cost: int) -> Taken:
        rate = per_minute / 60
        with self._lock:
            now = self._clock()
            level, at = self._levels.get(name, (float(per_minute), now))
            level = min(float(per_minute), level + (now - at) * rate)
            enough = level >= 1
            if cost and enough:
                level -= cost
            if cost:
                self._levels[name] = (level, now)
                self._levels.move_to_end(name)
                if len(self._levels) > _MOST:
                    self._levels.popitem(last=False)
        return Taken(
            limit=per_minute,
            remaining=int(level),
            reset_s=math.ceil((per_minute - level) / rate),
            wait_s=0 if enough else max(1, math.ceil((1 - level) / rate)),
        )
