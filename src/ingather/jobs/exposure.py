"""What the bank's limit of debits that can still come back is used by, route by route, and when it frees."""

from datetime import datetime
from typing import Any

from ingather.base.dates import NEW_YORK
from ingather.jobs.desk import Desk
from ingather.rules.exposure import frees_when
from ingather.store.exposure import read_exposed
from ingather.store.reading.past.exposure import exposed_known


def exposures_of(desk: Desk, *, known_at: datetime | None = None) -> list[dict[str, Any]]:
    """Return by route what is exposed on the clock's day, the profile's limit, what is left of it and when it frees.

    With ``known_at`` it is what was known to be exposed then, on the day of that instant; limits are those of today.
    """
    with desk.view() as view:
        today = view.today if known_at is None else known_at.astimezone(NEW_YORK).date()
        if known_at is None:
            by_route = read_exposed(view.session, today=today)
        else:
            by_route = exposed_known(view.session, known_at, today=today)
    rows = []
    for route in desk.routes():
        frees = frees_when(by_route.get(route.row.id, {}), today=today)
        exposed, limit = sum(each.cents for each in frees), route.profile.exposure_limit.debit_cents
        rows.append(
            {
                "route": route.row.name,
                "bank": route.profile.id,
                "on": today.isoformat(),
                "exposed_cents": exposed,
                "limit_cents": limit,
                "left_cents": max(limit - exposed, 0) if limit else None,
                "frees": [{"after": each.after.isoformat(), "cents": each.cents} for each in frees],
            }
        )
    return rows
