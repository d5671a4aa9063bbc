"""The clock of a book: a live book's is the machine's, a test book's runs ahead of it by as much as it was moved."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Engine, select

from ingather.store.engine import reading
from ingather.store.tables import Book

_LOOKS_EVERY = timedelta(milliseconds=250)


class BookClock:
    """A test book's clock; whoever moved it, in whatever process, it is followed within a quarter of a second."""

    def __init__(self, engine: Engine, machine: Callable[[], datetime]) -> None:
        """Go by the machine's clock and what the book says of its own."""
        self.machine = machine
        self._engine = engine
        self._lock = Lock()
        self._ahead = timedelta(0)
        self._seen: datetime | None = None

    def __call__(self) -> datetime:
        """Return the book's instant."""
        now = self.machine()
        seen = self._seen
        if seen is None or not seen <= now < seen + _LOOKS_EVERY:
            self._look(now, wait=seen is None)
        return now + self._ahead

    def forget(self) -> None:
        """Ask the book again at the next look: it was moved just now."""
        self._seen = None

    def _look(self, now: datetime, *, wait: bool) -> None:
        """Read how far the book is ahead; one thread reads, and the others go by what is known."""
        if not self._lock.acquire(blocking=wait):
            return
        try:
            with reading(self._engine) as session:
                self._ahead = timedelta(seconds=session.execute(select(Book.clock_ahead_s)).scalar() or 0)
            self._seen = now
        finally:
            self._lock.release()


def clock_of(engine: Engine, machine: Callable[[], datetime]) -> Callable[[], datetime]:
    """Return the clock of a book that exists."""
    with reading(engine) as session:
        mark = session.execute(select(Book.mark)).scalar()
    return BookClock(engine, machine) if mark == "test" else machine
