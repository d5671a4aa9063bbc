"""Calls about reconciliation.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.reconciliation import BankingDay, ClosedDay, ReconcileRun


class ReconciliationCalls:
    """Calls about reconciliation."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def runs(self, *, if_match: str | None = None, idempotency_key: str | None = None) -> ReconcileRun:
        """Explain what can be explained on every account, and say how the last day of each stands."""
        return self._connection.act(
            "POST", "/v1/reconciliation/runs", ReconcileRun, once="taken", key=idempotency_key, if_match=if_match
        )

    def days(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        feed: str | None = None,
        state: Sequence[Literal["open", "balanced", "signed"]] | None = None,
        on_gte: date | None = None,
        on_lte: date | None = None,
    ) -> Pages[ClosedDay]:
        """List the banking days that were closed, with who signed them."""
        return self._connection.pages(
            "/v1/reconciliation/days",
            ClosedDay,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "feed": feed,
                "state": state,
                "on[gte]": on_gte,
                "on[lte]": on_lte,
            },
        )

    def get_day(self, feed_id: str, day: str) -> BankingDay:
        """Return how a banking day of an account stands: its equations, its postings and what is open."""
        return self._connection.read(
            path("/v1/reconciliation/days/{feed_id}/{day}", feed_id=feed_id, day=day), BankingDay
        )

    def days_close(
        self, feed_id: str, day: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> BankingDay:
        """Close a banking day: explain what can be, and keep how it stands; another person signs it."""
        return self._connection.act(
            "POST",
            path("/v1/reconciliation/days/{feed_id}/{day}/close", feed_id=feed_id, day=day),
            BankingDay,
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def days_sign(
        self, feed_id: str, day: str, *, if_match: str, note: str | None = None, idempotency_key: str | None = None
    ) -> BankingDay:
        """Sign a closed day off, as another person than who closed it; If-Match names the day as it was read."""
        return self._connection.act(
            "POST",
            path("/v1/reconciliation/days/{feed_id}/{day}/sign", feed_id=feed_id, day=day),
            BankingDay,
            body={"note": note},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )
