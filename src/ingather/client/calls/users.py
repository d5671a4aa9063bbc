"""Calls about users.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.users import Once, User


class UsersCalls:
    """Calls about users."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        name: str,
        roles: Sequence[Literal["viewer", "operator", "approver", "compliance", "key_custodian", "administrator"]],
    ) -> Once:
        """Record a person; they choose their password with the token that is answered."""
        return self._connection.act("POST", "/v1/users", Once, body={"name": name, "roles": roles}, once="no")

    def get(self, user_id: str) -> User:
        """Return one person."""
        return self._connection.read(path("/v1/users/{user_id}", user_id=user_id), User)

    def reset(self, user_id: str, *, reason: str, second_factor: bool | None = None) -> Once:
        """Forget a person's password, and their second factor where it is lost; they choose anew with a token."""
        return self._connection.act(
            "POST",
            path("/v1/users/{user_id}/reset", user_id=user_id),
            Once,
            body={"reason": reason, "second_factor": second_factor},
            once="no",
        )

    def grant(
        self,
        user_id: str,
        *,
        reason: str,
        roles: Sequence[Literal["viewer", "operator", "approver", "compliance", "key_custodian", "administrator"]],
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> User:
        """Say which roles a person has from now on."""
        return self._connection.act(
            "POST",
            path("/v1/users/{user_id}/grant", user_id=user_id),
            User,
            body={"reason": reason, "roles": roles},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def disable(
        self, user_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> User:
        """Disable a person; their sign-ins end."""
        return self._connection.act(
            "POST",
            path("/v1/users/{user_id}/disable", user_id=user_id),
            User,
            body={"reason": reason},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def enable(
        self, user_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> User:
        """Let a person who was disabled sign in again."""
        return self._connection.act(
            "POST",
            path("/v1/users/{user_id}/enable", user_id=user_id),
            User,
            body={"reason": reason},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def link(
        self,
        user_id: str,
        *,
        reason: str,
        issuer: str,
        subject: str,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> User:
        """Say what an identity provider calls a person, who signs in there from now on."""
        return self._connection.act(
            "POST",
            path("/v1/users/{user_id}/link", user_id=user_id),
            User,
            body={"reason": reason, "issuer": issuer, "subject": subject},
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
        state: Sequence[Literal["active", "disabled"]] | None = None,
        name: str | None = None,
    ) -> Pages[User]:
        """List people."""
        return self._connection.pages(
            "/v1/users", User, query={"limit": limit, "after": after, "order": order, "state": state, "name": name}
        )
