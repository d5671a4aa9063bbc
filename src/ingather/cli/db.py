"""``ingather db``: keeping a book up to date, and checking what it holds."""

from dataclasses import asdict
from typing import Annotated

import typer

from ingather.cli import backups, db_roles, restored
from ingather.cli.options import As, AsJson, Verbs, console, desk_of, end, print_json, settings_of
from ingather.domain.refusals import ExitCode
from ingather.jobs.founding import upgrade_book
from ingather.jobs.invariants import check_invariants
from ingather.store.migrate import steps_ahead
from ingather.wiring import open_engine_of, system_clock

app = typer.Typer(cls=Verbs, help="The book's schema, its invariants, and whole copies of it.", no_args_is_help=True)
app.command("backup")(backups.back_up_book)
app.command("restore")(backups.restore_book)
app.command()(restored.reconcile)
app.command()(restored.release)
app.command()(db_roles.roles)


@app.command()
def upgrade(
    ctx: typer.Context,
    *,
    only_check: Annotated[
        bool, typer.Option("--check", "--dry-run", help="Only say which steps are ahead; exit 1 when there are any.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the book to the newest schema, in one transaction; nobody else may be at it."""
    engine = open_engine_of(settings_of(ctx).book)
    steps = steps_ahead(engine) if only_check else upgrade_book(engine, today=system_clock().date())
    if as_json:
        did = "something" if steps and not only_check else "nothing"
        print_json({"did": did, "steps": [asdict(step) for step in steps]})
    else:
        for step in steps:
            console.print(f"{'ahead' if only_check else 'done'} {step.revision} {step.what}", markup=False)
        if not only_check or not steps:
            console.print("The book has the newest schema.")
    end(ExitCode.HAS_ERRORS if steps and only_check else ExitCode.DONE)


@app.command()
def check(ctx: typer.Context, *, actor: As = None, as_json: AsJson = False) -> None:
    """Ask every invariant of the book, and open and hash every kept file; exit 40 when one is broken."""
    held = check_invariants(desk_of(ctx, actor=actor, default_actor="system:check"))
    if as_json:
        print_json({"ok": all(held.values()), "invariants": held})
    else:
        for name, holds in held.items():
            console.print(f"[green]holds[/]   {name}" if holds else f"[red]BROKEN[/]  {name}")
    end(ExitCode.DONE if all(held.values()) else ExitCode.BROKEN_INVARIANT)
