"""Calls about exposure.

Written from the document of the API, never by hand.
"""

from ingather.client.connection import Connection
from ingather.client.shapes.exposure import Exposures


class ExposureCalls:
    """Calls about exposure."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self) -> Exposures:
        """Return by route how much could still come back as an ordinary return, the bank's limit, and when it
        frees.
        """
        return self._connection.read("/v1/exposure", Exposures)
