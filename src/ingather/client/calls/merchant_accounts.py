"""Calls about merchant accounts.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.merchant_accounts import MerchantAccount


class MerchantAccountsCalls:
    """Calls about merchant accounts."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        merchant: str,
        routing: str,
        number: str,
        name: str,
        evidence: str,
        kind: Literal["checking", "savings"] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> MerchantAccount:
        """Ask that a merchant be paid to an account; another person approves it."""
        return self._connection.act(
            "POST",
            "/v1/merchant-accounts",
            MerchantAccount,
            body={
                "merchant": merchant,
                "routing": routing,
                "number": number,
                "kind": kind,
                "name": name,
                "evidence": evidence,
            },
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def get(self, account_id: str) -> MerchantAccount:
        """Return an account that a merchant is paid to."""
        return self._connection.read(path("/v1/merchant-accounts/{account_id}", account_id=account_id), MerchantAccount)

    def approve(self, account_id: str, *, if_match: str, idempotency_key: str | None = None) -> MerchantAccount:
        """Put an account into use, as another person than who asked; the one before it ends, and this one waits."""
        return self._connection.act(
            "POST",
            path("/v1/merchant-accounts/{account_id}/approve", account_id=account_id),
            MerchantAccount,
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def end(
        self, account_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> MerchantAccount:
        """End an account, or refuse one that is asked for; what has not gone out waits for another."""
        return self._connection.act(
            "POST",
            path("/v1/merchant-accounts/{account_id}/end", account_id=account_id),
            MerchantAccount,
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
        merchant: str | None = None,
        state: Sequence[Literal["asked", "active", "ended"]] | None = None,
        last4: str | None = None,
    ) -> Pages[MerchantAccount]:
        """List the accounts that merchants are paid to."""
        return self._connection.pages(
            "/v1/merchant-accounts",
            MerchantAccount,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "merchant": merchant,
                "state": state,
                "last4": last4,
            },
        )
