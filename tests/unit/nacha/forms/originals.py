"""What the tests of the forms draw from, and how what came out is looked at."""

from datetime import date, time

import numpy as np

from ingather.base.columns import Int64
from ingather.nacha.plan import FileHead, FilePlan
from ingather.nacha.reader import Reading, read
from ingather.nacha.refused import FormatRefused
from ingather.nacha.writer import write
from tests.unit.nacha.plans import HEAD, ODFI

LATER = FileHead(
    destination=HEAD.destination,
    origin=HEAD.origin,
    created_on=date(2026, 11, 27),
    created_at=time(9, 30),
    id_modifier="B",
    destination_name=HEAD.destination_name,
    origin_name=HEAD.origin_name,
)
SETTLES = date(2026, 11, 30)


def traces(count: int) -> Int64:
    return ODFI * 10_000_000 + 5_000 + np.arange(count)


def reading_of(plan: FilePlan) -> Reading:
    """Return the plan written and read back, which has no problem at all."""
    reading = read(write(plan).data)
    assert reading.problems == ()
    return reading


def checks_of(refused: FormatRefused) -> set[str]:
    return {problem.check for problem in refused.problems}
