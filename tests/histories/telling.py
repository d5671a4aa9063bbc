"""The lines of a story: what happened to one order, in the order in which it became known to us."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

RETRIED = frozenset({"R01", "R09"})
"""The codes of a debit that may be presented again, or bear a fee."""


class What(StrEnum):
    """What a line of the story tells."""

    DEBITED = "debited"
    VOIDED = "voided"
    REJECTED = "rejected"
    SETTLED = "settled"
    RETURNED = "returned"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    HELD = "held"
    LET_GO = "let go"
    CANCELED = "canceled"
    PAID_OTHERWISE = "paid otherwise"
    GIVEN_UP = "given up"
    CASE_OPENED = "case opened"
    CASE_CLOSED = "case closed"
    CONSUMER = "turned out to be a consumer's"
    DISPUTE_CHOSEN = "dishonour chosen"
    DISHONOURED = "dishonoured"
    CONTESTED = "contested"
    UNDONE = "return undone"
    REPLACED = "return replaced"
    DISPUTE_ENDED = "dispute ended"
    FOLLOW_UP_ASKED = "reversal or refund asked"
    FOLLOW_UP_ENDED = "reversal or refund ended"
    REVERSED = "reversal sent"
    REVERSAL_BACK = "reversal came back"
    REFUNDED = "refund sent"
    REFUND_BACK = "refund came back"
    DOUBLE_CREDIT = "double credit"
    FEE = "fee sent"
    PAID_OUT = "paid out"
    CLAWED_BACK = "clawed back"
    CHANGE_ASKED = "change asked"
    CHANGE_MADE = "change made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a story.

    ``on`` is the settlement date of a debit, settlement, return or credit; ``number`` counts an order's debits.
    ``code`` is that of a return, ``sent`` the day on which a debit went out; the others are those of what was sent.
    """

    what: What
    on: date
    number: int = 0
    code: str = ""
    entry_class: str = ""
    description: str = ""
    amount: int = 0
    sent: date | None = None
