"""``ingather watch``: what should have happened and has not, and what to type."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ingather.cli.options import AsJson, AsOf, console, desk_of, end, print_json
from ingather.jobs.watch import watch as watch_book
from ingather.rules.alarms import Alarm, Severity, gravest


def watch(
    ctx: typer.Context,
    *,
    full: Annotated[bool, typer.Option("--full", help="Follow the whole audit chain, not only its end.")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Say what should have happened and has not; exit 0 when nothing is wrong, else as the gravest alarm says."""
    found = watch_book(desk_of(ctx, default_actor="system:watch", as_of=as_of), full=full)
    code = gravest(found)
    if as_json:
        print_json({"ok": not found, "alarms": alarms_as_dicts(found), "exit_code": int(code)})
    elif not found:
        console.print("Nothing is wrong.")
    else:
        show_alarms(found)
    end(code)


def alarms_as_dicts(alarms: Sequence[Alarm]) -> list[dict[str, Any]]:
    """Return alarms as plain values."""
    return [
        {
            "id": each.id,
            "severity": str(each.severity),
            "subject": each.subject,
            "since": each.since or None,
            "sentence": each.sentence,
            "type": list(each.commands),
            "runbook": each.page,
        }
        for each in alarms
    ]


def show_alarms(alarms: Sequence[Alarm]) -> None:
    """Show alarms to a person: the fact, what to type, and where the rest is said."""
    for each in alarms:
        colour = "red" if each.severity is Severity.CRITICAL else "yellow"
        console.print(f"[{colour}]{each.id:<18}[/] {each.subject}", soft_wrap=True)
        console.print(f"  {each.sentence}", soft_wrap=True, markup=False)
        for command in each.commands:
            console.print(f"  $ {command}", style="dim", soft_wrap=True, markup=False)
        console.print(f"  {each.page}", style="dim", soft_wrap=True, markup=False)
