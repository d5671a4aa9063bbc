"""What follows a debit: its reversal, a refund of it, or the fee for its return. Each is one entry of its own."""

from enum import StrEnum


class FollowUpKind(StrEnum):
    """What follows; the words are those of the entries' kinds."""

    REVERSAL = "reversal"
    REFUND = "refund"
    RETURN_FEE = "return_fee"


class FollowUpState(StrEnum):
    """Where a follow-up stands.

    ``ASKED`` waits for its second person, ``WANTED`` for the night (or its ``not_before``), ``SEALED`` is in a file,
    ``SENT`` in one proven at the bank, ``SETTLED`` has moved money, ``DONE`` is past its own hold and watermark.
    ``RETURNED`` came back, ``WITHDRAWN`` was let be before it was sealed or cannot go out any more. What a bank
    rejects, and what a voided file held, is wanted again.
    """

    ASKED = "asked"
    WANTED = "wanted"
    SEALED = "sealed"
    SENT = "sent"
    SETTLED = "settled"
    DONE = "done"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


STANDING = frozenset(set(FollowUpState) - {FollowUpState.RETURNED, FollowUpState.WITHDRAWN})
"""A follow-up that still counts: one reversal of a debit, and refunds up to what was collected."""
OPEN_FOLLOW_UPS = frozenset(STANDING - {FollowUpState.DONE})
"""A follow-up on its way: its order is not debited again, nor released, while there is one (invariant I15)."""
