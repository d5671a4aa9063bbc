"""``ingather merchant`` and ``buyer``: who is owed and who owes, their screening, limits and stops."""

from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.merchants import (
    end_return_fee,
    note_iat_view,
    resume_buyer,
    set_merchant_limit,
    set_paid_abroad,
    set_return_fee,
    suspend_buyer,
)
from ingather.actions.screening import NewScreenings, record_screenings
from ingather.base.ids import Prefix
from ingather.base.money import format_minor, parse_minor
from ingather.cli.given_days import if_given
from ingather.cli.options import As, AsJson, AsOf, Reason, Verbs, acting, console, desk_of, done, key_of, print_json
from ingather.domain.merchants import Party, Screening
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.reading import parties

merchant = typer.Typer(cls=Verbs, help="The merchants, who are owed.", no_args_is_help=True)
buyer = typer.Typer(cls=Verbs, help="The buyers, who owe.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ID", help="An id, mer_... or buy_..., or your own.")]
Status = Annotated[Screening, typer.Option(help="What the screening says.")]
Provider = Annotated[str, typer.Option(help="Who screened.")]
Reference = Annotated[str, typer.Option(help="The provider's reference.")]
Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], callback=if_given, help="The day, today unless given.")
]
Expires = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], callback=if_given, help="The last day it counts, if it has one."),
]
Only = Annotated[Screening | None, typer.Option("--screening", help="Only those whose screening says so.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]

_PREFIXES = {Party.BUYER: Prefix.BUYER, Party.MERCHANT: Prefix.MERCHANT}


def _add_common_verbs(app: typer.Typer, party: Party) -> None:
    """Give a group what merchants and buyers have in common: list, show and screen."""

    @app.command("list", help=f"List {party}s by your ids.")
    def listed(ctx: typer.Context, *, only: Only = None, limit: Limit = 50, as_json: AsJson = False) -> None:
        with desk_of(ctx, default_actor="system:read").view() as view:
            found = parties.listed(view.session, party, screening=only, limit=limit)
        if as_json:
            print_json(found)
            return
        table = Table("id", str(party), "name", "state", "screening", "until", box=None, header_style="dim")
        for row in found:
            table.add_row(
                row["id"], row["external_id"], row["name"], row["state"], row["screening"] or "never",
                row["screened_until"] or "",
            )  # fmt: skip
        console.print(table)

    @app.command("show", help=f"Show a {party} with its screenings, limits and orders.")
    def shown(ctx: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
        with desk_of(ctx, default_actor="system:read").view() as view:
            found = _found(view, party, name)
        if as_json:
            print_json(found)
        else:
            _show(party, found)

    @app.command("screen", help=f"Record what an outside service says of a {party}; the newest outcome decides.")
    def screen(
        ctx: typer.Context,
        name: Name,
        *,
        status: Status,
        provider: Provider,
        reference: Reference,
        on: Day = None,
        expires: Expires = None,
        actor: As = None,
        as_of: AsOf = None,
        as_json: AsJson = False,
    ) -> None:
        with acting(ctx, actor, as_of) as action:
            found = _found(action, party, name)
            new = NewScreenings(
                party=[party],
                external_id=[found["external_id"]],
                status=[status],
                provider=[provider],
                reference=[reference],
                screened_on=[_day(action, on)],
                expires_on=[expires.date() if expires else None],
            )
            intake = record_screenings(action, originator_of(action).id, new)
            for verdict in intake.refused:
                raise WrongState(verdict.message, "Give the outcome as the provider gave it, under its own reference")
        fresh = bool(intake.new)
        done(as_json, found["id"], f"is recorded as {status}" if fresh else "was recorded so already", did=fresh)


_add_common_verbs(merchant, Party.MERCHANT)
_add_common_verbs(buyer, Party.BUYER)


def _show(party: Party, found: dict[str, Any]) -> None:
    console.print(f"{found['id']}  {found['external_id']}, {found['name']}  [bold]{found['state']}[/]")
    until = f" until {found['screened_until']}" if found["screened_until"] else ""
    console.print(f"screening: {found['screening'] or 'never screened'}{until}")
    if party is Party.MERCHANT:
        _show_merchant(found)
    console.print("orders: " + (", ".join(f"{count:,} {state}" for state, count in found["orders"].items()) or "none"))
    for row in found["screenings"]:
        expires = f", counts until {row['expires_on']}" if row["expires_on"] else ""
        console.print(
            f"{row['screened_on']}  {row['status']} by {row['provider']}, {row['reference']}{expires}", style="dim",
            markup=False,
        )  # fmt: skip
    for row in found["facts"]:
        console.print(f"{row['on']}  {row['kind']} by {row['actor']}", style="dim")


def _show_merchant(found: dict[str, Any]) -> None:
    console.print(
        f"on statements: {found['company_name']} ({found['company_identification']}), {found['entry_description']}"
    )
    if found["paid_abroad"]:
        view = found["iat_view"] or "not on record"
        if found["iat_view"]:
            view += f", domestic, of {found['iat_view_on']}" if found["iat_view_on"] else ", international"
        console.print(f"paid out abroad; the ODFI's view: {view}", markup=False)
    own = {
        "tier": found["tier"],
        "days on hold": found["hold_days"],
        "basis points in reserve": found["reserve_bps"],
        "paid by": found["payout_method"],
    }
    if any(value is not None for value in own.values()):
        said = ", ".join(f"{name} {value}" for name, value in own.items() if value is not None)
        console.print(f"its own terms: {said}", markup=False)
    minor, entries = found["night_limit_minor"], found["night_limit_entries"]
    if minor or entries:
        parts = [f"{format_minor(minor)} USD"] if minor else []
        console.print(f"a night at most: {', '.join([*parts, *([f'{entries:,} orders'] if entries else [])])}")
    if found["return_fee_minor"]:
        console.print(
            f"return fee: {format_minor(found['return_fee_minor'])} USD for what was authorized from "
            f"{found['return_fee_from']} on; notice: {found['return_fee_notice']}",
            markup=False, soft_wrap=True,
        )  # fmt: skip


def _key(ctx: Context, party: Party, name: str) -> int:
    """Return the key of a party by its public id, or by the id that the client gave it."""
    if name.startswith(f"{_PREFIXES[party]}_"):
        return key_of(_PREFIXES[party], name)
    found = parties.key_of_party(ctx.session, party, name)
    if found is None:
        raise _no_such(party, name)
    return found


def _found(ctx: Context, party: Party, name: str) -> dict[str, Any]:
    found = parties.shown(ctx.session, party, _key(ctx, party, name))
    if found is None:
        raise _no_such(party, name)
    return found


def _no_such(party: Party, name: str) -> NoSuch:
    fact = f"there is no {party} {name}"
    return NoSuch(fact)


def _day(ctx: Context, given: datetime | None) -> date:
    return given.date() if given else ctx.today


@merchant.command("iat-view")
def iat_view(
    ctx: typer.Context,
    name: Name,
    *,
    view: Annotated[str, typer.Option(help="Where the ODFI's written view is: letter, date, who signed.")],
    international: Annotated[bool, typer.Option("--international/--domestic", help="What the ODFI says they are.")],
    on: Day = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record the ODFI's written view whether debits for a merchant paid out abroad are international."""
    with acting(ctx, actor, as_of) as action:
        note_iat_view(
            action, _key(action, Party.MERCHANT, name), view=view, on=_day(action, on), international=international
        )
    done(as_json, name, "has the ODFI's view on record")


@merchant.command("payout")
def payout(
    ctx: typer.Context,
    name: Name,
    *,
    abroad: Annotated[bool, typer.Option("--abroad/--at-home", help="Where it is paid out.")],
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record whether a merchant is paid out abroad; then its debits wait for the ODFI's view."""
    with acting(ctx, actor, as_of) as action:
        set_paid_abroad(action, _key(action, Party.MERCHANT, name), abroad=abroad, reason=reason)
    done(as_json, name, f"is paid out {'abroad' if abroad else 'at home'}")


@merchant.command("limit")
def limit_merchant(
    ctx: typer.Context,
    name: Name,
    *,
    amount: Annotated[str | None, typer.Option(help="At most so much a night, such as 25000.00.")] = None,
    orders: Annotated[int | None, typer.Option(min=1, help="At most so many orders a night.")] = None,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Set what one night debits for a merchant at most; without either the bank profile's limit holds."""
    try:
        minor = parse_minor(amount) if amount else None
    except ValueError as error:
        message = f"--amount: {error}"
        raise typer.BadParameter(message) from None
    with acting(ctx, actor, as_of) as action:
        set_merchant_limit(action, _key(action, Party.MERCHANT, name), minor=minor, entries=orders, reason=reason)
    done(as_json, name, "has its limit")


@merchant.command("fee")
def fee(
    ctx: typer.Context,
    name: Name,
    *,
    amount: Annotated[str | None, typer.Option(help="The fee for one returned debit, such as 25.00.")] = None,
    notice: Annotated[str, typer.Option(help="How buyers are told before they authorize a debit.")] = "",
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d"],
            callback=if_given,
            help="Debits authorized from that day on; today unless given.",
        ),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Charge none any more.")] = False,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Set what a buyer pays for a debit that comes back for lack of funds; whether a state allows it you must know."""
    if off == (amount is not None):
        message = "give --amount with --notice, or --off"
        raise typer.BadParameter(message)
    try:
        minor = parse_minor(amount) if amount else 0
    except ValueError as error:
        message = f"--amount: {error}"
        raise typer.BadParameter(message) from None
    with acting(ctx, actor, as_of) as action:
        key = _key(action, Party.MERCHANT, name)
        if off:
            end_return_fee(action, key)
        else:
            set_return_fee(action, key, minor=minor, notice=notice, since=_day(action, since))
    done(as_json, name, "charges no return fee" if off else f"charges {format_minor(minor)} USD for a returned debit")


@buyer.command()
def suspend(
    ctx: typer.Context,
    name: Name,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Suspend a buyer: nothing is debited, and what is sealed and not sent is not sent."""
    with acting(ctx, actor, as_of) as action:
        suspend_buyer(action, _key(action, Party.BUYER, name), reason=reason)
    done(as_json, name, "is suspended")


@buyer.command()
def resume(
    ctx: typer.Context,
    name: Name,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Let a suspended buyer be debited again."""
    with acting(ctx, actor, as_of) as action:
        resume_buyer(action, _key(action, Party.BUYER, name), reason=reason)
    done(as_json, name, "is resumed")
