"""What is given and shown about merchant accounts.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.shape import Answered


class MerchantAccount(Answered):
    """An account that a merchant is paid to; of its number only the last four."""

    id: str
    merchant: str
    name: str
    routing: str
    last4: str
    kind: str
    state: str
    evidence: str | None
    asked_by: str | None
    approved_by: str | None
    ended_on: date | None
    first_day: date | None = None
