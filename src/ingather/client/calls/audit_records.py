"""Calls about audit records.

Written from the document of the API, never by hand.
"""

from datetime import datetime
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.audit_records import AuditRecord


class AuditRecordsCalls:
    """Calls about audit records."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, sequence: str) -> AuditRecord:
        """Return one record by its number."""
        return self._connection.read(path("/v1/audit-records/{sequence}", sequence=sequence), AuditRecord)

    def list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        actor: str | None = None,
        verb: str | None = None,
        subject: str | None = None,
        at_gte: datetime | None = None,
        at_lte: datetime | None = None,
    ) -> Pages[AuditRecord]:
        """List the records of the audit trail."""
        return self._connection.pages(
            "/v1/audit-records",
            AuditRecord,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "actor": actor,
                "verb": verb,
                "subject": subject,
                "at[gte]": at_gte,
                "at[lte]": at_lte,
            },
        )
