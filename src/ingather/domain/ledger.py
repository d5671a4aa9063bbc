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
    BANK = "bank"
    BANK_SUSPENSE = "bank_suspense"
    OPENING_BALANCE = "opening_balance"
    MERCHANT_RESERVE = "merchant_reserve"
    MERCHANT_RECEIVABLE = "merchant_receivable"
    FEE_INCOME = "fee_income"


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
    RETURN_UNMATCHED = "return_unmatched"
    ADJUSTED = "adjusted"
    OPENED = "opened"
    BANKED = "banked"
    UNBANKED = "unbanked"
    BANK_UNKNOWN = "bank_unknown"
    BANK_EXPLAINED = "bank_explained"
    RESERVED = "reserved"
    RESERVE_RELEASED = "reserve_released"
    RESERVE_USED = "reserve_used"
    CHARGED = "charged"
    INVOICED = "invoiced"
    INVOICE_PAID = "invoice_paid"
    MERCHANT_LOSS = "merchant_loss"
    PAYOUT_SETTLED = "payout_settled"
    PAYOUT_RETURNED = "payout_returned"
    PAYABLE_AGAIN = "payable_again"


PER_MERCHANT = frozenset(
    {
        LedgerAccount.PAYABLE_PENDING,
        LedgerAccount.PAYABLE_AVAILABLE,
        LedgerAccount.PAYABLE_SETTLED,
        LedgerAccount.MERCHANT_RESERVE,
        LedgerAccount.MERCHANT_RECEIVABLE,
    },
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
    # A return that was matched to the wrong debit: the money stays away, nobody's until it is matched again.
    JournalKind.RETURN_UNMATCHED: (LedgerAccount.RETURN_SUSPENSE, LedgerAccount.PAYABLE_PENDING),
    # What the bank corrects on its own account; negative amounts are its debits.
    JournalKind.ADJUSTED: (LedgerAccount.BANK_CLEARING, LedgerAccount.BANK_SUSPENSE),
    # Clearing says what should move; every posting of the statement moves it to the bank, or to suspense.
    JournalKind.OPENED: (LedgerAccount.BANK, LedgerAccount.OPENING_BALANCE),
    JournalKind.BANKED: (LedgerAccount.BANK, LedgerAccount.BANK_CLEARING),
    JournalKind.UNBANKED: (LedgerAccount.BANK_CLEARING, LedgerAccount.BANK),
    JournalKind.BANK_UNKNOWN: (LedgerAccount.BANK, LedgerAccount.BANK_SUSPENSE),
    JournalKind.BANK_EXPLAINED: (LedgerAccount.BANK_SUSPENSE, LedgerAccount.BANK),
    # What is kept of collected money for returns that may still come.
    JournalKind.RESERVED: (LedgerAccount.PAYABLE_AVAILABLE, LedgerAccount.MERCHANT_RESERVE),
    JournalKind.RESERVE_RELEASED: (LedgerAccount.MERCHANT_RESERVE, LedgerAccount.PAYABLE_AVAILABLE),
    JournalKind.RESERVE_USED: (LedgerAccount.MERCHANT_RESERVE, LedgerAccount.PAYABLE_AVAILABLE),
    JournalKind.CHARGED: (LedgerAccount.PAYABLE_AVAILABLE, LedgerAccount.FEE_INCOME),
    JournalKind.INVOICED: (LedgerAccount.MERCHANT_RECEIVABLE, LedgerAccount.PAYABLE_AVAILABLE),
    JournalKind.INVOICE_PAID: (LedgerAccount.BANK_CLEARING, LedgerAccount.MERCHANT_RECEIVABLE),
    JournalKind.MERCHANT_LOSS: (LedgerAccount.LOSSES, LedgerAccount.MERCHANT_RECEIVABLE),
    # A payout leaves what a merchant was paid by statement; one that comes back is owed again.
    JournalKind.PAYOUT_SETTLED: (LedgerAccount.PAYABLE_SETTLED, LedgerAccount.BANK_CLEARING),
    JournalKind.PAYOUT_RETURNED: (LedgerAccount.BANK_CLEARING, LedgerAccount.PAYABLE_SETTLED),
    JournalKind.PAYABLE_AGAIN: (LedgerAccount.PAYABLE_SETTLED, LedgerAccount.PAYABLE_AVAILABLE),
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
