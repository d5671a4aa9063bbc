"""Calls about notices.

Written from the document of the API, never by hand.
"""

from datetime import date
from typing import Literal

from ingather.client.connection import Connection, Pages
from ingather.client.shapes.notices import Notice


class NoticesCalls:
    """Calls about notices."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        sent: bool | None = None,
        send_by_gte: date | None = None,
        send_by_lte: date | None = None,
    ) -> Pages[Notice]:
        """List what buyers must be told before debits of a series, with the words to send."""
        return self._connection.pages(
            "/v1/notices",
            Notice,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "sent": sent,
                "send_by[gte]": send_by_gte,
                "send_by[lte]": send_by_lte,
            },
        )
