"""The feed of reports about one account: which report is new, which came again, which contradicts, which is missing.

A report's identity never depends on its bytes; its bytes decide whether the same identity means "again" or "another".
Nothing here keeps anything: what is known of the feed is an argument.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ingather.reports.items import Report

Identity = tuple[str, str, str, str, str]


class Placement(StrEnum):
    """What a report is to the feed it arrives in."""

    NEW = "new"
    SAME_AGAIN = "same-again"
    CONFLICT = "conflict"
    CORRECTION = "correction"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One report already in the feed: its identity, the SHA-256 of its bytes, and where it stands.

    ``complete`` is false for a report with errors or totals that differ.
    """

    identity: Identity
    sha256: bytes
    sequence: int | None
    business_date: date | None
    complete: bool


def identity_of(report: Report) -> Identity:
    """Return what makes two arrivals the same report: carrier family, bank, account, date and id or sequence.

    The date is part of it: some banks use report ids again in another year. A tuple, so that parts never run together.
    """
    family = str(report.carrier).partition("-")[0]
    number = report.report_id or str(report.sequence)
    day = report.business_date.isoformat() if report.business_date else ""
    return (family, report.bank, report.account, day, number)


def link_of(report: Report, sha256: bytes) -> Link:
    """Return a report's link in its feed."""
    return Link(
        identity=identity_of(report),
        sha256=sha256,
        sequence=report.sequence,
        business_date=report.business_date,
        complete=report.complete,
    )


def place(known: Sequence[Link], report: Report, sha256: bytes) -> Placement:
    """Return what a report is to a feed: new, the same again, in conflict (waits for a person), or a correction."""
    if any(link.sha256 == sha256 for link in known):
        return Placement.SAME_AGAIN
    identity = identity_of(report)
    if any(link.identity == identity for link in known):
        return Placement.CONFLICT
    match report.status:
        case "TEST":
            return Placement.TEST
        case "CORRECTION":
            return Placement.CORRECTION
        case _:
            return Placement.NEW


def missing_sequences(known: Sequence[Link]) -> list[int]:
    """Return the sequence numbers that never came between the first and the last that did, ascending."""
    came = {link.sequence for link in known if link.sequence is not None}
    return [number for number in range(min(came), max(came)) if number not in came] if came else []


def complete_through(known: Sequence[Link]) -> date | None:
    """Return the business date through which the sequence has no gap and every report is complete, or ``None``.

    A report with errors stops it as a missing one does, until a complete one with the same sequence has come. This is
    the sequenced half of the watermark; whether the days between are banking days is the caller's calendar.
    """
    good = {link.sequence: link.business_date for link in known if link.sequence is not None and link.complete}
    numbers = {link.sequence for link in known if link.sequence is not None}
    if not numbers:
        return None
    number, through = min(numbers), None
    while number in good:
        through, number = good[number], number + 1
    return through
