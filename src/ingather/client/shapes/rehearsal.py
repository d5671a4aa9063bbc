"""What is given and shown about rehearsal.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime

from ingather.client.shape import Answered


class FailedRun(Answered):
    """A run that was due on the way and failed."""

    kind: str
    about: str
    due_at: datetime
    fault: str


class Advance(Answered):
    """Where the clock stands, and what happened on the way."""

    now: datetime
    runs: int
    failed: tuple[FailedRun, ...]
    reports: tuple[str, ...]
    collected: int


class Rehearsal(Answered):
    """The clock of a test book and its bank in the box."""

    now: datetime
    next_at: datetime
    bank_closed_on: date | None
    uncollected: tuple[str, ...]
    scenarios: tuple[str, ...]


class RehearsedEntry(Answered):
    """How an entry stands at the bank in the box, and its order with us."""

    id: str
    order: str | None
    order_state: str | None
    bank_state: str
    settles_on: date | None
    code: str | None
    meaning: str | None
    returns_on: date | None
    change_code: str | None
    changes_on: date | None
    clock: Advance


class RehearsedFile(Answered):
    """How the bank in the box took a file."""

    id: str
    outcome: str
    clock: Advance


class ScenarioOutcome(Answered):
    """How a scenario ended that was played on a book of its own."""

    name: str
    seed: int
    banking_days: int
    by_state: Mapping[str, int]
    returns: Mapping[str, int]
    cases: Mapping[str, int]
    balances: Mapping[str, int]
    currency: str
    broken: tuple[str, ...]
