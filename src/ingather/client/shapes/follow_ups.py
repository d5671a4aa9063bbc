"""What is given and shown about follow ups.

Written from the document of the API, never by hand.
"""

from datetime import date, datetime

from ingather.client.shape import Answered


class FollowUp(Answered):
    """A refund, a reversal or a return fee: one entry that follows a debit."""

    id: str
    kind: str
    state: str
    order: str
    external_id: str
    instalment: int
    merchant: str
    amount_minor: int
    currency: str | None = None
    reason: str
    words: str
    maker: str
    checker: str | None
    asked_on: date
    not_before: date | None
    last_day: date | None
    send_by: datetime | None
    settled_on: date | None
    ended_on: date | None
    ended_because: str | None
    notified_on: date | None
    notice_proof: str | None
    notice_due_on: date | None
    duty: str | None
