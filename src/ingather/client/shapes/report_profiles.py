"""What is given and shown about report profiles.

Written from the document of the API, never by hand.
"""

from datetime import date, datetime

from ingather.client.shape import Answered
from ingather.client.shapes.shared import ReportsFault


class Habit(Answered):
    """What the reports read with a profile usually hold."""

    feed: str
    kind: str
    what: str
    rows: int
    filled: int
    first_on: date
    last_on: date
    drifted_on: date | None


class ProfileCheck(Answered):
    """Whether a text is a report profile that can be used."""

    ok: bool
    name: str | None
    problems: tuple[ReportsFault, ...]


class ReportProfileInFull(Answered):
    """One version of a report profile with its text and what its reports usually hold."""

    name: str
    id: str
    version: int
    carrier: str
    bank: str | None
    effective_from: date | None
    effective_to: date | None
    in_force: bool
    of: str
    taken_by: str | None = None
    taken_at: datetime | None = None
    toml: str
    habits: tuple[Habit, ...]


class ReportProfileShown(Answered):
    """One version of a report profile."""

    name: str
    id: str
    version: int
    carrier: str
    bank: str | None
    effective_from: date | None
    effective_to: date | None
    in_force: bool
    of: str
    taken_by: str | None = None
    taken_at: datetime | None = None


class ReportProfiles(Answered):
    """All report profiles; they are few."""

    data: tuple[ReportProfileShown, ...]
