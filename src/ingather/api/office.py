"""What every call works with, made once for a server: the desk, its settings, and the calls being answered now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from structlog.typing import FilteringBoundLogger

from ingather.api.intake import Writers
from ingather.api.logs import open_log
from ingather.api.settings import Settings
from ingather.domain.refusals import StillAnswering
from ingather.domain.users import SessionTerms
from ingather.jobs.desk import Desk
from ingather.vault.passwords import PasswordCost


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
    writers: Writers = field(default_factory=Writers)
    log: FilteringBoundLogger = field(default_factory=open_log, repr=False)

    @property
    def password_cost(self) -> PasswordCost:
        """Return what one guess of a password costs here."""
        return PasswordCost(memory_kib=self.settings.password_memory_kib, passes=self.settings.password_passes)

    @property
    def session_terms(self) -> SessionTerms:
        """Return how long a sign-in lasts here."""
        return SessionTerms(
            idle=timedelta(seconds=self.settings.session_idle_s),
            total=timedelta(seconds=self.settings.session_total_s),
            proof=timedelta(seconds=self.settings.proof_s),
        )
