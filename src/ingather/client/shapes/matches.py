"""What is given and shown about matches.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ingather.client.shape import Answered


class MatchInFull(Answered):
    """A match with what shows it."""

    id: str
    kind: str
    subject: str
    target: str
    batch: str | None
    amount_minor: int
    currency: str | None = None
    rule: str
    score: int
    by: str
    on: date
    undone_at: datetime | None
    undone_by: str | None
    undone_because: str | None
    undo_asked_by: str | None
    order: str | None
    sentence: str
    evidence: Mapping[str, Any]


class Undone(Answered):
    """What became of a match that was to be undone."""

    match: MatchInFull
    undone: bool
    returned: str | None
    next_actions: tuple[str, ...]


class MatchesMatch(Answered):
    """What explains a return or a posting, by which rule and how surely."""

    id: str
    kind: str
    subject: str
    target: str
    batch: str | None
    amount_minor: int
    currency: str | None = None
    rule: str
    score: int
    by: str
    on: date
    undone_at: datetime | None
    undone_by: str | None
    undone_because: str | None
    undo_asked_by: str | None
