"""Calls about settlements.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, TypeAlias

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.settlements import Line, Settlement, SettlementInFull, SettleRun, StepTaken

KindWord: TypeAlias = Literal[
    "collected",
    "failed",
    "clawed_back",
    "given_back",
    "restored",
    "fee",
    "charge",
    "reserved",
    "unreserved",
    "covered",
    "invoiced",
    "payable_again",
]


class SettlementsCalls:
    """Calls about settlements."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(self, *, if_match: str | None = None, idempotency_key: str | None = None) -> SettleRun:
        """Make today's statement of every merchant that has none yet, and the payouts of what is payable."""
        return self._connection.act(
            "POST", "/v1/settlements", SettleRun, once="required", key=idempotency_key, if_match=if_match
        )

    def get(self, settlement_id: str) -> SettlementInFull:
        """Return a statement's sums, its reserves and its payout; its lines are a list of their own."""
        return self._connection.read(
            path("/v1/settlements/{settlement_id}", settlement_id=settlement_id), SettlementInFull
        )

    def lines(
        self,
        settlement_id: str,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        kind: Sequence[KindWord] | None = None,
        code: Sequence[str] | None = None,
        external_id: str | None = None,
    ) -> Pages[Line]:
        """List the lines of a statement: each order that was collected, failed or taken back, and why."""
        return self._connection.pages(
            path("/v1/settlements/{settlement_id}/lines", settlement_id=settlement_id),
            Line,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "kind": kind,
                "code": code,
                "external_id": external_id,
            },
        )

    def steps(
        self,
        settlement_id: str,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
    ) -> Pages[StepTaken]:
        """List from what each claw-back of a statement was taken: available, reserve, carried, an invoice, a loss."""
        return self._connection.pages(
            path("/v1/settlements/{settlement_id}/steps", settlement_id=settlement_id),
            StepTaken,
            query={"limit": limit, "after": after, "order": order},
        )

    def file(self, settlement_id: str, *, format: Literal["csv", "json", "pdf"] | None = None) -> bytes:
        """Return a statement as a file, the same bytes every time: CSV, JSON, or a PDF where that extra is
        installed.
        """
        return self._connection.load(
            path("/v1/settlements/{settlement_id}/file", settlement_id=settlement_id), query={"format": format}
        )

    def list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        merchant: str | None = None,
        as_of_gte: date | None = None,
        as_of_lte: date | None = None,
    ) -> Pages[Settlement]:
        """List merchants' statements."""
        return self._connection.pages(
            "/v1/settlements",
            Settlement,
            query={
                "limit": limit,
                "after": after,
                "order": order,
                "merchant": merchant,
                "as_of[gte]": as_of_gte,
                "as_of[lte]": as_of_lte,
            },
        )
