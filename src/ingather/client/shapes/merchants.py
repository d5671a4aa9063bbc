"""What is given and shown about merchants.

Written from the document of the API, never by hand.
"""

from datetime import datetime

from ingather.client.shape import Answered


class AskedLoss(Answered):
    """A loss that waits for a second person."""

    amount_minor: int
    reason: str
    asked_by: str
    asked_at: datetime


class Balance(Answered):
    """Where a merchant stands, in minor units."""

    merchant: str
    currency: str
    available_minor: int
    reserve_minor: int
    receivable_minor: int
    loss_asked: AskedLoss | None
    known_at: datetime | None = None


class InvoicePayment(Answered):
    """A payment of an invoice."""

    left_minor: int
    balance: Balance


class Terms(Answered):
    """What a merchant itself has agreed to; what is null is as the policy says."""

    tier: str | None
    hold_days: int | None
    reserve_bps: int | None
    payout_method: str | None
