"""Settlements: the kinds of lines on a merchant's statement, and from what a claw-back was taken."""

from enum import StrEnum


class LineKind(StrEnum):
    """What a line of a statement tells of; an order's, but for what is about reserves, invoices and payouts."""

    COLLECTED = "collected"
    FAILED = "failed"
    CLAWED_BACK = "clawed_back"
    GIVEN_BACK = "given_back"
    RESTORED = "restored"
    FEE = "fee"
    CHARGE = "charge"
    RESERVED = "reserved"
    UNRESERVED = "unreserved"
    COVERED = "covered"
    INVOICED = "invoiced"
    PAYABLE_AGAIN = "payable_again"


class Step(StrEnum):
    """From what was taken what a merchant gives back, in the order in which it is tried."""

    AVAILABLE = "available"
    RESERVE = "reserve"
    CARRIED = "carried"
    INVOICE = "invoice"
    LOSS = "loss"


SUMS: dict[LineKind, tuple[str, int]] = {
    LineKind.COLLECTED: ("collected_minor", 1),
    LineKind.CLAWED_BACK: ("clawed_back_minor", -1),
    LineKind.GIVEN_BACK: ("given_back_minor", -1),
    LineKind.RESTORED: ("restored_minor", 1),
    LineKind.FEE: ("fees_minor", 1),
    LineKind.CHARGE: ("charges_minor", -1),
    LineKind.RESERVED: ("reserved_minor", -1),
    LineKind.UNRESERVED: ("unreserved_minor", 1),
    LineKind.COVERED: ("covered_minor", 1),
    LineKind.INVOICED: ("invoiced_minor", 1),
    LineKind.PAYABLE_AGAIN: ("payable_again_minor", 1),
}
"""The sum of a statement that the lines of a kind make, and whether it adds to what the merchant has or takes."""

TAKING = (LineKind.CLAWED_BACK, LineKind.GIVEN_BACK, LineKind.CHARGE)
"""What is taken from a merchant step by step."""
