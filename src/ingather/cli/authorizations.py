"""``ingather authorization``: what buyers agreed to, what becomes of it, its notices, its proof, and its keeping."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.authorizations.export import export_authorizations
from ingather.actions.authorizations.notices import note_sent
from ingather.actions.authorizations.proof import make_proof, note_proof_requested
from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.authorizations.retention import purge_authorizations, set_legal_hold
from ingather.actions.authorizations.states import (
    activate_authorization,
    complete_authorization,
    resume_authorization,
    supersede_authorization,
    suspend_authorization,
)
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.cli.given_days import if_given
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    DryRun,
    OrderId,
    Reason,
    Verbs,
    acting,
    console,
    decided,
    desk_of,
    done,
    key_of,
    print_json,
)
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.refusals import NoSuch
from ingather.store.reading import authorizations as reading

app = typer.Typer(cls=Verbs, help="The authorizations: look, decide, prove, keep.", no_args_is_help=True)

AuthorizationId = Annotated[str, typer.Argument(metavar="ID", help="An authorization's id, auth_...")]
OfOrder = Annotated[str, typer.Option("--order", help="The order that it is about, ord_...")]
Day = Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], callback=if_given, help="The day of it.")]


@app.command("list")
def list_authorizations(
    ctx: typer.Context,
    *,
    state: Annotated[AuthorizationState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List authorizations, oldest first."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = reading.listed(view.session, state=state, limit=limit)
    if as_json:
        print_json(found)
        return
    table = Table("id", "authorization", "buyer", "merchant", "kind", "amount", "state", "lacks", box=None,
                  header_style="dim")  # fmt: skip
    for row in found:
        table.add_row(
            row["id"], row["external_id"], row["buyer"], row["merchant"], f"{row['kind']}, {row['channel']}",
            _amount(row), row["state"], " ".join(row["lacks"]),
        )  # fmt: skip
    console.print(table)


def _amount(row: dict[str, Any]) -> str:
    least, most = row["min_amount_minor"], row["max_amount_minor"]
    limits = f" {format_minor(least)} to" if least else " up to" if row["amount_terms"] != "fixed" else ""
    return f"{row['amount_terms']}{limits} {format_minor(most)}" if most else str(row["amount_terms"])


@app.command("show")
def show_authorization(ctx: typer.Context, authorization: AuthorizationId, *, as_json: AsJson = False) -> None:
    """Show an authorization with its words, evidence, orders and history."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = reading.shown(view.session, key_of(Prefix.AUTHORIZATION, authorization))
    if found is None:
        fact = f"there is no authorization {authorization}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    until = f" to {found['valid_to']}" if found["valid_to"] else ""
    console.print(
        f"{found['id']}  {found['external_id']}  [bold]{found['state']}[/]\n"
        f"{found['kind']}, given {found['channel']} at {found['given_at']} by {found['buyer']} for "
        f"{found['merchant']}, account {found['account']} ending in {found['last4']}\n"
        f"{_amount(found)}, valid from {found['valid_from']}{until}",
    )
    if found["lacks"]:
        console.print(f"lacks: {', '.join(found['lacks'])}")
    console.print(found["text"] or "The text was purged.", soft_wrap=True, markup=False)
    console.print(f"SHA-256 {found['text_sha256']}", style="dim")
    for name, content in found["evidence"].items():
        console.print(f"{name}: {content}", soft_wrap=True, markup=False)
    for row in found["orders"]:
        console.print(f"{row['id']}  {format_minor(row['amount_minor'])} due {row['due_on']}, {row['state']}")
    for row in found["facts"]:
        console.print(f"{row['on']}  {row['kind']} {row['about']} by {row['actor']}", style="dim")


@app.command()
def complete(
    ctx: typer.Context,
    authorization: AuthorizationId,
    *,
    evidence: Annotated[list[str] | None, typer.Option(help="NAME=WHAT, such as signature=scans/17.pdf.")] = None,
    states: Annotated[str, typer.Option(help="What the text says, as words of the table of contents.")] = "",
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Add to a draft what it lacks; it is active when nothing is lacking any more."""
    pieces = dict(_piece(text) for text in evidence or ())
    key = key_of(Prefix.AUTHORIZATION, authorization)
    with acting(ctx, actor, as_of) as action:
        lacks = complete_authorization(action, key, evidence=pieces, statements=states.split())
    done(as_json, authorization, f"still lacks: {', '.join(lacks)}" if lacks else "is complete", lacks=lacks)


def _piece(text: str) -> tuple[str, str]:
    name, _, content = text.partition("=")
    if not name or not content:
        message = f"--evidence: {text} is not of the form NAME=WHAT"
        raise typer.BadParameter(message)
    return name, content


@app.command()
def activate(
    ctx: typer.Context,
    authorization: AuthorizationId,
    *,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Let debits rest on a draft that lacks nothing."""
    key = key_of(Prefix.AUTHORIZATION, authorization)
    with acting(ctx, actor, as_of) as action:
        activate_authorization(action, key)
    done(as_json, authorization, "is active")


@app.command()
def suspend(
    ctx: typer.Context,
    authorization: AuthorizationId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Let nothing be debited under an authorization until it is resumed."""
    key = key_of(Prefix.AUTHORIZATION, authorization)
    decided(ctx, actor, as_of, lambda action: suspend_authorization(action, key, reason=reason))
    done(as_json, authorization, "is suspended")


@app.command()
def resume(
    ctx: typer.Context,
    authorization: AuthorizationId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Let debits rest on a suspended authorization again."""
    key = key_of(Prefix.AUTHORIZATION, authorization)
    decided(ctx, actor, as_of, lambda action: resume_authorization(action, key, reason=reason))
    done(as_json, authorization, "is active again")


@app.command()
def revoke(
    ctx: typer.Context,
    authorization: AuthorizationId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """End an authorization at once, because the buyer revoked it."""
    key = key_of(Prefix.AUTHORIZATION, authorization)
    decided(ctx, actor, as_of, lambda action: revoke_authorization(action, key, reason=reason))
    done(as_json, authorization, "is revoked")


@app.command()
def supersede(
    ctx: typer.Context,
    authorization: AuthorizationId,
    *,
    by: Annotated[str, typer.Option(help="The newer authorization's id, auth_...")],
    reason: Reason,
    move_orders: Annotated[bool, typer.Option("--move-orders", help="Open orders rest on the newer one.")] = False,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Replace an authorization by a newer one of the same buyer for the same merchant."""
    key, newer = key_of(Prefix.AUTHORIZATION, authorization), key_of(Prefix.AUTHORIZATION, by)
    with acting(ctx, actor, as_of) as action:
        moved = supersede_authorization(action, key, by=newer, reason=reason, move_orders=move_orders)
    done(as_json, authorization, f"is superseded by {by}, to which {moved} orders moved", orders=moved)


@app.command("notices")
def list_notices(
    ctx: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that were sent too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the notices that buyers must have before a debit, by the day on which they are sent at the latest."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = reading.notices(view.session, everything=everything)
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("No notice is due.")
    for row in found:
        sent = f"sent {row['sent_on']}" if row["sent_on"] else f"send by {row['send_by']}"
        console.print(f"[bold]{row['order']}[/]  {row['kind']} to {row['buyer']}, {sent}")
        console.print(f"  {row['text']}", soft_wrap=True, markup=False)


@app.command()
def notified(
    ctx: typer.Context,
    order: OrderId,
    *,
    on: Day,
    proof: Annotated[str, typer.Option(help="What proves that it was sent, such as a letter's reference.")],
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record that the notice of an order was sent; its debit waits out the days of the notice."""
    key = key_of(Prefix.ORDER, order)
    with acting(ctx, actor, as_of) as action:
        note_sent(action, key, on=on.date(), proof=proof)
    done(as_json, order, f"was announced to its buyer on {on.date()}")


@app.command()
def requested(
    ctx: typer.Context,
    authorization: AuthorizationId,
    *,
    order: OfOrder,
    on: Day,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Note that the bank asks for proof of an authorization: a case with the day by which it has it."""
    key, of = key_of(Prefix.AUTHORIZATION, authorization), key_of(Prefix.ORDER, order)
    with acting(ctx, actor, as_of) as action:
        due_on = note_proof_requested(action, key, of, on=on.date())
    done(as_json, authorization, f"is to be proven to the bank by {due_on}", due_on=due_on.isoformat())


@app.command()
def proof(
    ctx: typer.Context,
    authorization: AuthorizationId,
    *,
    order: OfOrder,
    out: Annotated[Path, typer.Option(help="The HTML file to write; it must not be there yet.")],
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Make the one file that proves an authorization to the bank."""
    key, of = key_of(Prefix.AUTHORIZATION, authorization), key_of(Prefix.ORDER, order)
    with acting(ctx, actor, as_of) as action:
        made = make_proof(action, key, of)
        _write_new(out, made.content)
    done(as_json, authorization, f"is proven in {out}, SHA-256 {made.sha256}", file=str(out), sha256=made.sha256)


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, inside the transaction: what cannot be written is not on record."""
    with path.open("xb") as file:
        file.write(content)


@app.command("hold")
def hold(
    ctx: typer.Context,
    authorization: AuthorizationId,
    *,
    reason: Reason,
    end: Annotated[bool, typer.Option("--end", help="End the legal hold.")] = False,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Put an authorization under a legal hold: it is kept whatever its days; or end that."""
    key = key_of(Prefix.AUTHORIZATION, authorization)
    with acting(ctx, actor, as_of) as action:
        set_legal_hold(action, key, held=not end, reason=reason)
    done(as_json, authorization, "is under no legal hold any more" if end else "is under a legal hold")


@app.command()
def purge(
    ctx: typer.Context,
    *,
    out: Annotated[Path, typer.Option(help="The purge certificate, a JSON file; it must not be there yet.")],
    actor: As = None,
    as_of: AsOf = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take away the words and evidence of authorizations that need not be kept any longer; write the certificate."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    originator_id = desk.originator_id()
    with desk.view() if dry_run else desk.action() as action:
        made = purge_authorizations(action, originator_id, dry_run=dry_run)
        if made is not None and not dry_run:
            _write_new(out, made.certificate)
    desk.remember()
    names = [public_id(Prefix.AUTHORIZATION, key) for key in made.ids] if made else []
    sha256 = made.sha256 if made and not dry_run else None
    if as_json:
        did = "something" if names and not dry_run else "nothing"
        print_json({"did": did, "dry_run": dry_run, "authorizations": names, "certificate_sha256": sha256})
    elif not names:
        console.print("Every authorization must still be kept.")
    else:
        told = "would be purged" if dry_run else f"were purged; {out}, SHA-256 {sha256}"
        console.print(f"{len(names)} authorizations {told}.", soft_wrap=True, markup=False)


@app.command()
def export(
    ctx: typer.Context,
    out: Annotated[Path, typer.Argument(help="The CSV file to write; it must not be there yet.")],
    *,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Write the authorizations that have not ended as the sheet that ``ingather import`` takes."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    originator_id = desk.originator_id()
    with desk.action() as action:
        rows = export_authorizations(action, originator_id)
        with out.open("x", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else ["external_id"], lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
    desk.remember()
    done(as_json, str(out), f"holds {len(rows)} authorizations", authorizations=len(rows))
