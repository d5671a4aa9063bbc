"""Calls about matches.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.matches import MatchesMatch, MatchInFull, Undone


class MatchesCalls:
    """Calls about matches."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, match_id: str) -> MatchInFull:
        """Return a match with its rule, its score, what agreed and what differed."""
        return self._connection.read(path("/v1/matches/{match_id}", match_id=match_id), MatchInFull)

    def undo(
        self, match_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Undone:
        """Undo the match of a return; where a merchant was told of it already, ask another person to."""
        return self._connection.act(
            "POST",
            path("/v1/matches/{match_id}/undo", match_id=match_id),
            Undone,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def approve(self, match_id: str, *, if_match: str | None = None, idempotency_key: str | None = None) -> Undone:
        """Undo a match as another person asked."""
        return self._connection.act(
            "POST",
            path("/v1/matches/{match_id}/approve", match_id=match_id),
            Undone,
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def refuse(
        self, match_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> MatchInFull:
        """Let a match stand that somebody asked to undo."""
        return self._connection.act(
            "POST",
            path("/v1/matches/{match_id}/refuse", match_id=match_id),
            MatchInFull,
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
        kind: Sequence[
            Literal[
                "return",
                "settlement",
                "return_posting",
                "fee_posting",
                "payout_posting",
                "adjustment_posting",
                "by_hand",
            ]
        ]
        | None = None,
        rule: str | None = None,
        return_id: str | None = None,
        order_id: str | None = None,
        undone: bool | None = None,
        asked: bool | None = None,
        matched_on_gte: date | None = None,
        matched_on_lte: date | None = None,
    ) -> Pages[MatchesMatch]:
        """List matches of returns and postings."""
        in_query = {
            "limit": limit, "after": after, "order": order, "kind": kind, "rule": rule, "return_id": return_id,
            "order_id": order_id, "undone": undone, "asked": asked, "matched_on[gte]": matched_on_gte,
            "matched_on[lte]": matched_on_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/matches", MatchesMatch, query=in_query)
