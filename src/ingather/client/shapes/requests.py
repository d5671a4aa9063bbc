"""What is given and shown about requests.

Written from the document of the API, never by hand.
"""

from datetime import date, datetime

from ingather.client.shape import Answered


class OdfiRequest(Answered):
    """What our bank was asked to do, or what we agreed to."""

    id: str
    kind: str
    code: str | None
    about: str
    order: str | None
    external_id: str | None
    reason: str
    state: str
    asked_on: date
    by: str
    due_on: date | None
    overdue: bool
    document: str | None
    sent_at: datetime | None
    answered_on: date | None
    outcome: str | None
