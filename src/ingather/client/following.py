"""Following a book: every event once and in order, from where the reader was."""

import time
from collections.abc import Callable, Iterator, Sequence

from ingather.client.calls.events import EventsCalls
from ingather.client.connection import Connection
from ingather.client.shapes.events import Event


class EventsFollowed(EventsCalls):
    """Calls about events, and a reader that keeps its place."""

    def __init__(self, connection: Connection, sleep: Callable[[float], None] = time.sleep) -> None:
        """Call over a connection."""
        super().__init__(connection)
        self._sleep = sleep

    def after(
        self, event: Event | str | None = None, *, types: Sequence[str] | None = None, every_s: float | None = None
    ) -> Iterator[Event]:
        """Yield the events after one, the oldest first; from the first one of the book on after None.

        Keep the ``id`` of the last event that was worked on, and begin there the next time. With ``every_s`` it goes
        on, asking again after so many seconds whenever it has come to the end; without, it ends there.
        """
        last = event.id if isinstance(event, Event) else event
        while True:
            for each in self.list(after=last, types=types, order="oldest"):
                yield each
                last = each.id
            if every_s is None:
                return
            self._sleep(every_s)
