"""Calls about reports.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, TypeAlias

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.reports import Item, Problems, Report, ReportInFull, ReportsDelivery

CarrierWord: TypeAlias = Literal[
    "nacha",
    "str-delimited",
    "str-fixed",
    "acknowledgement",
    "fedach-acknowledgement",
    "plain-acknowledgement",
    "bai2",
    "camt.052",
    "camt.053",
    "camt.054",
    "pain.002",
    "mt940",
    "mt942",
    "unknown",
]


class ReportsCalls:
    """Calls about reports."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def create(
        self,
        *,
        name: str,
        content: bytes,
        check: bool | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> ReportsDelivery:
        """Send in a report as the bank delivered it: its bytes are kept before they are read, and what it says is
        applied.

        Bytes that were taken before change nothing and are answered with 200. While another run takes reports
        the bytes are kept, with the state ``kept``, and the next run takes them.
        """
        return self._connection.act(
            "POST",
            "/v1/reports",
            ReportsDelivery,
            query={"name": name, "check": check},
            content=content,
            media_type="application/octet-stream",
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def get(self, report_id: str) -> ReportInFull:
        """Return one report: how it was read, where it stands, and what of it is in the books."""
        return self._connection.read(path("/v1/reports/{report_id}", report_id=report_id), ReportInFull)

    def items(
        self,
        report_id: str,
        *,
        limit: int | None = None,
        after: str | None = None,
        order: Literal["newest", "oldest"] | None = None,
        kind: str | None = None,
    ) -> Pages[Item]:
        """List what a report tells of, read again from its bytes; names and account numbers are left out."""
        return self._connection.pages(
            path("/v1/reports/{report_id}/items", report_id=report_id),
            Item,
            query={"limit": limit, "after": after, "order": order, "kind": kind},
        )

    def problems(self, report_id: str) -> Problems:
        """Return what is wrong with a report, by line and columns, read again from its bytes."""
        return self._connection.read(path("/v1/reports/{report_id}/problems", report_id=report_id), Problems)

    def retake(
        self, report_id: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> ReportsDelivery:
        """Read a report that could not be read once more, as with a profile the book has since taken, and take it."""
        return self._connection.act(
            "POST",
            path("/v1/reports/{report_id}/retake", report_id=report_id),
            ReportsDelivery,
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
        carrier: Sequence[CarrierWord] | None = None,
        state: Sequence[Literal["kept", "taken", "conflict", "unreadable", "superseded"]] | None = None,
        feed: str | None = None,
        name: str | None = None,
        business_on_gte: date | None = None,
        business_on_lte: date | None = None,
    ) -> Pages[Report]:
        """List the reports of banks."""
        in_query = {
            "limit": limit, "after": after, "order": order, "carrier": carrier, "state": state, "feed": feed,
            "name": name, "business_on[gte]": business_on_gte, "business_on[lte]": business_on_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/reports", Report, query=in_query)
