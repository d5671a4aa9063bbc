"""``ingather settle`` and ``statement``: statements for the merchants, made, shown and written."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.cli.options import As, AsJson, AsOf, KnownAt, Verbs, console, desk_of, key_of, known_at_of, print_json
from ingather.cli.payouts import merchant_key
from ingather.domain.actors import SETTLE
from ingather.domain.refusals import NoSuch
from ingather.domain.settlements import SUMS, LineKind
from ingather.jobs.settle import run_settle
from ingather.jobs.statement_files import Form, bytes_of
from ingather.jobs.statement_words import STEPS, in_words
from ingather.store.reading import settlements

app = typer.Typer(cls=Verbs, help="The merchants' statements.", no_args_is_help=True)

_FORMS = (Form.CSV, Form.JSON)
_Id = Annotated[str, typer.Argument(metavar="ID", help="A statement's id, stl_...")]


def settle(
    ctx: typer.Context,
    *,
    as_of: AsOf = None,
    folder: Annotated[Path, typer.Option("--to", help="Where the statements are written.")] = Path("statements"),
    pdf: Annotated[bool, typer.Option("--pdf", help="Write each as a PDF too.")] = False,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Write each merchant's statement: collected, failed with the reason, claw-backs, payable."""
    desk = desk_of(ctx, actor=actor, default_actor=SETTLE, as_of=as_of)
    day = desk.clock().astimezone(NEW_YORK).date()
    report = run_settle(desk, as_of=day, folder=folder, forms=(*_FORMS, Form.PDF) if pdf else _FORMS)
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


@app.command("list")
def listed(
    ctx: typer.Context,
    *,
    merchant: Annotated[str | None, typer.Option(help="Only a merchant's: mer_... or your own id.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List statements, the newest first."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        key, at = None if merchant is None else merchant_key(view, merchant), known_at_of(known_at, now=view.now)
        found = settlements.summed(view.session, merchant_id=key, limit=limit, known_at=at)
    if as_json:
        print_json(found)
        return
    table = Table("id", "merchant", "as of", box=None, header_style="dim")
    for name in ("paid out", "carried over", "in reserve"):
        table.add_column(name, justify="right")
    for row in found:
        table.add_row(
            row["id"], escape(row["merchant"]), row["as_of"],
            *(format_minor(row[name]) for name in ("payable_minor", "closing_minor", "reserve_minor")),
        )  # fmt: skip
    console.print(table)


@app.command("show")
def show(ctx: typer.Context, name: _Id, *, as_json: AsJson = False) -> None:
    """Show a statement with its lines and the steps by which something was taken back."""
    statement = _found(ctx, name)
    if as_json:
        print_json(statement)
        return
    show_statement(statement, lines=50)
    for step in statement["steps"]:
        console.print(
            f"  {step['external_id']}/{step['instalment']}  {format_minor(step['amount_minor'])}  "
            f"{STEPS[step['step']]}", style="dim", markup=False,
        )  # fmt: skip


@app.command("write")
def write(
    ctx: typer.Context,
    name: _Id,
    *,
    form: Annotated[Form, typer.Option("--format", help="As what.")] = Form.PDF,
    target: Annotated[
        Path | None, typer.Option("--to", help="The file, or a folder; else where the command writes.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a statement again, the same bytes as before: CSV, JSON, or a PDF."""
    statement = _found(ctx, name)
    content = bytes_of(statement, form)
    if target is None:
        sys.stdout.buffer.write(content)
        return
    if target.is_dir():
        target /= f"{statement['as_of']}-{statement['merchant']}.{form}"
    temporary = target.with_name(f"{target.name}.part")
    temporary.write_bytes(content)
    temporary.replace(target)
    if as_json:
        print_json({"did": "something", "id": name, "written": str(target)})
    else:
        console.print(f"{name} is written to {target}.", soft_wrap=True, markup=False)


def _found(ctx: typer.Context, name: str) -> dict[str, Any]:
    key = key_of(Prefix.SETTLEMENT, name)
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = settlements.listed(view.session, [key])
    for statement in found:
        return in_words(statement)
    fact = f"there is no statement {public_id(Prefix.SETTLEMENT, key)}"
    raise NoSuch(fact)


_NAMES = {
    LineKind.COLLECTED: "collected",
    LineKind.CLAWED_BACK: "clawed back",
    LineKind.GIVEN_BACK: "given back",
    LineKind.RESTORED: "restored",
    LineKind.FEE: "return fees",
    LineKind.CHARGE: "bank's fees",
    LineKind.RESERVED: "kept in reserve",
    LineKind.UNRESERVED: "out of reserve",
    LineKind.COVERED: "reserve used",
    LineKind.INVOICED: "invoiced",
    LineKind.PAYABLE_AGAIN: "payable again",
}
_ALWAYS = (LineKind.COLLECTED, LineKind.CLAWED_BACK)


def show_statement(statement: dict[str, Any], *, lines: int = 5) -> None:
    """Show a statement: its sums, and some of the orders that were not collected."""
    console.print(f"\n[bold]{escape(statement['merchant_name'])}[/], as of {statement['as_of']}, "
                  f"{statement['currency']}")  # fmt: skip
    table = Table(box=None, show_header=False)
    table.add_row("opening", format_minor(statement["opening_minor"]))
    for kind, (key, sign) in SUMS.items():
        if statement[key] or kind in _ALWAYS:
            table.add_row(_NAMES[kind], format_minor(sign * statement[key]))
    table.add_row("payable", f"[bold]{format_minor(statement['payable_minor'])}[/]")
    table.add_row("carried over", format_minor(statement["closing_minor"]))
    for name, key in (("on hold", "held_minor"), ("in reserve", "reserve_minor")):
        if statement[key]:
            table.add_row(name, format_minor(statement[key]))
    table.columns[1].justify = "right"
    console.print(table)
    told = [line for line in statement["lines"] if line["kind"] != LineKind.COLLECTED]
    for line in told[:lines]:
        code = line["code"] or "-"
        name = f"{line['external_id']}/{line['instalment']}" if line["order"] else line["external_id"] or "-"
        console.print(
            f"  {name}  {format_minor(line['amount_minor'])}  {code}  {line['reason']}", style="dim", markup=False
        )
    if len(told) > lines:
        console.print(f"  and {len(told) - lines} more in the files", style="dim")
