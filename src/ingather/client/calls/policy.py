"""Calls about policy.

Written from the document of the API, never by hand.
"""

from ingather.client.connection import Connection
from ingather.client.shapes.policy import Policy, PolicyCheck


class PolicyCalls:
    """Calls about policy."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self) -> Policy:
        """Return the house's policy in force, and who took it."""
        return self._connection.read("/v1/policy", Policy)

    def create(self, *, toml: str, if_match: str | None = None, idempotency_key: str | None = None) -> Policy:
        """Take a policy into the book; the next night decides under it."""
        return self._connection.act(
            "POST", "/v1/policy", Policy, body={"toml": toml}, once="taken", key=idempotency_key, if_match=if_match
        )

    def check(self, *, toml: str) -> PolicyCheck:
        """Say whether a text is a policy that can be used, and name every key that is wrong; nothing is kept."""
        return self._connection.act("POST", "/v1/policy/check", PolicyCheck, body={"toml": toml}, once="no")
