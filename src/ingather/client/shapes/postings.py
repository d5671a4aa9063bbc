"""What is given and shown about postings.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ingather.client.shape import Answered


class Posting(Answered):
    """Money that moved on an account of ours, as its bank says."""

    id: str
    feed: str
    report: str
    line: int
    code: str
    event: str
    amount_minor: int
    currency: str
    value_on: date
    bank_ref: str
    matched: bool
    provisional: bool


class Suggestion(Answered):
    """What might explain a posting; it is shown and never recorded by itself."""

    kind: str
    target: str
    amount_minor: int
    on: date
    score: int


class ReconciliationMatch(Answered):
    """What explains a posting, or a part of it."""

    id: str
    kind: str
    target: str
    amount_minor: int
    rule: str
    score: int
    evidence: Mapping[str, Any]
    by: str
    on: date
    undone_because: str | None


class PostingInFull(Answered):
    """One posting with what explains it, or what might."""

    id: str
    feed: str
    report: str
    line: int
    code: str
    event: str
    amount_minor: int
    currency: str
    value_on: date
    bank_ref: str
    matched: bool
    provisional: bool
    matches: tuple[ReconciliationMatch, ...]
    suggestions: tuple[Suggestion, ...]
