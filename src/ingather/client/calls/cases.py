"""Calls about cases.

Written from the document of the API, never by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, TypeAlias

from ingather.client.connection import Connection, Pages, path
from ingather.client.shapes.cases import Case, CaseInFull

KindWord: TypeAlias = Literal[
    "unmatched_return",
    "duplicate_return",
    "return_of_final_order",
    "notification_of_change",
    "unmatched_change",
    "unmatched_acknowledgement",
    "acknowledgement_differs",
    "unmatched_settlement",
    "settlement_differs",
    "report_gap",
    "report_conflict",
    "report_unreadable",
    "file_rejected",
    "file_in_doubt",
    "unknown_return_code",
    "dishonour",
    "receipt",
    "adjustment",
    "late_return",
    "unrequested_return",
    "improper_return",
    "questionable_return",
    "compliance_return",
    "correctable_return",
    "return_to_investigate",
    "proof_of_authorization",
    "suspected_duplicate",
    "validation_failed",
    "screening_match",
    "merchant_unpaid",
    "misrouted_return",
    "wrong_data_return",
    "double_credit",
    "contested_dishonour",
    "reversal",
    "refund",
    "unmatched_credit_return",
    "statement_copy",
    "retry_ending",
    "extended_return",
    "rate_over_limit",
    "fraud_monitoring_review",
    "access_review",
    "iso_return",
    "missing_settlement",
    "short_settlement",
    "over_settlement",
    "orphan_credit",
    "orphan_debit",
    "return_without_posting",
    "posting_without_return",
    "unknown_code",
    "balance_break",
    "report_late",
    "report_drift",
    "unmatched_by_hand",
    "payout_returned",
    "merchant_owes",
]


class CasesCalls:
    """Calls about cases."""

    def __init__(self, connection: Connection) -> None:
        """Call over a connection."""
        self._connection = connection

    def get(self, case_id: str) -> CaseInFull:
        """Return a case: its clock, what to do, and what has been done."""
        return self._connection.read(path("/v1/cases/{case_id}", case_id=case_id), CaseInFull)

    def notes(
        self, case_id: str, *, text: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> CaseInFull:
        """Keep a note with a case."""
        return self._connection.act(
            "POST",
            path("/v1/cases/{case_id}/notes", case_id=case_id),
            CaseInFull,
            body={"text": text},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def escalate(
        self, case_id: str, *, reason: str, if_match: str | None = None, idempotency_key: str | None = None
    ) -> CaseInFull:
        """Give a case to whom its kind is escalated."""
        return self._connection.act(
            "POST",
            path("/v1/cases/{case_id}/escalate", case_id=case_id),
            CaseInFull,
            body={"reason": reason},
            once="taken",
            key=idempotency_key,
            if_match=if_match,
        )

    def close(
        self,
        case_id: str,
        *,
        outcome: str,
        evidence: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> CaseInFull:
        """Close a case with what came of it; what it held back is released."""
        return self._connection.act(
            "POST",
            path("/v1/cases/{case_id}/close", case_id=case_id),
            CaseInFull,
            body={"outcome": outcome, "evidence": evidence},
            once="required",
            key=idempotency_key,
            if_match=if_match,
        )

    def reviews(self, *, what: str, if_match: str | None = None, idempotency_key: str | None = None) -> CaseInFull:
        """Open a review before it is due; it is closed with what was found."""
        return self._connection.act(
            "POST",
            "/v1/cases/reviews",
            CaseInFull,
            body={"what": what},
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
        state: Literal["open", "closed"] | None = None,
        kind: Sequence[KindWord] | None = None,
        owner: str | None = None,
        subject: str | None = None,
        order_id: str | None = None,
        overdue: bool | None = None,
        due_on_gte: date | None = None,
        due_on_lte: date | None = None,
    ) -> Pages[Case]:
        """List what needs a person, with the days that are left."""
        in_query = {
            "limit": limit, "after": after, "order": order, "state": state, "kind": kind, "owner": owner, "subject":
            subject, "order_id": order_id, "overdue": overdue, "due_on[gte]": due_on_gte, "due_on[lte]": due_on_lte,
        }  # fmt: skip
        return self._connection.pages("/v1/cases", Case, query=in_query)
