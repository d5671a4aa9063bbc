"""Calls about postings.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, TypeAlias

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.postings import Posting, PostingInFull

EventWord: TypeAlias = Literal[
    "settlement", "return", "reversal", "rejection", "credit_return", "fee", "adjustment", "receipt", "other", "unknown"
]


class PostingsCalls:
    """Calls about postings."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, posting_id: str) -> PostingInFull:
        """Return a posting with what explains it, or what might."""
        return self._connection.read(path("/v1/postings/{posting_id}", posting_id=posting_id), PostingInFull)

    def match(
        self,
        posting_id: str,
        *,
        reason: str,
        batch: str | None = None,
        return_: str | None = None,
        fee: bool | None = None,
        note: bool | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> PostingInFull:
        """Explain a posting by hand: by a batch, a return, a charge, or in words."""
        return self._connection.act(
            "POST",
            path("/v1/postings/{posting_id}/match", posting_id=posting_id),
            PostingInFull,
            body={"reason": reason, "batch": batch, "return": return_, "fee": fee, "note": note},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def matches_undo(
        self,
        posting_id: str,
        match_id: str,
        *,
        reason: str,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> PostingInFull:
        """Undo a match of a posting, with the others of the same posting: it is in suspense again."""
        return self._connection.act(
            "POST",
            path("/v1/postings/{posting_id}/matches/{match_id}/undo", posting_id=posting_id, match_id=match_id),
            PostingInFull,
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
        matched: bool | None = None,
        feed: str | None = None,
        report: str | None = None,
        event: Sequence[EventWord] | None = None,
        trace: str | None = None,
        bank_ref: str | None = None,
        value_on_gte: date | None = None,
        value_on_lte: date | None = None,
        amount_minor_gte: int | None = None,
        amount_minor_lte: int | None = None,
    ) -> Pages[Posting]:
        """List what moved on our accounts; ``matched=false`` leaves what nothing explains."""
        in_query = {
            "limit": limit, "after": after, "order": order, "matched": matched, "feed": feed, "report": report,
            "event": event, "trace": trace, "bank_ref": bank_ref, "value_on[gte]": value_on_gte, "value_on[lte]":
            value_on_lte, "amount_minor[gte]": amount_minor_gte, "amount_minor[lte]": amount_minor_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/postings", Posting, query=in_query)
