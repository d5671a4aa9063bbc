"""``ingather exposure``: what the bank's limit of debits that can still come back is used by, and when it frees."""

from typing import Any

import typer
from rich.table import Table

from ingather.base.money import format_minor
from ingather.cli.options import AsJson, AsOf, console, desk_of, print_json
from ingather.jobs.desk import Desk
from ingather.rules.exposure import frees_when
from ingather.store.exposure import read_exposed


def exposure(ctx: typer.Context, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show by route how much could still come back as an ordinary return, the limit, and when it frees."""
    found = exposures_of(desk_of(ctx, default_actor="system:read", as_of=as_of))
    if as_json:
        print_json(found)
        return
    table = Table("route", "exposed", "limit", "left", "frees", box=None, header_style="dim")
    for row in found:
        frees = ", ".join(f"{format_minor(each['cents'])} after {each['after']}" for each in row["frees"])
        limit, left = row["limit_cents"], row["left_cents"]
        table.add_row(
            row["route"], format_minor(row["exposed_cents"]), format_minor(limit) if limit else "none",
            format_minor(left) if limit else "", frees,
        )  # fmt: skip
    console.print(table)


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
