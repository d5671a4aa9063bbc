"""What is given and shown about events.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ingather.client.shape import Answered


class Columns(Answered):
    """Columns of a record, counted from 1, both ends included."""

    start: int
    end: int


class Evidence(Answered):
    """Where the bank said it."""

    report: str
    file: str
    line: int | None
    columns: Columns | None


class EventCause(Answered):
    """What made it happen."""

    kind: str
    evidence: Evidence | None


class EventObject(Answered):
    """What an event is about."""

    id: str
    type: str


class OrdersOf(Answered):
    """The orders that an event of a batch or a file is about."""

    count: int
    url: str


class Event(Answered):
    """Something that happened."""

    id: str
    type: str
    sequence: int
    object: EventObject
    object_sequence: int
    created_at: datetime
    on: date
    actor: str
    cause: EventCause
    orders: OrdersOf | None
    data: Mapping[str, Any]
