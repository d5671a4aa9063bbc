"""What is given and shown about cases.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ingather.client.shape import Answered


class Case(Answered):
    """Something a person must look at."""

    id: str
    kind: str
    state: str
    subject: str
    order: str | None
    sentence: str
    owner: str
    suspense_minor: int
    currency: str | None = None
    opened_on: date
    due_on: date | None
    clock: str | None
    days_left: int | None
    escalated: bool
    outcome: str | None


class CaseFact(Answered):
    """What was done about a case."""

    kind: str
    on: date
    at: datetime
    actor: str
    detail: Mapping[str, Any]


class CaseInFull(Answered):
    """A case with its clock, the way out and its history; a merchant's own key is not shown what the desk
    noted.
    """

    id: str
    kind: str
    state: str
    subject: str
    order: str | None
    sentence: str
    owner: str
    suspense_minor: int
    currency: str | None = None
    opened_on: date
    due_on: date | None
    clock: str | None
    days_left: int | None
    escalated: bool
    outcome: str | None
    entry: str | None
    holds_release: bool
    evidence: str | None
    closed_by: str | None
    counted_from: str | None
    evidence_needed: bool
    rests_on: str | None
    way_out: str
    history: tuple[CaseFact, ...]
