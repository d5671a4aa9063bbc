"""Calls about rates.

Written from the document of the API, never by hand.
"""

from typing import Literal

from ingather.client.connection import Connection
from ingather.client.shapes.rates import Rates


class RatesCalls:
    """Calls about rates."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(
        self,
        *,
        by: Literal["all", "company", "sec", "merchant"] | None = None,
        method: Literal["period", "files", "cohort", "both", "all"] | None = None,
    ) -> Rates:
        """Return the return rates of sixty days against their limits; a key bound to a merchant sees that
        merchant's.
        """
        return self._connection.read("/v1/rates", Rates, query={"by": by, "method": method})
