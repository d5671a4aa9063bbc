"""Calls about api keys.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.api_keys import ApiKey, Token

PermissionsWord: TypeAlias = Literal[
    "orders:read",
    "orders:write",
    "parties:read",
    "parties:write",
    "authorizations:read",
    "authorizations:write",
    "files:read",
    "files:write",
    "files:approve",
    "returns:read",
    "returns:write",
    "returns:approve",
    "reports:read",
    "reports:write",
    "settlements:read",
    "settlements:write",
    "settlements:approve",
    "events:read",
    "webhooks:write",
    "exports:read",
    "rules:read",
    "rules:write",
    "rehearsal:write",
    "users:read",
    "users:write",
    "audit:read",
    "keys:read",
    "keys:write",
    "accounts:unmask",
]


class ApiKeysCalls:
    """Calls about api keys."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        name: str,
        permissions: Sequence[PermissionsWord],
        merchant: str | None = None,
        expires_at: datetime | None = None,
        per_minute: int | None = None,
    ) -> Token:
        """Make a key; approving, granting and making keys are for people, no key holds them."""
        return self._connection.act(
            "POST",
            "/v1/api-keys",
            Token,
            body={
                "name": name,
                "permissions": permissions,
                "merchant": merchant,
                "expires_at": expires_at,
                "per_minute": per_minute,
            },
            once="no",
        )

    def get(self, key_id: str) -> ApiKey:
        """Return one key."""
        return self._connection.read(path("/v1/api-keys/{key_id}", key_id=key_id), ApiKey)

    def rotate(self, key_id: str, *, reason: str, overlap_s: int | None = None) -> Token:
        """Give a key a new token; the one before opens for a while, and it stays the same caller."""
        return self._connection.act(
            "POST",
            path("/v1/api-keys/{key_id}/rotate", key_id=key_id),
            Token,
            body={"reason": reason, "overlap_s": overlap_s},
            once="no",
        )

    def revoke(
        self, key_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> ApiKey:
        """Revoke a key for good, with every token it has."""
        return self._connection.act(
            "POST",
            path("/v1/api-keys/{key_id}/revoke", key_id=key_id),
            ApiKey,
            body={"reason": reason},
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
        revoked: bool | None = None,
        merchant: str | None = None,
    ) -> Pages[ApiKey]:
        """List the keys of the API."""
        return self._connection.pages(
            "/v1/api-keys",
            ApiKey,
            query={"limit": limit, "after": after, "order": order, "revoked": revoked, "merchant": merchant},
        )
