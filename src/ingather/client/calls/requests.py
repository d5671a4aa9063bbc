"""Calls about requests.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.requests import OdfiRequest


class RequestsCalls:
    """Calls about requests."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, request_id: str) -> OdfiRequest:
        """Return a request: why it was made and by whom, in which document it went, and what came of it."""
        return self._connection.read(path("/v1/requests/{request_id}", request_id=request_id), OdfiRequest)

    def answer(
        self,
        request_id: str,
        *,
        outcome: str,
        on: date | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> OdfiRequest:
        """Record what came of a request."""
        return self._connection.act(
            "POST",
            path("/v1/requests/{request_id}/answer", request_id=request_id),
            OdfiRequest,
            body={"outcome": outcome, "on": on},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def withdraw(
        self, request_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> OdfiRequest:
        """Take a request back that has not gone out; a refused notification of change waits for a person again."""
        return self._connection.act(
            "POST",
            path("/v1/requests/{request_id}/withdraw", request_id=request_id),
            OdfiRequest,
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
        state: Sequence[Literal["asked", "sent", "answered", "withdrawn"]] | None = None,
        kind: Sequence[
            Literal["return_requested", "late_return_consented", "dishonour", "refuse_change", "statement_copy"]
        ]
        | None = None,
        order_id: str | None = None,
        external_id: str | None = None,
        due_on_lte: date | None = None,
        asked_on_gte: date | None = None,
        asked_on_lte: date | None = None,
    ) -> Pages[OdfiRequest]:
        """List what our bank was asked to do, until when it must have it, and whether it has."""
        in_query = {
            "limit": limit, "after": after, "order": order, "state": state, "kind": kind, "order_id": order_id,
            "external_id": external_id, "due_on[lte]": due_on_lte, "asked_on[gte]": asked_on_gte, "asked_on[lte]":
            asked_on_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/requests", OdfiRequest, query=in_query)
