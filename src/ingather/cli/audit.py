"""``ingather audit``: the audit chain."""

import typer

from ingather.cli.options import As, AsJson, Verbs, console, desk_of, end, print_json
from ingather.domain.refusals import ExitCode
from ingather.store import audit as chain

app = typer.Typer(cls=Verbs, help="The audit chain.", no_args_is_help=True)


@app.command()
def verify(ctx: typer.Context, *, actor: As = None, as_json: AsJson = False) -> None:
    """Follow the audit chain from its first record; exit 40 at the first that does not follow."""
    desk = desk_of(ctx, actor=actor, default_actor="system:check")
    with desk.view() as view:
        fault = chain.first_fault(view.session)
        seq, value = chain.head(view.session)
    if as_json:
        print_json({"ok": fault is None, "records": seq, "head": value.hex(), "first_fault": fault})
    elif fault is None:
        console.print(f"The chain of {seq} records holds. Its head is {value.hex()}")
    else:
        console.print(f"[red]The chain breaks at record {fault}.[/]")
    end(ExitCode.DONE if fault is None else ExitCode.BROKEN_INVARIANT)
