"""``ingather import``: rows that people bring, taken in, and what is wrong with the others."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from ingather.base.problems import Severity
from ingather.cli.options import As, AsJson, AsOf, DryRun, console, desk_of, end, print_json
from ingather.jobs.imports import Did, FileReport, ImportReport, import_files


def import_command(
    ctx: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV files, in any order.", show_default=False)
    ],
    *,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Take nothing of any file when one row is refused.")
    ] = False,
    numbers_checked: Annotated[
        bool,
        typer.Option("--numbers-checked", help="Long account numbers ending in zeros were compared with their source."),
    ] = False,
    dry_run: DryRun = False,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Import merchants, buyers, accounts, authorizations and orders; the header tells which a file holds.

    Exit 0 when every row is in the book, 1 when a row or a file was refused. The same file again changes nothing.
    """
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    report = import_files(
        desk, files, all_or_nothing=all_or_nothing, dry_run=dry_run, numbers_checked=numbers_checked
    )  # fmt: skip
    if as_json:
        print_json(report.as_dict())
    else:
        render(report)
    end(report.exit_code)


def render(report: ImportReport) -> None:
    """Print a table by file, then every problem as ``file:line: field: sentence``, then what became of the book."""
    table = Table("file", "rows of", box=None, header_style="dim")
    for name in ("rows", "new", "same", "refused"):
        table.add_column(name, justify="right")
    for file in report.files:
        counts = (f"{count:,}" for count in (file.rows, file.new, file.same, file.refused))
        table.add_row(Text(file.name, overflow="fold"), file.kind or "not taken", *counts)
    console.print(table)
    for file in report.files:
        _render_problems(file)
    console.print(_ending(report.did))


def _render_problems(file: FileReport) -> None:
    for problem in file.problems:
        place = f"{file.name}:{problem.line}" if problem.line else file.name
        field = f" {problem.field}:" if problem.field else ""
        style = "red" if problem.severity is Severity.ERROR else "yellow"
        console.print(Text(f"{place}:{field} {problem.message}", style=style), soft_wrap=True)
    if file.more:
        console.print(Text(f"{file.name}: {file.more:,} more problems are not listed.", style="red"), soft_wrap=True)


def _ending(did: Did) -> str:
    match did:
        case Did.IMPORTED:
            return "What is new is in the book."
        case Did.NOTHING:
            return "Nothing new; the book is as it was."
        case Did.ROLLED_BACK:
            return "A row was refused, so nothing was taken: the book is as it was."
        case Did.REHEARSED:
            return "A dry run: the book is as it was."
