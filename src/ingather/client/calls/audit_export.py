"""Calls about audit export.

Written from the document of the API, never by hand.
"""

from ingather.client.connection import Connection


class AuditExportCalls:
    """Calls about audit export."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, *, from_: int | None = None, to: int | None = None) -> bytes:
        """Send the chain, one JSON object a line, with everything that its hashes cover.

        `ingather audit verifier` prints a program that follows it with plain Python. Two exports are sent at
        once; another one is answered with 503 until one of them has ended.
        """
        return self._connection.load("/v1/audit-export", query={"from": from_, "to": to})
