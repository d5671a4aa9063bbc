"""``ingather work``: one process that does on a clock what cron would start otherwise."""

import json
import os
import signal
import socket
import sys
from threading import Event
from types import FrameType
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.cli.options import AsJson, AsOf, Verbs, console, desk_of, print_json
from ingather.domain.work import WorkKind
from ingather.jobs.work import Ran, timetable, work, work_once
from ingather.store.reading import work as runs_reading

app = typer.Typer(
    cls=Verbs,
    invoke_without_command=True,
    help="Do what is due on a clock: ask the bank, run the night, send, release holds, reconcile, watch.",
)
_WORKER = "system:work"
_MOST = 1_000


@app.callback()
def run(
    ctx: typer.Context,
    *,
    once: Annotated[bool, typer.Option("--once", help="Do once what is due now, and end.")] = False,
    as_of: AsOf = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a run, one a line.")] = False,
) -> None:
    """Do what is due, until stopped by Ctrl-C or SIGTERM, which lets the run under way end.

    A day given with --as-of stands still: with it everything due is done once.
    """
    if ctx.invoked_subcommand is not None:
        return
    desk = desk_of(ctx, default_actor=_WORKER, as_of=as_of)
    holder = f"{socket.gethostname()}:{os.getpid()}"
    if once or as_of is not None:
        ended = work_once(desk, holder=holder)
        for each in ended:
            _show(each, as_json=as_json)
        if not ended and not as_json:
            console.print("Nothing is due.")
        return
    stop = Event()

    def _stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    for each in work(desk, holder=holder, wait=stop.wait):
        _show(each, as_json=as_json)


def _show(ran: Ran, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(_as_dict(ran), ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()
        return
    colour = "red" if ran.fault else "yellow" if ran.exit_code else "green"
    said = ran.fault or ", ".join(f"{key} {value}" for key, value in ran.result.items() if value not in (0, []))
    about = f" {ran.about}" if ran.about else ""
    console.print(
        f"[{colour}]{ran.kind:<10}[/]{about}  {ran.run_id}  exit {int(ran.exit_code)}  {said}", soft_wrap=True
    )


def _as_dict(ran: Ran) -> dict[str, Any]:
    return {"id": ran.run_id, "kind": ran.kind, "about": ran.about, "due_at": ran.due_at.isoformat(),
            "exit_code": int(ran.exit_code), "result": ran.result, "fault": ran.fault}  # fmt: skip


@app.command("runs")
def list_runs(
    ctx: typer.Context,
    *,
    kind: Annotated[WorkKind | None, typer.Option(help="Only this kind of run.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the worker's runs with their results, the newest first."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = runs_reading.listed(view.session, kind=str(kind) if kind else None, limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("No worker has run at this book: ingather work")
        return
    table = Table("run", "what", "about", "due", "state", "exit", "what came of it", box=None, header_style="dim")
    for row in found:
        code = "" if row["exit_code"] is None else str(row["exit_code"])
        table.add_row(row["id"], row["kind"], row["about"], row["due_at"][:16].replace("T", " "), row["state"], code,
                      row["fault"] or (row["result"] or {}).get("did", ""))  # fmt: skip
    console.print(table)


@app.command("due")
def list_due(ctx: typer.Context, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show the timetable: when each kind of run was due last, and when the next one is."""
    due, following = timetable(desk_of(ctx, default_actor="system:read", as_of=as_of))
    if as_json:
        rows = [{"kind": str(each.kind), "about": each.about, "due_at": each.due_at.isoformat()} for each in due]
        print_json({"due": rows, "next_at": following.isoformat()})
        return
    table = Table("what", "about", "due since", box=None, header_style="dim")
    for each in due:
        table.add_row(str(each.kind), each.about, each.due_at.isoformat()[:16].replace("T", " "))
    console.print(table)
    console.print(f"The next run is due at {following.isoformat()[:16].replace('T', ' ')} UTC.", style="dim")
