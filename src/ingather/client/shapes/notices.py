"""What is given and shown about notices.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.shape import Answered


class Notice(Answered):
    """What a buyer must be told before a debit of a series."""

    order_id: str
    authorization_id: str
    buyer: str
    merchant: str
    kind: str
    due_on: date
    amount_minor: int
    currency: str
    send_by: date
    sent_on: date | None
    proof: str | None
    text: str
