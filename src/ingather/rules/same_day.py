"""Same-day debits: which can settle on the day they are sent, by the dated rows of the table ``same_day``.

An entry over the limit would settle on the next banking day, alone of its batch, so it never goes this way; nothing is
divided to fit. Some classes are never eligible, an international entry before all.
"""

from datetime import date

from ingather.rules.rows import Row, in_force

_LIMIT = "entry-limit"


def same_day_limit_cents(on: date) -> int:
    """Return how much one same-day entry is at most on a day; 0 where no limit is known, and then none is eligible.

    A larger entry is never divided to fit.
    """
    row = in_force("same_day", on).get(_LIMIT)
    return int(row.values["limit_cents"]) if row else 0


def never_same_day(on: date) -> frozenset[str]:
    """Return the SEC codes that are never eligible on a day."""
    return frozenset(row.values["sec"] for row in in_force("same_day", on).values() if row.values["sec"])


def rows_of_same_day(on: date) -> tuple[Row, ...]:
    """Return the rows that a same-day decision of a day rests on."""
    return tuple(in_force("same_day", on).values())
