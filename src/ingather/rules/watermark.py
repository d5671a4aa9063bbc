"""The watermark: through which banking day the reports of an account are complete.

"Last report seen" is not a watermark: one day without a report, or one missing number, may hide a return. So every
banking day from the first one on must have its final report, and their numbers must follow one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ingather.rules.calendar import banking_days_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """The watermark, None while nothing is complete, and what is missing behind newer reports."""

    through: date | None
    missing_sequences: tuple[int, ...]
    missing_days: tuple[date, ...]


def completeness(reports: Sequence[tuple[int, date]], *, start: date | None) -> Completeness:
    """Return how far the final reports, given as (sequence, banking day), are complete from ``start`` on.

    Without a start, from the first report's day. Reports of earlier days only tell where the sequence begins. A day or
    number is missing when a later one is there.
    """
    if not reports:
        return Completeness(through=None, missing_sequences=(), missing_days=())
    ordered = sorted(set(reports))
    sequences = {sequence for sequence, _ in ordered}
    first, last = ordered[0][0], ordered[-1][0]
    missing_sequences = tuple(number for number in range(first, last) if number not in sequences)
    contiguous = missing_sequences[0] if missing_sequences else last + 1
    days = {day for _, day in ordered}
    start = start or min(days)
    proven = {day for sequence, day in ordered if sequence < contiguous}
    through: date | None = None
    for day in banking_days_between(start, max(days)):
        if day not in proven:
            break
        through = day
    missing_days = tuple(day for day in banking_days_between(start, max(days)) if day not in days)
    return Completeness(through=through, missing_sequences=missing_sequences, missing_days=missing_days)
