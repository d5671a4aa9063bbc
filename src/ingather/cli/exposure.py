"""``ingather exposure``: what the bank's limit of debits that can still come back is used by, and when it frees."""

import typer
from rich.table import Table

from ingather.base.money import format_minor
from ingather.cli.options import AsJson, AsOf, KnownAt, console, desk_of, known_at_of, print_json
from ingather.jobs.exposure import exposures_of


def exposure(ctx: typer.Context, *, as_of: AsOf = None, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """Show by route how much could still come back as an ordinary return, the limit, and when it frees."""
    desk = desk_of(ctx, default_actor="system:read", as_of=as_of)
    found = exposures_of(desk, known_at=known_at_of(known_at, now=desk.clock()))
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
