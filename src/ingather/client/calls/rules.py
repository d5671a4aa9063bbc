"""Calls about rules.

Written from the document of the API, never by hand.
"""

from datetime import date
from typing import Literal

from ingather.client.connection import Connection, Pages
from ingather.client.shapes.rules import Deadlines, Windows
from ingather.client.shapes.shared import RuleRow


class RulesCalls:
    """Calls about rules."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def deadlines(self, *, from_: date, buffer: int | None = None) -> Deadlines:
        """Return every deadline counted from a day."""
        return self._connection.read("/v1/rules/deadlines", Deadlines, query={"from": from_, "buffer": buffer})

    def windows(self) -> Windows:
        """Return the ACH operator's windows of today's processing day, in New York time."""
        return self._connection.read("/v1/rules/windows", Windows)

    def list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        table: str | None = None,
        key: str | None = None,
        standing: Literal["past", "in_force", "future", "unknown"] | None = None,
        on: date | None = None,
    ) -> Pages[RuleRow]:
        """List the rule rows with their dates, standing, source and confidence; the future and the unknown are
        marked.
        """
        return self._connection.pages(
            "/v1/rules",
            RuleRow,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "table": table,
                "key": key,
                "standing": standing,
                "on": on,
            },
        )
