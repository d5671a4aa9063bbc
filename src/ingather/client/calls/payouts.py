"""Calls about payouts.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.payouts import ApprovedPayouts, Payout, SentSheets


class PayoutsCalls:
    """Calls about payouts."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, payout_id: str) -> Payout:
        """Return a payout: its statement, way, account, file or sheet, and days."""
        return self._connection.read(path("/v1/payouts/{payout_id}", payout_id=payout_id), Payout)

    def approve(self, payout_id: str, *, if_match: str, idempotency_key: str | None = None) -> Payout:
        """Approve a due payout as another person than who made its statement; If-Match names it as it was read."""
        return self._connection.act(
            "POST",
            path("/v1/payouts/{payout_id}/approve", payout_id=payout_id),
            Payout,
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def approve_many(
        self,
        *,
        payouts: Sequence[str] | None = None,
        all_due: bool | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> ApprovedPayouts:
        """Approve many due payouts at once, all of those named or none."""
        return self._connection.act(
            "POST",
            "/v1/payouts/approve",
            ApprovedPayouts,
            body={"payouts": payouts, "all_due": all_due},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def cancel(
        self, payout_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Payout:
        """Call off or refuse a payout that has not gone out; the next statement owes its amount again."""
        return self._connection.act(
            "POST",
            path("/v1/payouts/{payout_id}/cancel", payout_id=payout_id),
            Payout,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def method(
        self,
        payout_id: str,
        *,
        reason: str,
        method: Literal["sheet", "ach"],
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Payout:
        """Let a payout that has not gone out go the other way; it is approved anew, by somebody else."""
        return self._connection.act(
            "POST",
            path("/v1/payouts/{payout_id}/method", payout_id=payout_id),
            Payout,
            body={"reason": reason, "method": method},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def settled(
        self,
        payout_id: str,
        *,
        evidence: str,
        on: date | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Payout:
        """Record that a payout by sheet left our account, where no statement of the bank shows it."""
        return self._connection.act(
            "POST",
            path("/v1/payouts/{payout_id}/settled", payout_id=payout_id),
            Payout,
            body={"evidence": evidence, "on": on},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def returned(
        self,
        payout_id: str,
        *,
        evidence: str,
        on: date | None = None,
        end_account: bool | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Payout:
        """Record that a payout by sheet came back or was never carried out; the next statement owes its amount
        again.
        """
        return self._connection.act(
            "POST",
            path("/v1/payouts/{payout_id}/returned", payout_id=payout_id),
            Payout,
            body={"evidence": evidence, "on": on, "end_account": end_account},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def sheets(self, *, if_match: str | None = None, idempotency_key: str | None = None) -> SentSheets:
        """Write the approved payouts that go by sheet on one, and send it to the bank once."""
        return self._connection.act(
            "POST", "/v1/payouts/sheets", SentSheets, once="required", key=idempotency_key, if_match=if_match
        )

    def list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        merchant: str | None = None,
        state: Sequence[Literal["due", "approved", "sealed", "sent", "settled", "returned", "canceled"]] | None = None,
        method: Sequence[Literal["sheet", "ach"]] | None = None,
        settlement: str | None = None,
        reference: str | None = None,
        amount_minor_gte: int | None = None,
        amount_minor_lte: int | None = None,
        made_on_gte: date | None = None,
        made_on_lte: date | None = None,
    ) -> Pages[Payout]:
        """List payouts, each with what it waits for."""
        in_query = {
            "limit": limit, "after": after, "order": order, "merchant": merchant, "state": state, "method": method,
            "settlement": settlement, "reference": reference, "amount_minor[gte]": amount_minor_gte,
            "amount_minor[lte]": amount_minor_lte, "made_on[gte]": made_on_gte, "made_on[lte]": made_on_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/payouts", Payout, query=in_query)
