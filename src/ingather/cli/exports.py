"""``ingather export``: tables of the book for other programs, masked, as CSV or Parquet."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ingather.cli.options import AsJson, console, desk_of, print_json
from ingather.jobs.exports import write_export
from ingather.store.reading.exports import EXPORTS, Cut, ExportKind


def export(
    ctx: typer.Context,
    kind: Annotated[ExportKind, typer.Argument(help="Which table.")],
    *,
    to: Annotated[
        Path | None, typer.Option("--to", help="The file; its ending, .csv or .parquet, is its form.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="Only from this day on.")] = None,
    last: Annotated[str | None, typer.Option("--to-day", help="Only up to this day, included.")] = None,
    merchant: Annotated[str | None, typer.Option(help="Only of this merchant, by its own id.")] = None,
    columns: Annotated[
        bool, typer.Option("--columns", help="Show the columns and what they mean; write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a table of the book to a file: no account numbers, amounts in minor units."""
    if columns:
        _show(kind, as_json=as_json)
        return
    if to is None:
        message = "--to: name the file to write, such as orders.csv or orders.parquet"
        raise typer.BadParameter(message)
    cut = Cut(merchant=merchant, first_on=_day(first, "--from"), last_on=_day(last, "--to-day"))
    written = write_export(desk_of(ctx, default_actor="system:read"), kind, to, cut=cut)
    if as_json:
        print_json({"did": "something", "kind": kind, "rows": written.rows, "file": str(to), "form": written.form})
    else:
        console.print(f"{written.rows:,} {kind} are in {to}.", soft_wrap=True, markup=False)


def _show(kind: ExportKind, *, as_json: bool) -> None:
    found = EXPORTS[kind]
    if as_json:
        told = [{"name": each.name, "type": each.type, "meaning": each.meaning} for each in found.columns]
        print_json({"kind": kind, "cut_by": found.day_meaning, "columns": told})
        return
    page = Table("column", "type", "means", box=None, header_style="dim")
    for each in found.columns:
        page.add_row(each.name, each.type, each.meaning)
    console.print(page)
    console.print(f"--from and --to-day cut by the {found.day_meaning}.")


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{option}: write a day such as 2026-11-25"
        raise typer.BadParameter(message) from None
