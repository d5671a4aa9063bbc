"""Many calls in one transaction: a commit on disk costs the same for one row and for fifty.

One writer of the server takes whatever waits, does it in one transaction, and what came meanwhile waits for the next:
the more comes, the more goes together. Nobody is answered before what is answered is durable, and a server that is told
to stop waits for whom it has not answered yet, so that the writer has nothing left when it ends.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any, Generic, TypeVar

from ingather.domain.refusals import Refusal
from ingather.store.answered_calls import KeptAnswer

MOST_TOGETHER = 500
_SOON_S = 1.0
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of one of the calls: its answer, ``new`` unless it was given before, or why there is none.

    ``subject`` is the key of what it is about.
    """

    answer: KeptAnswer | None = None
    new: bool = False
    subject: int | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place(Generic[_Item]):
    """One item that waits, and what becomes of it."""

    item: _Item
    done: "Future[Done]" = field(default_factory=Future)


class Together(Generic[_Item]):
    """What waits to be done together, in the order in which it came."""

    def __init__(self, do: Callable[[Sequence[_Item]], list[Done]], *, afterwards: Callable[[], None]) -> None:
        """Begin with nothing; ``do`` does many in one transaction, or raises and has done none.

        ``afterwards`` is what nobody waits for: it is done within a second of what it follows, and before closing.
        """
        self._do = do
        self._afterwards = afterwards
        self._lock = Lock()
        self._waiting: list[_Place[_Item]] = []
        self._writing = False
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._later = ThreadPoolExecutor(1, thread_name_prefix="afterwards")
        self._closing = Event()
        self._follows = False

    async def take(self, item: _Item) -> tuple[KeptAnswer, bool]:
        """Do an item with whatever else waits; return its answer, and whether it is new.

        When they cannot be done together each is done by itself, so that what is wrong with one is told to that one.
        Raises what it is refused for, and what doing it alone raises.
        """
        place = _Place(item=item)
        with self._lock:
            self._waiting.append(place)
            begin, self._writing = not self._writing, True
        if begin:
            self._writer.submit(self._write)
        done = await asyncio.wrap_future(place.done)
        if done.refusal is not None:
            raise done.refusal
        if done.answer is None:
            message = "a call was done and has no answer"
            raise LookupError(message)
        return done.answer, done.new

    def close(self) -> None:
        """Wait until everything that waits is done; nothing is taken afterwards."""
        self._writer.shutdown(wait=True)
        self._closing.set()
        self._later.shutdown(wait=True)

    def _write(self) -> None:
        while places := self._next():
            # Whoever went away before its turn has asked for nothing.
            asked = [place for place in places if place.done.set_running_or_notify_cancel()]
            try:
                found = self._do([place.item for place in asked]) if asked else []
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is told to whom it is about
                if asked[1:]:
                    self._each(asked)
                else:
                    asked[0].done.set_exception(error)
                continue
            for place, done in zip(asked, found, strict=True):
                place.done.set_result(done)
        with self._lock:
            begin, self._follows = not self._follows, True
        if begin:
            self._later.submit(self._follow)

    def _follow(self) -> None:
        self._closing.wait(_SOON_S)
        with self._lock:
            self._follows = False
        self._afterwards()

    def _next(self) -> list[_Place[_Item]]:
        with self._lock:
            places, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            self._writing = bool(places)
            return places

    def _each(self, places: Sequence[_Place[_Item]]) -> None:
        for place in places:
            try:
                place.done.set_result(self._do([place.item])[0])
            except Exception as error:  # noqa: BLE001 -- as above
                place.done.set_exception(error)


class Writers:
    """The writers of one server: one for each thing that is done together, made when it is first asked for."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = Lock()
        self._of: dict[object, Together[Any]] = {}

    def of(self, do: Callable[[Sequence[_Item]], list[Done]], *, afterwards: Callable[[], None]) -> Together[_Item]:
        """Return the writer that does this, and ``afterwards`` what nobody waits for."""
        with self._lock:
            if do not in self._of:
                self._of[do] = Together(do, afterwards=afterwards)
            return self._of[do]

    def close(self) -> None:
        """Wait until each has done what waits."""
        with self._lock:
            writers = list(self._of.values())
        for each in writers:
            each.close()
