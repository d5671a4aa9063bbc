"""A case: something a person must look at, with a deadline where the rules set one. Never an order's state."""

from enum import StrEnum


class CaseKind(StrEnum):
    """What the case is about."""

    UNMATCHED_RETURN = "unmatched_return"
    DUPLICATE_RETURN = "duplicate_return"
    RETURN_OF_FINAL_ORDER = "return_of_final_order"
    CHANGE = "notification_of_change"
    UNMATCHED_CHANGE = "unmatched_change"
    UNMATCHED_ACKNOWLEDGEMENT = "unmatched_acknowledgement"
    ACKNOWLEDGEMENT_DIFFERS = "acknowledgement_differs"
    UNMATCHED_SETTLEMENT = "unmatched_settlement"
    SETTLEMENT_DIFFERS = "settlement_differs"
    REPORT_GAP = "report_gap"
    REPORT_CONFLICT = "report_conflict"
    REPORT_UNREADABLE = "report_unreadable"
    FILE_REJECTED = "file_rejected"
    IN_DOUBT = "file_in_doubt"
    UNKNOWN_RETURN_CODE = "unknown_return_code"
    DISHONOUR = "dishonour"
    RECEIPT = "receipt"
    ADJUSTMENT = "adjustment"
    LATE_RETURN = "late_return"
    UNREQUESTED_RETURN = "unrequested_return"
    IMPROPER_RETURN = "improper_return"
    QUESTIONABLE_RETURN = "questionable_return"
    COMPLIANCE_RETURN = "compliance_return"
    CORRECTABLE_RETURN = "correctable_return"
    RETURN_TO_INVESTIGATE = "return_to_investigate"
    PROOF_OF_AUTHORIZATION = "proof_of_authorization"
    SUSPECTED_DUPLICATE = "suspected_duplicate"
    VALIDATION_FAILED = "validation_failed"
    SCREENING_MATCH = "screening_match"
    MERCHANT_UNPAID = "merchant_unpaid"
    MISROUTED_RETURN = "misrouted_return"
    WRONG_DATA_RETURN = "wrong_data_return"
    DOUBLE_CREDIT = "double_credit"
    CONTESTED = "contested_dishonour"
    REVERSAL = "reversal"
    REFUND = "refund"
    UNMATCHED_CREDIT_RETURN = "unmatched_credit_return"
    STATEMENT_COPY = "statement_copy"
    RETRY_ENDING = "retry_ending"
    EXTENDED_RETURN = "extended_return"
    RATE_OVER_LIMIT = "rate_over_limit"
    FRAUD_MONITORING_REVIEW = "fraud_monitoring_review"
    ACCESS_REVIEW = "access_review"
    ISO_RETURN = "iso_return"
    MISSING_SETTLEMENT = "missing_settlement"
    SHORT_SETTLEMENT = "short_settlement"
    OVER_SETTLEMENT = "over_settlement"
    ORPHAN_CREDIT = "orphan_credit"
    ORPHAN_DEBIT = "orphan_debit"
    RETURN_WITHOUT_POSTING = "return_without_posting"
    POSTING_WITHOUT_RETURN = "posting_without_return"
    UNKNOWN_CODE = "unknown_code"
    BALANCE_BREAK = "balance_break"
    REPORT_LATE = "report_late"
    REPORT_DRIFT = "report_drift"
    UNMATCHED_BY_HAND = "unmatched_by_hand"
    PAYOUT_RETURNED = "payout_returned"
    MERCHANT_OWES = "merchant_owes"


ENTANGLING = frozenset(
    {
        CaseKind.DUPLICATE_RETURN,
        CaseKind.RETURN_OF_FINAL_ORDER,
        CaseKind.UNKNOWN_RETURN_CODE,
        CaseKind.DISHONOUR,
        CaseKind.LATE_RETURN,
        CaseKind.UNREQUESTED_RETURN,
        CaseKind.IMPROPER_RETURN,
        CaseKind.QUESTIONABLE_RETURN,
        CaseKind.COMPLIANCE_RETURN,
        CaseKind.CORRECTABLE_RETURN,
        CaseKind.RETURN_TO_INVESTIGATE,
        CaseKind.PROOF_OF_AUTHORIZATION,
        CaseKind.WRONG_DATA_RETURN,
        CaseKind.DOUBLE_CREDIT,
        CaseKind.CONTESTED,
        CaseKind.REVERSAL,
        CaseKind.REFUND,
        CaseKind.STATEMENT_COPY,
    }
)
"""While one of these is open about an order, no new debit of it is made (invariant I15)."""


class CaseState(StrEnum):
    """Whether someone still has to act."""

    OPEN = "open"
    CLOSED = "closed"
