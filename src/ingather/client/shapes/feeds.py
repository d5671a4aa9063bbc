"""What is given and shown about feeds.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.shape import Answered


class Feed(Answered):
    """One account of ours: through which day its reports are complete."""

    id: str
    bank: str
    account: str
    complete_through: date | None
    complete_behind_gaps: tuple[date, ...]
    newest_report: date | None
    closing_minor: int | None
    closing_on: date | None
    gaps: int


class Feeds(Answered):
    """All accounts of ours; they are few."""

    data: tuple[Feed, ...]


class Gap(Answered):
    """What is missing of an account's reports, or a day that waits for a second signature."""

    feed: str
    kind: str
    what: str
    sentence: str
    since: date
    due_on: date | None
    case: str | None


class Gaps(Answered):
    """Everything that is missing."""

    data: tuple[Gap, ...]


class SignOff(Answered):
    """How a day's declaration stands."""

    feed: str
    day: date
    state: str
