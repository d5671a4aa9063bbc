"""Calls about rule sets.

Written from the document of the API, never by hand.
"""

from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.rule_sets import RuleSet, RuleSetInFull


class RuleSetsCalls:
    """Calls about rule sets."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, rule_set_id: str) -> RuleSetInFull:
        """Return a set of rule rows with what each says."""
        return self._connection.read(path("/v1/rule-sets/{rule_set_id}", rule_set_id=rule_set_id), RuleSetInFull)

    def list(
        self, *, limit: int | None = None, after: str | None = None, order: Literal["newest", "oldest"] | None = None
    ) -> Pages[RuleSet]:
        """List the sets of rule rows that files, returns and corrections rest on."""
        return self._connection.pages("/v1/rule-sets", RuleSet, query={"limit": limit, "after": after, "order": order})
