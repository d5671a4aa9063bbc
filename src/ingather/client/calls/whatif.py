"""Calls about whatif.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.connection import Connection
from ingather.client.shapes.whatif import Compared


class WhatifCalls:
    """Calls about whatif."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(
        self,
        *,
        hold_days: int | None = None,
        reserve_bps: int | None = None,
        reserve_days: int | None = None,
        from_: date | None = None,
    ) -> Compared:
        """Replay what was collected: cash delay, loss and rate headroom under other terms beside today's policy."""
        return self._connection.read(
            "/v1/whatif",
            Compared,
            query={"hold_days": hold_days, "reserve_bps": reserve_bps, "reserve_days": reserve_days, "from": from_},
        )
