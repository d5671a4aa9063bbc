"""Reconciliation: what a posting is matched with, by which rule, and how a banking day is closed."""

from enum import StrEnum


class MatchKind(StrEnum):
    """What is matched: an item of a report to an entry, or a posting of the statement to what explains it."""

    RETURN = "return"
    SETTLEMENT = "settlement"
    RETURN_POSTING = "return_posting"
    FEE_POSTING = "fee_posting"
    PAYOUT_POSTING = "payout_posting"
    ADJUSTMENT_POSTING = "adjustment_posting"
    BY_HAND = "by_hand"


class DayState(StrEnum):
    """How a banking day of an account stands: its equations hold or not, and a person has signed it off."""

    OPEN = "open"
    BALANCED = "balanced"
    SIGNED = "signed"
