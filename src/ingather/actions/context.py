"""Everything impure an action needs, in one value: the session, the vault, the clock, the ids and who acts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from sqlalchemy.orm import Session

from ingather.base.columns import Int64
from ingather.base.dates import NEW_YORK, to_micros
from ingather.base.ids import COUNTER_BITS, COUNTERS, EPOCH_MS, NODE_BITS, compose_key
from ingather.domain.facts import FactKind, Scope
from ingather.store import audit, events
from ingather.vault.sealing import Vault

Clock: TypeAlias = Callable[[], datetime]


class Ids:
    """Mints keys: time-ordered, never twice by the same process, borrowing from the next milliseconds when busy.

    Threads of a server share one: each is given keys of its own.
    """

    __slots__ = ("_clock", "_lock", "_node", "_tick")

    def __init__(self, clock: Clock, *, node: int) -> None:
        """Mint for one node, a number below 1,024 that tells processes apart."""
        self._clock = clock
        self._node = node
        self._tick = 0
        self._lock = Lock()

    def beside(self, number: int) -> "Ids":
        """Return who mints for another process of the same work, of its own node."""
        return Ids(self._clock, node=(self._node + number) % (1 << NODE_BITS))

    def one(self) -> int:
        """Return a new key."""
        return int(self.many(1)[0])

    def many(self, count: int) -> Int64:
        """Return ``(count,)`` new keys, ascending."""
        now = (to_micros(self._clock()) // 1000 - EPOCH_MS) << COUNTER_BITS
        with self._lock:
            first = max(self._tick, now)
            self._tick = first + count
        ticks = np.arange(first, first + count, dtype=np.int64)
        base = compose_key(ms=EPOCH_MS, node=self._node, counter=0)
        return ((ticks >> COUNTER_BITS) << (NODE_BITS + COUNTER_BITS)) | base | (ticks & (COUNTERS - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an action works with. ``today`` is the New York date of the clock."""

    session: Session
    vault: Vault
    clock: Clock
    ids: Ids
    actor: str

    @property
    def now(self) -> datetime:
        """Return the instant of the action."""
        return self.clock()

    @property
    def today(self) -> date:
        """Return the banking zone's date."""
        return self.now.astimezone(NEW_YORK).date()

    def audit(self, verb: str, subject: str, **detail: Any) -> None:  # noqa: ANN401 -- any JSON value
        """Leave the action's record in the chain; ``detail`` never holds red data."""
        audit.append(self.session, at=self.now, actor=self.actor, verb=verb, subject=subject, detail=detail)

    def fact(
        self,
        kind: FactKind,
        *,
        scope: Scope,
        subject: int,
        originator: int,
        on: date | None = None,
        once: str = "",
        **detail: Any,  # noqa: ANN401 -- any JSON value
    ) -> None:
        """Add a fact at this instant by this actor; ``on`` is its banking date, today unless given."""
        events.add(
            self.session,
            kind,
            scope=scope,
            subject=subject,
            originator=originator,
            on=on or self.today,
            at=self.now,
            actor=self.actor,
            once=once,
            detail=detail,
        )
