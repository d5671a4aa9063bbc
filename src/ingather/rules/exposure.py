"""Exposure: debits that are sealed and can still come back as an ordinary return, over their settlement dates.

An ODFI sets its originators a limit of it and watches it over settlement dates (RB13 2.2.2). What counts is the
ordinary return window of two banking days; the sixty days of unauthorized returns are met by reserves, not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ingather.rules.calendar import add_banking_days, return_deadline
from ingather.rules.clocks import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What is no longer exposed after a day: its return deadline, with the cents whose window closes then."""

    after: date
    cents: int


def first_exposed(today: date) -> date:
    """Return the earliest settlement date whose ordinary returns can still be at the ODFI today or later."""
    return add_banking_days(today, -clock("return-ordinary", today).count)


def frees_when(by_settlement: Mapping[date, int], *, today: date) -> list[Freed]:
    """Return when the debits of settlement dates stop being exposed, the earliest first; what is over is left out."""
    found: dict[date, int] = {}
    for settles_on, cents in by_settlement.items():
        deadline = return_deadline(settles_on)
        if deadline >= today and cents:
            found[deadline] = found.get(deadline, 0) + cents
    return [Freed(after=deadline, cents=cents) for deadline, cents in sorted(found.items())]


def exposed_cents(by_settlement: Mapping[date, int], *, today: date) -> int:
    """Return how many cents of debits by settlement date are exposed today."""
    return sum(each.cents for each in frees_when(by_settlement, today=today))
