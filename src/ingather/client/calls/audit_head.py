"""Calls about audit head.

Written from the document of the API, never by hand.
"""

from ingather.client.connection import Connection
from ingather.client.shapes.audit_head import AuditHead


class AuditHeadCalls:
    """Calls about audit head."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self) -> AuditHead:
        """Return the head of the chain, to be kept by whoever wants to know of later changes to it."""
        return self._connection.read("/v1/audit-head", AuditHead)
