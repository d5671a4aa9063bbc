"""What is given and shown about exposure.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.shape import Answered


class Freed(Answered):
    """How much of the exposure ends with a day."""

    after: date
    cents: int


class Exposure(Answered):
    """What can still come back as an ordinary return on one route, against its bank's limit."""

    route: str
    bank: str
    on: date
    exposed_cents: int
    limit_cents: int | None
    left_cents: int | None
    frees: tuple[Freed, ...]


class Exposures(Answered):
    """What can still come back, route by route."""

    data: tuple[Exposure, ...]
