"""``ingather follow-up``, and asking for one: ``order reverse``, ``order refund`` and ``file reverse``."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.context import Context
from ingather.actions.follow_ups.asking import ask_file_reversal, ask_reversal
from ingather.actions.follow_ups.deciding import (
    approve_file_reversal,
    approve_follow_up,
    let_be_file_reversal,
    refuse_follow_up,
    withdraw_follow_up,
)
from ingather.actions.follow_ups.notified import note_file_notified, note_notified
from ingather.actions.follow_ups.refunding import ask_refund
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor, parse_minor
from ingather.cli import files, orders
from ingather.cli.given_days import if_given
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
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
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.refusals import NoSuch
from ingather.store.reading import follow_ups
from ingather.wiring import parse_instant

app = typer.Typer(cls=Verbs, help="Reversals, refunds and return fees: look, approve, withdraw.", no_args_is_help=True)

FollowUpId = Annotated[str, typer.Argument(metavar="ID", help="A follow-up's id, fup_...")]
FollowUpOrFile = Annotated[
    str, typer.Argument(metavar="ID", help="A follow-up's id, fup_..., or a file's, fil_..., for all of its reversals.")
]
Why = Annotated[
    str, typer.Option("--reason", help="duplicate, wrong_receiver, wrong_amount or early_debit: our own errors only.")
]
Words = Annotated[str, typer.Option(help="What happened, in a sentence; it is kept, and the buyer is told why.")]
_OF_FILE = f"{Prefix.FILE}_"


@orders.app.command("reverse")
def reverse_order(
    ctx: typer.Context,
    order: OrderId,
    *,
    reason: Why,
    words: Words,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Ask for the reversal of an order's debit that was our error; a second person approves it."""
    asked = decided(
        ctx, actor, as_of, lambda action: ask_reversal(action, key_of(Prefix.ORDER, order), reason=reason, words=words)
    )
    name = public_id(Prefix.FOLLOW_UP, asked.follow_up_id)
    said = f"waits for a second person; it must settle by {asked.last_day}. Tell the buyer why by the day it settles"
    if asked.correcting:
        said += ". Record what is owed after all as another instalment"
    done(
        as_json, name, said, order=order, last_day=asked.last_day.isoformat(), amount_minor=asked.amount_cents,
        correcting=asked.correcting,
    )  # fmt: skip


@files.app.command("reverse")
def reverse_file(
    ctx: typer.Context,
    file: files.FileId,
    *,
    reason: Why,
    words: Words,
    discovered: Annotated[str, typer.Option(help="When the error was discovered: an RFC 3339 instant.")],
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Ask for the reversal of every debit of a file that went out in error, within 24 hours of its discovery."""
    try:
        discovered_at = parse_instant(discovered)
    except ValueError as error:
        message = f"--discovered: {error}; write 2026-11-25T18:00:00-05:00"
        raise typer.BadParameter(message) from None
    asked = decided(
        ctx,
        actor,
        as_of,
        lambda action: ask_file_reversal(
            action, key_of(Prefix.FILE, file), reason=reason, words=words, discovered_at=discovered_at
        ),
    )
    left_out = f", {asked.left_out:,} left out" if asked.left_out else ""
    said = (
        f"is to be reversed: {asked.debits:,} debits over {format_minor(asked.cents)} USD{left_out}. A second person "
        f"approves it: ingather follow-up approve {file}. It goes out before {asked.send_by:%Y-%m-%d %H:%M %Z} and "
        f"settles by {asked.last_day}"
    )
    if asked.correcting:
        said += ". A file that corrects it must go with it: record what is owed as other instalments now"
    done(
        as_json, file, said, called="file", debits=asked.debits, amount_minor=asked.cents, left_out=asked.left_out,
        last_day=asked.last_day.isoformat(), send_by=asked.send_by.isoformat(), correcting=asked.correcting,
    )  # fmt: skip


@orders.app.command("refund")
def refund_order(
    ctx: typer.Context,
    order: OrderId,
    *,
    amount: Annotated[str, typer.Option(help="How much of it, such as 12.34.")],
    reason: Reason,
    after_window: Annotated[
        bool, typer.Option("--after-window", help="Wait until the debit cannot come back any more.")
    ] = False,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Give some or all of a collected order back to the buyer, by a credit of our own."""
    try:
        minor = parse_minor(amount)
    except ValueError as error:
        message = f"--amount: {error}"
        raise typer.BadParameter(message) from None
    asked = decided(
        ctx,
        actor,
        as_of,
        lambda action: ask_refund(
            action, key_of(Prefix.ORDER, order), amount_minor=minor, reason=reason, after_window=after_window
        ),
    )
    if asked.state is FollowUpState.ASKED:
        said = f"waits for a second person: the debit can come back until {asked.window_ends}, or the amount is large"
    elif asked.not_before is not None:
        said = f"goes out on {asked.not_before}, when the debit cannot come back any more"
    else:
        said = "goes out with the next night"
    said += f"; {format_minor(asked.left_minor)} USD of the order are left"
    done(
        as_json, public_id(Prefix.FOLLOW_UP, asked.follow_up_id), said, order=order, state=str(asked.state),
        not_before=asked.not_before and asked.not_before.isoformat(), window_ends=asked.window_ends.isoformat(),
        left_minor=asked.left_minor,
    )  # fmt: skip


@app.command("list")
def list_follow_ups(
    ctx: typer.Context,
    *,
    state: Annotated[FollowUpState | None, typer.Option(help="Only those in this state.")] = None,
    kind: Annotated[FollowUpKind | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List reversals, refunds and return fees, the oldest first, with what is still to be done."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = follow_ups.listed(view.session, state=state, kind=kind, limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("No reversal, refund or return fee.")
        return
    table = Table("id", "kind", "state", "order", "amount", "last day", "to do", box=None, header_style="dim")
    for row in found:
        table.add_row(
            row["id"], row["kind"], row["state"], f"{row['external_id']}/{row['instalment']}",
            format_minor(row["amount_minor"]), row["last_day"] or "", row["duty"] or "",
        )  # fmt: skip
    console.print(table)


@app.command("show")
def show_follow_up(ctx: typer.Context, follow_up: FollowUpId, *, as_json: AsJson = False) -> None:
    """Show a follow-up: who asked and approved, its debit, its own entry, its days and its history."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = follow_ups.shown(view.session, key_of(Prefix.FOLLOW_UP, follow_up))
    if found is None:
        fact = f"there is no follow-up {follow_up}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    _show(found)


def _show(found: dict[str, Any]) -> None:
    console.print(
        f"{found['id']}  {found['kind']}  [bold]{found['state']}[/]\n"
        f"{format_minor(found['amount_minor'])} USD of order {found['order']} ({found['external_id']}, instalment "
        f"{found['instalment']}) for {found['merchant']}",
        soft_wrap=True,
    )
    console.print(f"{found['reason']}: {found['words']}", markup=False, soft_wrap=True)
    approved = f", decided by {found['checker']}" if found["checker"] else ""
    console.print(f"asked for by {found['maker']} on {found['asked_on']}{approved}")
    for key, label in (("not_before", "not before"), ("last_day", "last day"), ("send_by", "sent by"),
                       ("settled_on", "settled"), ("ended_on", "ended"), ("ended_because", "because")):  # fmt: skip
        if found[key]:
            console.print(f"{label}: {found[key]}")
    for what in ("debit", "entry"):
        if row := found[what]:
            console.print(
                f"{what}: {row['kind']} {row['entry_class']} {row['description']}, line {row['line']} of {row['file']} "
                f"({row['file_state']}), effective {row['effective_on']}, settled {row['settled_on'] or '-'}",
                soft_wrap=True,
            )
    if found["notified_on"]:
        console.print(f"the buyer was told on {found['notified_on']}: {found['notice_proof']}", markup=False)
    if found["duty"]:
        console.print(f"to do: {found['duty']}")
    for fact in found["facts"]:
        console.print(f"{fact['on']}  {fact['kind']} by {fact['actor']}", style="dim")
    for row in found["rows"]:
        console.print(f"rests on {row}", style="dim")


@app.command("approve")
def approve(
    ctx: typer.Context, follow_up: FollowUpOrFile, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Approve what another person asked for: the next night that may send it does."""

    def decide(action: Context) -> str:
        if not follow_up.startswith(_OF_FILE):
            approve_follow_up(action, key_of(Prefix.FOLLOW_UP, follow_up))
            return f"is approved by {action.actor}"
        found = approve_file_reversal(action, key_of(Prefix.FILE, follow_up))
        said = f"has {found.follow_ups:,} reversals approved over {format_minor(found.minor)} USD"
        return said + (f"; {found.unfit:,} could not go out any more" if found.unfit else "")

    done(as_json, follow_up, decided(ctx, actor, as_of, decide))


@app.command("refuse")
def refuse(
    ctx: typer.Context,
    follow_up: FollowUpOrFile,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Refuse what another person asked for."""

    def decide(action: Context) -> str:
        if follow_up.startswith(_OF_FILE):
            let_be_file_reversal(action, key_of(Prefix.FILE, follow_up), reason=reason, refused=True)
        else:
            refuse_follow_up(action, key_of(Prefix.FOLLOW_UP, follow_up), reason=reason)
        return action.actor

    done(as_json, follow_up, f"is refused by {decided(ctx, actor, as_of, decide)}")


@app.command("withdraw")
def withdraw(
    ctx: typer.Context,
    follow_up: FollowUpOrFile,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Let a follow-up be that is not in a file yet."""

    def decide(action: Context) -> None:
        if follow_up.startswith(_OF_FILE):
            let_be_file_reversal(action, key_of(Prefix.FILE, follow_up), reason=reason, refused=False)
        else:
            withdraw_follow_up(action, key_of(Prefix.FOLLOW_UP, follow_up), reason=reason)

    decided(ctx, actor, as_of, decide)
    done(as_json, follow_up, "is withdrawn")


@app.command("notified")
def notified(
    ctx: typer.Context,
    follow_up: FollowUpOrFile,
    *,
    proof: Annotated[str, typer.Option(help="Where the proof is: a mail, a letter, a call.")],
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], callback=if_given, help="The day, today unless given.")
    ] = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record that the buyer was told of a reversal and why, which is due by the day it settles."""
    with acting(ctx, actor, as_of) as action:
        day = on.date() if on else action.today
        if follow_up.startswith(_OF_FILE):
            note_file_notified(action, key_of(Prefix.FILE, follow_up), on=day, proof=proof)
        else:
            note_notified(action, key_of(Prefix.FOLLOW_UP, follow_up), on=day, proof=proof)
    done(as_json, follow_up, f"has the buyer's notice of {day} on record")
