"""An entry: one debit or credit record in a file, with the reason it was sent."""

from enum import StrEnum


class EntryKind(StrEnum):
    """Why an entry was sent."""

    DEBIT = "debit"
    RETRY = "retry"
    CORRECTED = "corrected"
    REVERSAL = "reversal"
    RETURN_FEE = "return_fee"
    REFUND = "refund"
    PRENOTE = "prenote"
    MICRO_CREDIT = "micro_credit"
    MICRO_DEBIT = "micro_debit"
    OFFSET = "offset"
    PAYOUT = "payout"


COLLECTING = (EntryKind.DEBIT, EntryKind.RETRY, EntryKind.CORRECTED)
PROBING = (EntryKind.PRENOTE, EntryKind.MICRO_CREDIT, EntryKind.MICRO_DEBIT)
"""What validates an account: it pays for no order."""
CREDITING = (EntryKind.MICRO_CREDIT, EntryKind.REVERSAL, EntryKind.REFUND, EntryKind.PAYOUT)
"""What moves money from us to somebody; everything else that moves money brings it."""


class EntryEnd(StrEnum):
    """Why an entry no longer stands."""

    RETURNED = "returned"
    REJECTED = "rejected"
    VOIDED = "voided"
