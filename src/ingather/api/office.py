"""What every call works with, made once for a server: the desk, its settings, and the calls being answered now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from ingather.api.settings import Settings
from ingather.domain.refusals import StillAnswering
from ingather.jobs.desk import Desk


class InFlight:
    """The calls that are being answered by this process, by caller and key of idempotency."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def alone(self, caller: str, key: str) -> Iterator[None]:
        """Be the only one to answer under this key; raises ``StillAnswering`` when somebody else is at it."""
        mine = (caller, key)
        with self._lock:
            if mine in self._keys:
                raise StillAnswering
            self._keys.add(mine)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(mine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One server's: ``desk`` has no actor of its own, each call puts its caller there."""

    desk: Desk
    settings: Settings
    in_flight: InFlight = field(default_factory=InFlight)
