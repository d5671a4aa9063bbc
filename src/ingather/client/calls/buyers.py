"""Calls about buyers.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.shared import Buyer


class BuyersCalls:
    """Calls about buyers."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        external_id: str,
        name: str,
        metadata: Mapping[str, str] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Buyer:
        """Record a buyer; the same one again is the existing one."""
        return self._connection.act(
            "POST",
            "/v1/buyers",
            Buyer,
            body={"external_id": external_id, "name": name, "metadata": metadata},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def get(self, buyer_id: str) -> Buyer:
        """Return one buyer."""
        return self._connection.read(path("/v1/buyers/{buyer_id}", buyer_id=buyer_id), Buyer)

    def update(
        self,
        buyer_id: str,
        *,
        metadata: Mapping[str, str],
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Buyer:
        """Replace the metadata of a buyer."""
        return self._connection.act(
            "PATCH",
            path("/v1/buyers/{buyer_id}", buyer_id=buyer_id),
            Buyer,
            body={"metadata": metadata},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def suspend(
        self, buyer_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Buyer:
        """Debit none of a buyer's accounts any more; what is sealed and not sent is not sent."""
        return self._connection.act(
            "POST",
            path("/v1/buyers/{buyer_id}/suspend", buyer_id=buyer_id),
            Buyer,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def resume(
        self, buyer_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Buyer:
        """Let a suspended buyer be debited again."""
        return self._connection.act(
            "POST",
            path("/v1/buyers/{buyer_id}/resume", buyer_id=buyer_id),
            Buyer,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        external_id: str | None = None,
        state: str | None = None,
        screening: Literal["clear", "pending", "match"] | None = None,
    ) -> Pages[Buyer]:
        """List buyers."""
        return self._connection.pages(
            "/v1/buyers",
            Buyer,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "external_id": external_id,
                "state": state,
                "screening": screening,
            },
        )
