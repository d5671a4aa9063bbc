"""Calls about whoami.

Written from the document of the API, never by hand.
"""

from ingather.client.connection import Connection
from ingather.client.shapes.whoami import WhoAmI


class WhoamiCalls:
    """Calls about whoami."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self) -> WhoAmI:
        """Return who calls and what they may do."""
        return self._connection.read("/v1/whoami", WhoAmI)
