"""Calls about accounts.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.accounts import Account


class AccountsCalls:
    """Calls about accounts."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        external_id: str,
        buyer: str,
        routing: str,
        number: str,
        kind: Literal["checking", "savings"],
        holder: Literal["business", "consumer"],
        validation_method: Literal["prenote", "micro_entries", "external", "earlier_debit"] | None = None,
        validated_on: date | None = None,
        metadata: Mapping[str, str] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Account:
        """Record a buyer's account; the same one again is the existing one."""
        in_body = {
            "external_id": external_id, "buyer": buyer, "routing": routing, "number": number, "kind": kind,
            "holder": holder, "validation_method": validation_method, "validated_on": validated_on, "metadata":
            metadata,
        }  # fmt: skip
        return self._connection.act(
            "POST", "/v1/accounts", Account, body=in_body, once="taken", key=idempotency_key, if_match=if_match
        )

    def get(self, account_id: str) -> Account:
        """Return one account, masked."""
        return self._connection.read(path("/v1/accounts/{account_id}", account_id=account_id), Account)

    def update(
        self,
        account_id: str,
        *,
        metadata: Mapping[str, str],
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Account:
        """Replace the metadata of an account."""
        return self._connection.act(
            "PATCH",
            path("/v1/accounts/{account_id}", account_id=account_id),
            Account,
            body={"metadata": metadata},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def unblock(
        self, account_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Account:
        """Let an account be debited again that a return blocked."""
        return self._connection.act(
            "POST",
            path("/v1/accounts/{account_id}/unblock", account_id=account_id),
            Account,
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
        buyer: str | None = None,
        state: Literal["active", "blocked"] | None = None,
        last4: str | None = None,
        validated: bool | None = None,
    ) -> Pages[Account]:
        """List buyers' accounts, masked."""
        return self._connection.pages(
            "/v1/accounts",
            Account,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "external_id": external_id,
                "buyer": buyer,
                "state": state,
                "last4": last4,
                "validated": validated,
            },
        )
