"""What is given and shown about whatif.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date

from ingather.client.shape import Answered


class Headroom(Answered):
    """How many more returns a rate allows, whatever the hold."""

    rate: str
    method: str
    rate_bps: int | None
    limit_bps: int
    more_until_limit: int


class RatesReplayed(Answered):
    """What terms would have come to over the book's own history."""

    delay_days: str
    late_minor: int
    held_minor: int
    reserve_minor: int
    netted_minor: int
    missing_minor: int
    worst_minor: int


class Compared(Answered):
    """Other terms beside today's policy."""

    as_of: date
    debits: int
    collected_minor: int
    asked: Mapping[str, int]
    today: RatesReplayed
    what_if: RatesReplayed
    rate_headroom: tuple[Headroom, ...]
