"""What the bank's limit of debits that can still come back is used by, route by route, and when it frees."""

from typing import Any

from ingather.jobs.desk import Desk
from ingather.rules.exposure import frees_when
from ingather.store.exposure import read_exposed


def exposures_of(desk: Desk) -> list[dict[str, Any]]:
    """Return by route what is exposed on the clock's day, the profile's limit, what is left of it and when it frees."""
    with desk.view() as view:
        today = view.today
        by_route = read_exposed(view.session, today=today)
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
