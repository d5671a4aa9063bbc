"""``ingather settle``: statements for the merchants."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ingather.base.dates import NEW_YORK
from ingather.base.money import format_minor
from ingather.cli.options import As, AsJson, AsOf, console, desk_of, print_json
from ingather.domain.actors import SETTLE
from ingather.jobs.settle import run_settle


def settle(
    ctx: typer.Context,
    *,
    as_of: AsOf = None,
    folder: Annotated[Path, typer.Option("--to", help="Where the statements are written.")] = Path("statements"),
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Write each merchant's statement: collected, failed with the reason, claw-backs, payable."""
    desk = desk_of(ctx, actor=actor, default_actor=SETTLE, as_of=as_of)
    day = desk.clock().astimezone(NEW_YORK).date()
    report = run_settle(desk, as_of=day, folder=folder)
    if as_json:
        print_json(
            {"did": report.did, "as_of": day, "statements": report.statements, "written": report.written,
             "kept_back": report.kept_back},
        )  # fmt: skip
        return
    for name in report.kept_back:
        console.print(f"[yellow]kept back[/] {escape(name)}: its screening is not clear, so it gets no statement")
    if not report.statements:
        console.print(f"Nothing to settle as of {day}.")
    for statement in report.statements:
        show_statement(statement)
    for path in report.written:
        console.print(path, style="dim")


_SELDOM = frozenset({"given_back_minor", "restored_minor", "fees_minor"})
"""What is shown only when there is any of it."""


def show_statement(statement: dict[str, Any], *, lines: int = 5) -> None:
    """Show a statement: its sums, and some of the orders that were not collected."""
    console.print(f"\n[bold]{statement['merchant_name']}[/], as of {statement['as_of']}, {statement['currency']}")
    table = Table(box=None, show_header=False)
    for name, key, sign in (
        ("opening", "opening_minor", 1),
        ("collected", "collected_minor", 1),
        ("clawed back", "clawed_back_minor", -1),
        ("given back", "given_back_minor", -1),
        ("restored", "restored_minor", 1),
        ("return fees", "fees_minor", 1),
        ("payable", "payable_minor", 1),
        ("carried over", "closing_minor", 1),
    ):
        if not statement[key] and key in _SELDOM:
            continue
        table.add_row(name, f"[bold]{format_minor(sign * statement[key])}[/]" if name == "payable" else
                      format_minor(sign * statement[key]))  # fmt: skip
    table.columns[1].justify = "right"
    console.print(table)
    told = [line for line in statement["lines"] if line["kind"] != "collected"]
    for line in told[:lines]:
        code = line["code"] or "-"
        console.print(
            f"  {line['external_id']}/{line['instalment']}  {format_minor(line['amount_minor'])}  {code}  "
            f"{line['reason']}",
            style="dim",
        )
    if len(told) > lines:
        console.print(f"  and {len(told) - lines} more in the files", style="dim")
