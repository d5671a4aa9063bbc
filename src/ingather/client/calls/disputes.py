"""Calls about disputes.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.disputes import Dispute


class DisputesCalls:
    """Calls about disputes."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, dispute_id: str) -> Dispute:
        """Return a dispute with its days and how it stands."""
        return self._connection.read(path("/v1/disputes/{dispute_id}", dispute_id=dispute_id), Dispute)

    def list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        state: Sequence[Literal["chosen", "dishonoured", "undone", "stands", "replaced", "withdrawn"]] | None = None,
        code: Sequence[str] | None = None,
        return_id: str | None = None,
        order_id: str | None = None,
        ask_by_lte: date | None = None,
        chosen_on_gte: date | None = None,
        chosen_on_lte: date | None = None,
    ) -> Pages[Dispute]:
        """List disputes of returns."""
        in_query = {
            "limit": limit, "after": after, "order": order, "state": state, "code": code, "return_id": return_id,
            "order_id": order_id, "ask_by[lte]": ask_by_lte, "chosen_on[gte]": chosen_on_gte, "chosen_on[lte]":
            chosen_on_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/disputes", Dispute, query=in_query)
