"""What is given and shown about reconciliation.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime

from ingather.client.shape import Answered


class Equation(Answered):
    """One thing that must hold of a day: both sides in minor units."""

    id: str
    sentence: str | None = None
    holds: bool
    left_minor: int
    right_minor: int


class ClosedDay(Answered):
    """A banking day of an account as it was closed."""

    feed: str
    on: date
    state: str
    opening_minor: int
    closing_minor: int
    equations: tuple[Equation, ...]
    open_items: int
    closed_at: datetime
    closed_by: str
    signed_at: datetime | None
    signed_by: str | None
    note: str | None
    page_sha256: str | None


class Suspense(Answered):
    """Open questions about money of one kind."""

    kind: str
    owner: str
    count: int
    amount_minor: int
    oldest_on: date


class BankingDay(Answered):
    """How a banking day of an account stands now; ``closed`` is how it was closed, null where nobody did."""

    feed: str
    day: date
    balanced: bool
    statement: bool
    gaps: int
    equations: tuple[Equation, ...]
    postings: int
    explained: int
    by_the_rules: int
    automatic_bps: int | None
    suspense: tuple[Suspense, ...]
    closed: ClosedDay | None = None


class ReconcileRun(Answered):
    """What a run explained, and how the last day of each account stands."""

    did: str
    explained: Mapping[str, int]
    confirmed: int
    cases: int
    reopened: tuple[date, ...]
    days: tuple[BankingDay, ...]
