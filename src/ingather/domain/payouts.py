"""Payouts: what leaves our account for a merchant, by which way, and how far it has come."""

from enum import StrEnum


class PayoutMethod(StrEnum):
    """How a merchant is paid: by a sheet that any bank takes, or as a CCD credit in a file of ours."""

    SHEET = "sheet"
    ACH = "ach"


class PayoutState(StrEnum):
    """How far a payout has come; one that came back is owed to the merchant again."""

    DUE = "due"
    APPROVED = "approved"
    SEALED = "sealed"
    SENT = "sent"
    SETTLED = "settled"
    RETURNED = "returned"
    CANCELED = "canceled"


class PayeeState(StrEnum):
    """Whether a merchant's account for payouts is asked for, in use, or was ended."""

    ASKED = "asked"
    ACTIVE = "active"
    ENDED = "ended"


PAYABLE_AGAIN = frozenset({PayoutState.RETURNED, PayoutState.CANCELED})
"""What makes the money of a payout owed again."""
