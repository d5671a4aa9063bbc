"""Calls about corrections.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.corrections import Correction


class CorrectionsCalls:
    """Calls about corrections."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, correction_id: str) -> Correction:
        """Return a notification of change: what it says, until when, and who did what about it."""
        return self._connection.read(path("/v1/corrections/{correction_id}", correction_id=correction_id), Correction)

    def apply(
        self, correction_id: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Correction:
        """Apply a notification of change that waits for a person."""
        return self._connection.act(
            "POST",
            path("/v1/corrections/{correction_id}/apply", correction_id=correction_id),
            Correction,
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def leave(
        self, correction_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Correction:
        """Leave a notification of change as it is, where that is ours to do."""
        return self._connection.act(
            "POST",
            path("/v1/corrections/{correction_id}/leave", correction_id=correction_id),
            Correction,
            body={"reason": reason},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def refuse(
        self,
        correction_id: str,
        *,
        reason: str,
        as_code: str,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Correction:
        """Ask the bank to refuse a notification of change; the request goes out with the next night."""
        return self._connection.act(
            "POST",
            path("/v1/corrections/{correction_id}/refuse", correction_id=correction_id),
            Correction,
            body={"reason": reason, "as_code": as_code},
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
        state: Sequence[Literal["open", "applied", "left", "logged", "refused", "unmatched"]] | None = None,
        waiting: bool | None = None,
        code: Sequence[str] | None = None,
        order_id: str | None = None,
        trace: str | None = None,
        due_on_lte: date | None = None,
    ) -> Pages[Correction]:
        """List notifications of change, the old value and the new one masked."""
        in_query = {
            "limit": limit, "after": after, "order": order, "state": state, "waiting": waiting, "code": code,
            "order_id": order_id, "trace": trace, "due_on[lte]": due_on_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/corrections", Correction, query=in_query)
