"""What is given and shown about reports.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ingather.client.shape import Answered
from ingather.client.shapes.shared import ReportsFault


class Item(Answered):
    """One item of a report."""

    kind: str
    position: int
    fields: Mapping[str, Any]


class Problems(Answered):
    """Everything that is wrong with one report."""

    complete: bool
    problems: tuple[ReportsFault, ...]


class ReadingOfBytes(Answered):
    """What bytes hold when they are only read."""

    carrier: str
    profile: str
    ok: bool
    reports: int
    accounts: tuple[str, ...]
    items: Mapping[str, int]
    control_totals: str
    tolerances: tuple[str, ...]
    problems: tuple[ReportsFault, ...]


class Report(Answered):
    """One report of a bank: how it was read, and where it stands among those of its account."""

    id: str
    name: str
    carrier: str
    state: str
    feed: str | None
    business_on: date | None
    sequence: int | None
    control_totals: str
    problems: int
    sha256: str
    received_at: datetime
    items: Mapping[str, int] | None = None
    applied: int | None = None
    unmatched: int | None = None
    tolerances: tuple[str, ...] | None = None


class ReportInFull(Answered):
    """One report with everything that is known of it."""

    id: str
    name: str
    carrier: str
    state: str
    feed: str | None
    business_on: date | None
    sequence: int | None
    control_totals: str
    problems: int
    sha256: str
    received_at: datetime
    items: Mapping[str, int] | None = None
    applied: int | None = None
    unmatched: int | None = None
    tolerances: tuple[str, ...] | None = None
    part: int
    bytes_of: str | None
    profile: str | None
    mode: str | None
    final: bool
    as_of: datetime | None
    number: str | None
    previous_number: str | None
    opening_minor: int | None
    closing_minor: int | None
    corrects_report: str | None
    superseded_by: str | None
    items_sha256: str | None
    in_the_books: Mapping[str, int]


class TakenReport(Answered):
    """What became of one report of a delivery."""

    id: str
    carrier: str
    state: str
    known: bool
    items: Mapping[str, int]
    applied: int
    applied_before: int
    unmatched: int
    problems: int


class ReportsDelivery(Answered):
    """What became of bytes that were sent in: read only, kept, or taken."""

    did: str
    reports: tuple[TakenReport, ...]
    codes: Mapping[str, int]
    collected: int
    gaps: int
    reading: ReadingOfBytes | None
