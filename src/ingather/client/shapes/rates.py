"""What is given and shown about rates.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.shape import Answered


class Rate(Answered):
    """One return rate of one slice of the debits, against its limit."""

    by: str
    key: str
    name: str
    rate: str
    method: str
    permitted: bool
    returns: int
    debits: int
    rate_bps: int | None
    limit_bps: int
    warn_bps: int
    level: str
    more_until_limit: int
    one_return_is_over: bool
    rows: tuple[str, ...]


class Rates(Answered):
    """The return rates of the sixty days that end on a day."""

    on: date
    first_day: date
    unmatched: int | None
    rates: tuple[Rate, ...]
