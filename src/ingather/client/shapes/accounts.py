"""What is given and shown about accounts.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime

from ingather.client.shape import Answered


class Account(Answered):
    """A buyer's account, masked."""

    id: str
    external_id: str
    buyer: str
    buyer_id: str
    routing: str
    last4: str
    fingerprint: str
    kind: str
    holder: str
    state: str
    blocked_by: str | None
    validated: bool
    check: str | None
    change_due_on: date | None
    created_at: datetime
    metadata: Mapping[str, str]
