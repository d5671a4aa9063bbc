"""Calls about exports.

Written from the document of the API, never by hand.
"""

from datetime import date
from typing import Literal

from ingather.client.connection import Connection, path
from ingather.client.shapes.exports import ExportTables


class ExportsCalls:
    """Calls about exports."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def all(self) -> ExportTables:
        """List the tables that can be exported, with what each column means."""
        return self._connection.read("/v1/exports", ExportTables)

    def get(
        self,
        kind: str,
        *,
        format: Literal["csv", "ndjson", "parquet"] | None = None,
        from_: date | None = None,
        to: date | None = None,
        merchant: str | None = None,
    ) -> bytes:
        """Send a table of the book: no account numbers, amounts in minor units, all rows of one state of the book.

        Two are sent at once; another one is answered with 503 until one of them has ended.
        """
        return self._connection.load(
            path("/v1/exports/{kind}", kind=kind),
            query={"format": format, "from": from_, "to": to, "merchant": merchant},
        )
