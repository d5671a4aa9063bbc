"""``ingather retention``: what evidence is kept, what may go, and destroying it by two persons with a certificate."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.retention import (
    Standing,
    approve_shredding,
    ask_shredding,
    certificate_of,
    refuse_shredding,
)
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    DryRun,
    Reason,
    Verbs,
    acting,
    console,
    desk_of,
    done,
    end,
    print_json,
)
from ingather.domain.keys import LAST_EPOCH
from ingather.domain.refusals import ExitCode
from ingather.domain.retention import HOLD_WORDS
from ingather.jobs.retention import due_to_shred, evidence, left_behind, shred

app = typer.Typer(cls=Verbs, help="How long evidence is kept, and destroying it.", no_args_is_help=True)
_Epoch = Annotated[
    int, typer.Argument(metavar="EPOCH", min=1, max=LAST_EPOCH, help="An epoch's number, as status shows it.")
]


@app.command()
def status(ctx: typer.Context, *, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show what each epoch of evidence holds, until when, and what else holds it; exit 1 when a key was left behind."""
    desk = desk_of(ctx, default_actor="system:read", as_of=as_of)
    found = evidence(desk)
    left = left_behind(desk, found)
    if as_json:
        print_json({"epochs": [_told(each) for each in found], "keys_left_behind": left})
    else:
        table = Table("epoch", "from", "to", "files", "reports", "kept until", "stands", "held by", box=None,
                      header_style="dim")  # fmt: skip
        for each in found:
            table.add_row(
                str(each.epoch), str(each.opened_on), str(each.closed_on or ""), str(len(each.contents.files)),
                str(len(each.contents.reports)), str(each.kept_until or ""), _stands(each),
                ", ".join(f"{held.count} {HOLD_WORDS[held.what]}" for held in each.holds),
            )  # fmt: skip
        console.print(table)
        for epoch in left:
            console.print(
                f"The key of epoch {epoch} still lies here. Destroy it: ingather retention shred", style="red"
            )
    end(ExitCode.HAS_ERRORS if left else ExitCode.DONE)


def _stands(each: Standing) -> str:
    if each.state == "destroyed":
        return "destroyed"
    return str(each.shredding) if each.shredding else "may go" if each.due else str(each.state)


def _told(each: Standing) -> dict[str, Any]:
    return {
        "epoch": each.epoch,
        "state": each.state,
        "opened_on": each.opened_on.isoformat(),
        "closed_on": each.closed_on.isoformat() if each.closed_on else None,
        "files": len(each.contents.files),
        "reports": len(each.contents.reports),
        "corrections": each.contents.corrections,
        "kept_until": each.kept_until.isoformat() if each.kept_until else None,
        "due": each.due,
        "shredding": each.shredding,
        "held_by": [{"what": held.what, "count": held.count, "example": held.example} for held in each.holds],
    }


@app.command()
def ask(
    ctx: typer.Context, epoch: _Epoch, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Ask for the evidence of an epoch to be destroyed; a second person approves."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    originator_id = desk.originator_id()
    with desk.action() as action:
        ask_shredding(action, originator_id, epoch, reason=reason)
    desk.remember()
    done(as_json, str(epoch), "is to be destroyed, once a second person approves", called="epoch")


@app.command()
def approve(
    ctx: typer.Context, epoch: _Epoch, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Approve that the evidence of an epoch is destroyed, as a second person."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    originator_id = desk.originator_id()
    with desk.action() as action:
        approve_shredding(action, originator_id, epoch)
    desk.remember()
    done(as_json, str(epoch), "is destroyed by: ingather retention shred", called="epoch")


@app.command()
def refuse(
    ctx: typer.Context, epoch: _Epoch, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Refuse that the evidence of an epoch is destroyed, also once it was approved; it stays."""
    with acting(ctx, actor, as_of) as action:
        refuse_shredding(action, epoch, reason=reason)
    done(as_json, str(epoch), "stays", called="epoch")


@app.command("shred")
def shred_approved(
    ctx: typer.Context, *, actor: As = None, as_of: AsOf = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Destroy the keys of all evidence that two persons agreed on, for good; go on with what was begun."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    destroyed, held = ([], []) if dry_run else shred(desk)
    chosen = due_to_shred(desk) if dry_run else [each.epoch for each in destroyed]
    code = ExitCode.HAS_ERRORS if held else ExitCode.DONE
    if as_json:
        did = "something" if chosen and not dry_run else "nothing"
        back = [{"epoch": each.epoch, "why": str(each.refusal)} for each in held]
        print_json({"did": did, "epochs": chosen, "held_back": back, "dry_run": dry_run})
        end(code)
        return
    for epoch in chosen:
        console.print(
            f"Epoch {epoch} would be destroyed."
            if dry_run
            else f"Epoch {epoch} is destroyed; see ingather retention certificate {epoch}."
        )
    for each in held:
        console.print(f"Epoch {each.epoch} stays: {each.refusal}", style="red", soft_wrap=True, markup=False)
    if not chosen and not held:
        console.print("No destruction was approved.")
    end(code)


@app.command()
def certificate(
    ctx: typer.Context,
    epoch: _Epoch,
    *,
    to: Annotated[Path | None, typer.Option("--to", help="Write it to this file, as it was given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the certificate of an epoch's destruction, held against the audit chain."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = certificate_of(view, epoch)
    if to is not None:
        to.write_bytes(found.content)
    proved = {"sha256": found.sha256, "audit": {"seq": found.seq, "hash": found.record}}
    told = json.loads(found.content)
    if as_json:
        print_json({"certificate": told, "proved_by": proved, **({"file": str(to)} if to else {})})
        return
    what = (
        f"Evidence of epoch {epoch}: {told['files']} files and {told['reports']} reports from {told['first_on']} to "
        f"{told['last_on']}, {told['bytes']} bytes. Kept until {told['kept_until']}."
    )
    who = (
        f"Asked for by {told['asked_by']} ({told['why']}), approved by {told['approved_by']} at {told['approved_at']}, "
        f"destroyed by {told['destroyed_by']} at {told['destroyed_at']}."
    )
    lines = [
        what,
        who,
        told["how"],
        told["backups"],
        f"The list of what it was has the SHA-256 {told['listed_sha256']}.",
        f"This certificate has the SHA-256 {found.sha256}, which audit record {found.seq} ({found.record}) keeps.",
    ]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
    if to is not None:
        console.print(f"Written to {to}.", soft_wrap=True, markup=False)
