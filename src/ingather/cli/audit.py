"""``ingather audit``: who did what, whether the chain holds, and its proof for others."""

import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ingather.cli.options import As, AsJson, AsOf, Verbs, console, desk_of, end, instant_of, print_json
from ingather.domain.refusals import ExitCode, NoSuch
from ingather.jobs.anchoring import Anchored, anchor_head
from ingather.jobs.audit import Verdict, export_chain, verify_chain
from ingather.store.reading.audit import RECORDS, record_shown
from ingather.store.reading.pages import Wanted, page_of

app = typer.Typer(cls=Verbs, help="Who did what, and whether the chain of its records holds.", no_args_is_help=True)
_VERIFIER = "ingather_verify.py"
_SHOWN = 60
_MOST = 10**15
"""The greatest number of a record that is asked for: no chain comes near it, and every book can be asked."""


@app.command()
def verify(
    ctx: typer.Context,
    *,
    first: Annotated[
        int, typer.Option("--from", min=1, max=_MOST, help="The first record to follow; those before are believed.")
    ] = 1,
    anchor: Annotated[list[Path] | None, typer.Option(help="A file of anchors to compare with; repeatable.")] = None,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Follow the audit chain and compare it with every head that was kept; exit 40 at the first record at fault."""
    desk = desk_of(ctx, actor=actor, default_actor="system:check")
    verdict = verify_chain(desk, first=first, files=anchor or ())
    if as_json:
        print_json(_verdict_as_dict(verdict))
    else:
        _show_verdict(verdict)
    end(ExitCode.DONE if verdict.fault is None else ExitCode.BROKEN_INVARIANT)


def _verdict_as_dict(verdict: Verdict) -> dict[str, Any]:
    fault = verdict.fault
    return {
        "ok": fault is None,
        "from": verdict.first,
        "records": verdict.seq,
        "head": verdict.hash.hex(),
        "first_fault": fault and fault.seq,
        "fault": fault
        and {"record": fault.seq, "until": fault.until, "kind": str(fault.kind), "sentence": fault.sentence},
        "anchors": verdict.anchors,
        "unread": verdict.unread,
        "lost": verdict.lost,
    }


def _show_verdict(verdict: Verdict) -> None:
    for where, why in verdict.unread.items():
        console.print(f"[yellow]not read[/]  {escape(where)}: {escape(why)}", soft_wrap=True)
    if verdict.lost:
        console.print(f"[yellow]lost[/]      {verdict.lost} head(s) of the book in whose place this copy was released")
    if verdict.fault is not None:
        console.print(f"[red]The chain breaks at record {verdict.fault.seq}.[/]")
        console.print(verdict.fault.sentence, soft_wrap=True, markup=False)
        return
    since = f" from {verdict.first} on" if verdict.first > 1 else ""
    console.print(f"The chain of {verdict.seq} records holds{since}. Its head is {verdict.hash.hex()}")
    kept = ", ".join(f"{count} by {where}" for where, count in verdict.anchors.items())
    if kept:
        console.print(f"It holds every head that was kept: {kept}.", soft_wrap=True, markup=False)


@app.command("list")
def list_records(
    ctx: typer.Context,
    *,
    by: Annotated[str | None, typer.Option("--by", help="Only records of this actor.")] = None,
    verb: Annotated[str | None, typer.Option(help="Only records of this verb.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only records about this, by its id.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="From this day or instant on.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Until this day or instant.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    oldest: Annotated[bool, typer.Option("--oldest", help="The oldest first.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the records of the audit chain, the newest first."""
    filters = {
        "actor": by, "verb": verb, "subject": subject,
        "since": instant_of(since) if since else None, "until": instant_of(until) if until else None,
    }  # fmt: skip
    with desk_of(ctx, default_actor="system:check").view() as view:
        wanted = Wanted(limit=limit, newest_first=not oldest, filters=filters)
        records, _ = page_of(view.session, RECORDS, wanted)
    if as_json:
        print_json(records)
        return
    table = Table("record", "at", "who", "what", "about", "particulars", box=None, header_style="dim")
    for each in records:
        told = ", ".join(f"{name}={value}" for name, value in each["detail"].items())
        short = told if len(told) <= _SHOWN else told[: _SHOWN - 3] + "..."
        row = (str(each["sequence"]), each["at"][:19], each["actor"], each["verb"], each["subject"], short)
        table.add_row(*map(escape, row))
    console.print(table)


@app.command()
def show(
    ctx: typer.Context,
    record: Annotated[int, typer.Argument(min=1, max=_MOST, help="The record's number.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show one record of the audit chain, whole."""
    with desk_of(ctx, default_actor="system:check").view() as view:
        found = record_shown(view.session, record)
    if found is None:
        fact = f"there is no record {record}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        console.print(f"{name:<10}{value}", soft_wrap=True, markup=False)


@app.command()
def anchor(
    ctx: typer.Context,
    *,
    file: Annotated[
        Path | None, typer.Option(envvar="INGATHER_AUDIT_ANCHOR_FILE", help="The file that keeps heads, a line each.")
    ] = None,
    as_of: AsOf = None,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Keep the head of the chain outside the book now, as each night does; exit 40 when a place did not keep it."""
    kept = anchor_head(desk_of(ctx, actor=actor, as_of=as_of), file=file)
    if as_json:
        print_json(anchored_as_dict(kept))
    else:
        show_anchored(kept)
    end(ExitCode.BROKEN_INVARIANT if any(kept.faults.values()) else ExitCode.DONE)


def anchored_as_dict(kept: Anchored | None) -> dict[str, Any] | None:
    """Return the head that was kept and where, as plain values."""
    if kept is None:
        return None
    faults = {str(place): fault for place, fault in kept.faults.items()}
    return {
        "sequence": kept.seq,
        "hash": kept.hash.hex(),
        "kept": [place for place, fault in faults.items() if fault is None],
        "failed": {place: fault for place, fault in faults.items() if fault is not None},
    }


def show_anchored(kept: Anchored | None) -> None:
    """Show the head that was kept to a person, who may write it down."""
    if kept is None:
        return
    console.print(f"Audit head {kept.seq} {kept.hash.hex()}", style="dim", soft_wrap=True)
    for place, fault in kept.faults.items():
        if fault is not None:
            console.print(f"[red]not kept[/]  audit head ({place}): {escape(fault)}", soft_wrap=True)


@app.command()
def export(
    ctx: typer.Context,
    *,
    first: Annotated[int | None, typer.Option("--from", min=1, max=_MOST, help="The first record.")] = None,
    last: Annotated[int | None, typer.Option("--to", min=1, max=_MOST, help="The last record.")] = None,
    into: Annotated[Path | None, typer.Option("--into", help="The file to write; else standard output.")] = None,
    actor: As = None,
) -> None:
    """Write the chain as JSON Lines with everything that its hashes cover, for whoever follows it without Ingather."""
    pieces = export_chain(desk_of(ctx, actor=actor, default_actor="system:check"), first=first, last=last)
    # The first one before a file is made: what is not there leaves none behind.
    began = next(pieces, b"")
    if into is None:
        sys.stdout.buffer.writelines([began])
        sys.stdout.buffer.writelines(pieces)
        return
    with into.open("xb") as file:
        file.write(began)
        file.writelines(pieces)
    console.print(f"Wrote {into}.", soft_wrap=True, markup=False)


@app.command()
def verifier() -> None:
    """Print the program that follows an exported chain without Ingather: plain Python, one file, nothing to install."""
    sys.stdout.write((files("ingather.cli") / _VERIFIER).read_text(encoding="utf-8"))
