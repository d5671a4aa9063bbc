"""What is given and shown about disputes.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.shape import Answered


class Dispute(Answered):
    """A dispute with the return it is about."""

    id: str
    code: str
    state: str
    chosen_on: date
    actor: str
    request: str | None
    case: str | None
    ask_by: date | None
    dishonour_by: date | None
    dishonoured_on: date | None
    contest_by: date | None
    contest_code: str | None
    ended_on: date | None
    return_id: str
    order: str | None
    amount_minor: int
    currency: str | None = None
    dishonour_trace: str | None
