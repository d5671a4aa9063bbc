"""What is given and shown about payouts.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date

from ingather.client.shape import Answered


class ApprovedPayouts(Answered):
    """What an approval came to."""

    did: str
    payouts: int
    amount_minor: int


class Payout(Answered):
    """Money owed by one statement on its way to the merchant."""

    id: str
    merchant: str
    merchant_name: str
    statement: str
    as_of: date
    amount_minor: int
    currency: str
    method: str
    state: str
    reference: str
    account: str | None
    last4: str | None
    file: str | None
    sheet: str | None
    asked_by: str | None
    approved_by: str | None
    made_on: date
    sent_on: date | None
    settled_on: date | None
    ended_on: date | None
    return_code: str | None
    return_meaning: str | None
    waits_for: str | None


class SentSheet(Answered):
    """A sheet that left."""

    name: str
    payouts: int
    amount_minor: int


class SentSheets(Answered):
    """The sheets that left, and those that wait, with why."""

    did: str
    sheets: tuple[SentSheet, ...]
    waiting: Mapping[str, str]
