"""The ledger: every movement is a journal of lines that sum to zero in its currency.

Lines are kept per batch, merchant and kind; an order's own lines derive from its entries. A positive amount debits
the account, a negative one credits it. What we owe a merchant is therefore negative in its payable accounts.
"""

from dataclasses import dataclass
from enum import StrEnum


class LedgerAccount(StrEnum):
    """The accounts of the book."""

    BANK_CLEARING = "bank_clearing"
    BUYER_RECEIVABLE = "buyer_receivable"
    PAYABLE_PENDING = "payable_pending"
    PAYABLE_AVAILABLE = "payable_available"
    PAYABLE_SETTLED = "payable_settled"
    RETURN_SUSPENSE = "return_suspense"
    FEES = "fees"
    VALIDATION_COSTS = "validation_costs"
    CREDITS_OUT = "credits_out"
    LOSSES = "losses"


class JournalKind(StrEnum):
    """Which movement a journal records."""

    SUBMITTED = "submitted"
    SETTLED = "settled"
    COLLECTED = "collected"
    RETURNED = "returned"
    CLAWED_BACK = "clawed_back"
    REJECTED = "rejected"
    UNMATCHED_RETURN = "unmatched_return"
    BANK_FEE = "bank_fee"
    PAID_OUT = "paid_out"
    MICRO_CREDITED = "micro_credited"
    MICRO_DEBITED = "micro_debited"
    REVERSING = "reversing"
    REVERSING_COLLECTED = "reversing_collected"
    REFUNDING = "refunding"
    CREDIT_SETTLED = "credit_settled"
    CREDIT_RETURNED = "credit_returned"
    REVERSAL_UNDONE = "reversal_undone"
    CREDIT_UNDONE = "credit_undone"
    DISHONOURED = "dishonoured"
    CONTESTED = "contested"
    RETURN_UNDONE = "return_undone"
    WRITTEN_OFF = "written_off"


PER_MERCHANT = frozenset(
    {LedgerAccount.PAYABLE_PENDING, LedgerAccount.PAYABLE_AVAILABLE, LedgerAccount.PAYABLE_SETTLED},
)

_SIDES: dict[JournalKind, tuple[LedgerAccount, LedgerAccount]] = {
    JournalKind.SUBMITTED: (LedgerAccount.BUYER_RECEIVABLE, LedgerAccount.PAYABLE_PENDING),
    JournalKind.SETTLED: (LedgerAccount.BANK_CLEARING, LedgerAccount.BUYER_RECEIVABLE),
    JournalKind.COLLECTED: (LedgerAccount.PAYABLE_PENDING, LedgerAccount.PAYABLE_AVAILABLE),
    JournalKind.RETURNED: (LedgerAccount.PAYABLE_PENDING, LedgerAccount.BANK_CLEARING),
    JournalKind.CLAWED_BACK: (LedgerAccount.PAYABLE_AVAILABLE, LedgerAccount.BANK_CLEARING),
    JournalKind.REJECTED: (LedgerAccount.PAYABLE_PENDING, LedgerAccount.BUYER_RECEIVABLE),
    JournalKind.UNMATCHED_RETURN: (LedgerAccount.RETURN_SUSPENSE, LedgerAccount.BANK_CLEARING),
    JournalKind.BANK_FEE: (LedgerAccount.FEES, LedgerAccount.BANK_CLEARING),
    JournalKind.PAID_OUT: (LedgerAccount.PAYABLE_AVAILABLE, LedgerAccount.PAYABLE_SETTLED),
    JournalKind.MICRO_CREDITED: (LedgerAccount.VALIDATION_COSTS, LedgerAccount.BANK_CLEARING),
    JournalKind.MICRO_DEBITED: (LedgerAccount.BANK_CLEARING, LedgerAccount.VALIDATION_COSTS),
    # What we give back leaves the merchant when its file is at the bank, and our account when it settles.
    JournalKind.REVERSING: (LedgerAccount.PAYABLE_PENDING, LedgerAccount.CREDITS_OUT),
    JournalKind.REVERSING_COLLECTED: (LedgerAccount.PAYABLE_AVAILABLE, LedgerAccount.CREDITS_OUT),
    JournalKind.REFUNDING: (LedgerAccount.PAYABLE_AVAILABLE, LedgerAccount.CREDITS_OUT),
    JournalKind.CREDIT_SETTLED: (LedgerAccount.CREDITS_OUT, LedgerAccount.BANK_CLEARING),
    JournalKind.CREDIT_RETURNED: (LedgerAccount.BANK_CLEARING, LedgerAccount.CREDITS_OUT),
    JournalKind.REVERSAL_UNDONE: (LedgerAccount.CREDITS_OUT, LedgerAccount.PAYABLE_PENDING),
    JournalKind.CREDIT_UNDONE: (LedgerAccount.CREDITS_OUT, LedgerAccount.PAYABLE_AVAILABLE),
    # What a dishonour brings waits in suspense until nobody can contest it any more.
    JournalKind.DISHONOURED: (LedgerAccount.BANK_CLEARING, LedgerAccount.RETURN_SUSPENSE),
    JournalKind.CONTESTED: (LedgerAccount.RETURN_SUSPENSE, LedgerAccount.BANK_CLEARING),
    JournalKind.RETURN_UNDONE: (LedgerAccount.RETURN_SUSPENSE, LedgerAccount.PAYABLE_PENDING),
    JournalKind.WRITTEN_OFF: (LedgerAccount.LOSSES, LedgerAccount.RETURN_SUSPENSE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a journal, in minor units; ``merchant_id`` is 0 for the house's own accounts."""

    account: LedgerAccount
    merchant_id: int
    amount_minor: int


def journal(kind: JournalKind, *, merchant_id: int, amount_minor: int) -> tuple[Line, Line]:
    """Return the two lines of a movement: its debit and its credit, which sum to zero."""
    debit, credit = _SIDES[kind]
    return (
        Line(account=debit, merchant_id=merchant_id if debit in PER_MERCHANT else 0, amount_minor=amount_minor),
        Line(account=credit, merchant_id=merchant_id if credit in PER_MERCHANT else 0, amount_minor=-amount_minor),
    )
