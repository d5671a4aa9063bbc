"""``ingather payout``: what merchants are paid: look, approve, call off, send by sheet, and note what came of it."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.payouts.deciding import Approved, approve_all_due, approve_payouts, set_method
from ingather.actions.payouts.returned import note_returned
from ingather.actions.payouts.settling import note_settled
from ingather.actions.payouts.terms import why_waiting
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.cli.given_days import if_given
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    Reason,
    Verbs,
    acting,
    console,
    decided,
    desk_of,
    done,
    end,
    key_of,
    print_json,
)
from ingather.domain.merchants import Party
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import ExitCode, NoSuch
from ingather.jobs.payout_sheets import call_off, send_sheets
from ingather.store.reading import parties, payouts

app = typer.Typer(cls=Verbs, help="What merchants are paid: look, approve, send, note.", no_args_is_help=True)

PayoutId = Annotated[str, typer.Argument(metavar="ID", help="A payout's id, pay_...")]
Evidence = Annotated[str, typer.Option(help="What shows it: a line of the bank's portal, a letter; it is kept.")]
Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], callback=if_given, help="The day, today unless given.")
]


@app.command("list")
def list_payouts(
    ctx: typer.Context,
    *,
    state: Annotated[PayoutState | None, typer.Option(help="Only those in this state.")] = None,
    merchant: Annotated[str | None, typer.Option(help="Only those of a merchant: your id, or mer_...")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """List payouts, newest first, each with what it waits for."""
    desk = desk_of(ctx, default_actor="system:read", as_of=as_of)
    company = any(route.profile.payouts.company_name.strip() for route in desk.routes())
    with desk.view() as view:
        key = None if merchant is None else merchant_key(view, merchant)
        why = why_waiting(view, originator_of(view).id, company=company)
        waits = {public_id(Prefix.PAYOUT, payout): said for payout, said in why.items()}
        found = payouts.listed(view.session, state=state, merchant_id=key, limit=limit)
    found = [row | {"waits_for": waits.get(row["id"])} for row in found]
    if as_json:
        print_json(found)
        return
    table = Table("id", "merchant", "statement of", "amount", "by", "state", "waits for", box=None, header_style="dim")
    for row in found:
        code = f" by {row['return_code']}" if row["return_code"] else ""
        table.add_row(
            row["id"], row["merchant"], row["as_of"], format_minor(row["amount_minor"]), row["method"],
            f"{row['state']}{code}", row["waits_for"] or "",
        )  # fmt: skip
    console.print(table)


@app.command("show")
def show_payout(ctx: typer.Context, payout: PayoutId, *, as_json: AsJson = False) -> None:
    """Show a payout: its statement, way, account, file or sheet, and days."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = payouts.shown(view.session, key_of(Prefix.PAYOUT, payout))
    if found is None:
        fact = f"there is no payout {payout}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    _show(found)


def _show(found: dict[str, Any]) -> None:
    code = f" by {found['return_code']}" if found["return_code"] else ""
    console.print(
        f"{found['id']}  {format_minor(found['amount_minor'])} {found['currency']} to {found['merchant']}  "
        f"[bold]{found['state']}[/]{code}\nby {found['method']}, reference {found['reference']}, "
        f"of statement {found['statement']} as of {found['as_of']}"
    )
    where = found["file"] or found["sheet"]
    if where:
        console.print(f"in {where}" + (f", to account ...{found['last4']}" if found["last4"] else ""))
    by = f", approved by {found['approved_by']}" if found["approved_by"] else ""
    console.print(f"made on {found['made_on']} by {found['asked_by']}{by}", style="dim")
    for word, key in (("sent", "sent_on"), ("settled", "settled_on"), ("over", "ended_on")):
        if found[key]:
            console.print(f"{word} on {found[key]}", style="dim")


@app.command("approve")
def approve(
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Payouts' ids, pay_...")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All that are due and somebody else made.")] = False,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Approve due payouts as another person than who made the statements."""
    if every == bool(ids):
        message = "give the ids of payouts, or --all"
        raise typer.BadParameter(message)

    def decide(action: Context) -> Approved:
        if every:
            return approve_all_due(action, originator_of(action).id)
        return approve_payouts(action, [key_of(Prefix.PAYOUT, each) for each in ids or ()])

    approved = decided(ctx, actor, as_of, decide)
    if as_json:
        did = "something" if approved.payouts else "nothing"
        print_json({"did": did, "payouts": approved.payouts, "amount_minor": approved.minor})
    elif approved.payouts:
        console.print(f"{approved.payouts:,} payout(s) over {format_minor(approved.minor)} USD are approved.")
    else:
        console.print("No payout waits for you.")


@app.command("cancel")
def cancel(
    ctx: typer.Context,
    payout: PayoutId,
    *,
    reason: Reason,
    folder: Annotated[Path | None, typer.Option("--to", help="The folder that its sheet was to go to, if any.")] = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Call off a payout that has not gone out; the next statement owes its amount again."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    call_off(desk, key_of(Prefix.PAYOUT, payout), reason=reason, folder=folder)
    desk.remember()
    done(as_json, payout, "is called off; the next statement owes its amount again")


@app.command("method")
def method(
    ctx: typer.Context,
    payout: PayoutId,
    way: Annotated[PayoutMethod, typer.Argument(help="How it is to go.")],
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Let a payout that has not gone out go the other way; it is approved anew."""
    with acting(ctx, actor, as_of) as action:
        set_method(action, key_of(Prefix.PAYOUT, payout), method=way, reason=reason)
    done(as_json, payout, f"goes by {way} and waits for approval")


@app.command("sheet")
def sheet(
    ctx: typer.Context,
    *,
    folder: Annotated[
        Path | None, typer.Option("--to", help="A folder of yours; without it, to the bank as files go.")
    ] = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Write the approved payouts that go by sheet on one, a CSV for any bank, and send it once."""
    report = send_sheets(desk_of(ctx, actor=actor, as_of=as_of), folder=folder)
    if as_json:
        print_json(
            {
                "did": "something" if report.sheets else "nothing",
                "sheets": [
                    {"name": each.name, "payouts": each.payouts, "amount_minor": each.minor} for each in report.sheets
                ],
                "waiting": report.waiting,
            },
        )
    else:
        for each in report.sheets:
            console.print(f"{each.name}: {each.payouts:,} payout(s) over {format_minor(each.minor)} USD.")
        for name, why in report.waiting.items():
            console.print(f"[yellow]waits[/] {name}: {why}")
        if not report.sheets and not report.waiting:
            console.print("No approved payout goes by sheet.")
    end(ExitCode.REFUSED_BY_BANK if report.waiting else ExitCode.DONE)


@app.command("settled")
def settled(
    ctx: typer.Context,
    payout: PayoutId,
    *,
    evidence: Evidence,
    on: Day = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record that a payout by sheet left our account, where no statement of the bank shows it."""
    with acting(ctx, actor, as_of) as action:
        note_settled(action, key_of(Prefix.PAYOUT, payout), on=_day(action, on), evidence=evidence)
    done(as_json, payout, "is settled")


@app.command("returned")
def returned(
    ctx: typer.Context,
    payout: PayoutId,
    *,
    evidence: Evidence,
    on: Day = None,
    end_account: Annotated[
        bool, typer.Option("--end-account/--keep-account", help="Whether its account is paid to no more.")
    ] = False,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record that a payout by sheet came back or was never carried out; the next statement owes its amount again."""
    with acting(ctx, actor, as_of) as action:
        key = key_of(Prefix.PAYOUT, payout)
        note_returned(action, key, on=_day(action, on), evidence=evidence, ends_account=end_account)
    done(as_json, payout, "came back; the next statement owes its amount again")


def merchant_key(ctx: Context, name: str) -> int:
    """Return the key of a merchant by its public id, or by the id that the client gave it; raises ``NoSuch``."""
    if name.startswith(f"{Prefix.MERCHANT}_"):
        return key_of(Prefix.MERCHANT, name)
    found = parties.key_of_party(ctx.session, Party.MERCHANT, name)
    if found is None:
        fact = f"there is no merchant {name}"
        raise NoSuch(fact)
    return found


def _day(ctx: Context, given: datetime | None) -> date:
    return given.date() if given else ctx.today
