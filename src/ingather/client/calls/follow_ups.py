"""Calls about follow ups.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.follow_ups import FollowUp
from ingather.client.shapes.shared import FollowUpInFull


class FollowUpsCalls:
    """Calls about follow ups."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, follow_up_id: str) -> FollowUpInFull:
        """Return a follow-up: who asked and approved, its debit, its own entry, its days and its history."""
        return self._connection.read(path("/v1/follow-ups/{follow_up_id}", follow_up_id=follow_up_id), FollowUpInFull)

    def approve(
        self, follow_up_id: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> FollowUpInFull:
        """Approve what another person asked for: the next night that may send it does."""
        return self._connection.act(
            "POST",
            path("/v1/follow-ups/{follow_up_id}/approve", follow_up_id=follow_up_id),
            FollowUpInFull,
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def refuse(
        self, follow_up_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> FollowUpInFull:
        """Refuse what another person asked for."""
        return self._connection.act(
            "POST",
            path("/v1/follow-ups/{follow_up_id}/refuse", follow_up_id=follow_up_id),
            FollowUpInFull,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def withdraw(
        self, follow_up_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> FollowUpInFull:
        """Let a follow-up be that is not in a file yet."""
        return self._connection.act(
            "POST",
            path("/v1/follow-ups/{follow_up_id}/withdraw", follow_up_id=follow_up_id),
            FollowUpInFull,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def notify(
        self,
        follow_up_id: str,
        *,
        proof: str,
        on: date | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> FollowUpInFull:
        """Record that the buyer was told of a reversal and why, which is due by the day it settles."""
        return self._connection.act(
            "POST",
            path("/v1/follow-ups/{follow_up_id}/notify", follow_up_id=follow_up_id),
            FollowUpInFull,
            body={"proof": proof, "on": on},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        state: Sequence[Literal["asked", "wanted", "sealed", "sent", "settled", "done", "returned", "withdrawn"]]
        | None = None,
        kind: Sequence[Literal["reversal", "refund", "return_fee"]] | None = None,
        merchant: str | None = None,
        external_id: str | None = None,
        order_id: str | None = None,
        asked_on_gte: date | None = None,
        asked_on_lte: date | None = None,
        amount_minor_gte: int | None = None,
        amount_minor_lte: int | None = None,
    ) -> Pages[FollowUp]:
        """List refunds, reversals and return fees, with what is still to be done."""
        in_query = {
            "limit": limit, "after": after, "order": order, "state": state, "kind": kind, "merchant": merchant,
            "external_id": external_id, "order_id": order_id, "asked_on[gte]": asked_on_gte, "asked_on[lte]":
            asked_on_lte, "amount_minor[gte]": amount_minor_gte, "amount_minor[lte]": amount_minor_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/follow-ups", FollowUp, query=in_query)
