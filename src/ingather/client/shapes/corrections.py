"""What is given and shown about corrections.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime

from ingather.client.shape import Answered


class Correction(Answered):
    """A notification of change: what a buyer's bank asks us to correct."""

    id: str
    code: str
    title: str
    state: str
    does: str
    account: str | None
    external_id: str | None
    order: str | None
    trace: str
    old: Mapping[str, str]
    new: Mapping[str, str]
    problem: str | None
    received_on: date
    due_on: date | None
    days_left: int | None
    refuse_by: date | None
    ended_at: datetime | None
    ended_by: str | None
    refused_as: str | None
    request: str | None
    request_state: str | None
    next_actions: tuple[str, ...]
