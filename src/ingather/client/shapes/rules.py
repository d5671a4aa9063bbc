"""What is given and shown about rules.

Written from the document of the API, never by hand.
"""

from datetime import date, datetime

from ingather.client.shape import Answered


class Deadline(Answered):
    """One deadline counted from a day."""

    name: str
    day: date
    counted_from: str
    meaning: str
    row: str | None


class Deadlines(Answered):
    """Every deadline counted from a day."""

    counted_from: date
    banking_day: bool
    deadlines: tuple[Deadline, ...]


class Window(Answered):
    """One window of the ACH operator."""

    id: str
    kind: str
    closes: datetime
    settles: datetime
    ahead: bool
    confidence: str


class Windows(Answered):
    """The operator's windows of a processing day; the bank's own cut-offs are earlier."""

    processing_on: date
    taking: str
    windows: tuple[Window, ...]
