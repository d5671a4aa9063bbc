"""Calls about events.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.events import Event


class EventsCalls:
    """Calls about events."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, event_id: str) -> Event:
        """Return one event."""
        return self._connection.read(path("/v1/events/{event_id}", event_id=event_id), Event)

    def list(
        self,
        *,
        after: str | None = None,
        limit: int | None = None,
        order: Literal["oldest", "newest"] | None = None,
        types: Sequence[str] | None = None,
        object: str | None = None,
        merchant: str | None = None,
        created_at_gte: datetime | None = None,
        created_at_lte: datetime | None = None,
    ) -> Pages[Event]:
        """List events, the oldest first.

        To follow a book, read with the cursor of the page before, and again a while later with the cursor of
        the last page: no event is missed and none comes twice. A key of one merchant is told of its orders,
        their entries, returns and refunds, its authorizations, batches, settlements and payouts.
        """
        return self._connection.pages(
            "/v1/events",
            Event,
            query={
                "after": after,
                "limit": limit,
                "order": order,
                "types": types,
                "object": object,
                "merchant": merchant,
                "created_at[gte]": created_at_gte,
                "created_at[lte]": created_at_lte,
            },
        )
