"""Calls about passwords.

Written from the document of the API, never by hand.
"""

from ingather.client.connection import Connection
from ingather.client.shapes.shared import Done


class PasswordsCalls:
    """Calls about passwords."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(self, *, name: str, token: str, password: str) -> Done:
        """Choose a password with a one-time token."""
        return self._connection.act(
            "POST", "/v1/passwords", Done, body={"name": name, "token": token, "password": password}, once="no"
        )
