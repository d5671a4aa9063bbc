"""``ingather report``: check a bank's reports, take them by hand, see which ones the book has and which are missing."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ingather.cli import report_checks, report_feeds, report_profiles
from ingather.cli.nights import inbound_as_dict, show_inbound
from ingather.cli.options import As, AsJson, AsOf, Verbs, console, desk_of, end, print_json
from ingather.domain.actors import INBOUND
from ingather.jobs.inbound import take_paths
from ingather.store.reading import reports

app = typer.Typer(cls=Verbs, help="The bank's reports.", no_args_is_help=True)
app.command("check")(report_checks.check)
app.add_typer(report_profiles.app, name="profile")
report_feeds.add_to(app)


@app.command()
def take(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Reports as the bank delivered them.")],
    *,
    as_of: AsOf = None,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Keep reports and apply what they say, each once; exit 13 when something waits for a person."""
    report = take_paths(desk_of(ctx, actor=actor, default_actor=INBOUND, as_of=as_of), files)
    if as_json:
        print_json(inbound_as_dict(report))
    else:
        show_inbound(report)
    end(report.exit_code)


@app.command("list")
def list_reports(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the reports the book has."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = reports.listed(view.session)
    if as_json:
        print_json(found)
        return
    table = Table("id", "name", "read as", "state", "day", "number", "totals", box=None, header_style="dim")
    for row in found:
        number = "" if row["sequence"] is None else str(row["sequence"])
        table.add_row(row["id"], row["name"], row["carrier"], row["state"], row["business_on"] or "", number,
                      row["control_totals"])  # fmt: skip
    console.print(table)
