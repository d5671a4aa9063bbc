"""Calls about alarms.

Written from the document of the API, never by hand.
"""

from ingather.client.connection import Connection
from ingather.client.shapes.alarms import Alarms


class AlarmsCalls:
    """Calls about alarms."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self) -> Alarms:
        """List what should have happened and has not, with what a person does about it."""
        return self._connection.read("/v1/alarms", Alarms)
