"""``ingather merchant`` and ``buyer``: who is owed and who owes, their screening, limits and stops."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.context import Context
from ingather.actions.merchants import (
    note_iat_view,
    resume_buyer,
    set_merchant_limit,
    set_paid_abroad,
    suspend_buyer,
)
from ingather.actions.screening import NewScreenings, record_screenings
from ingather.base.ids import Prefix
from ingather.base.money import format_minor, parse_minor
from ingather.cli.options import As, AsJson, AsOf, Verbs, console, desk_of, key_of, print_json
from ingather.domain.merchants import Party, Screening
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.reading import parties

merchant = typer.Typer(cls=Verbs, help="The merchants, who are owed.", no_args_is_help=True)
buyer = typer.Typer(cls=Verbs, help="The buyers, who owe.", no_args_is_help=True)

MerchantId = Annotated[str, typer.Argument(metavar="MERCHANT", help="A merchant's id, mer_... or your own.")]
BuyerId = Annotated[str, typer.Argument(metavar="BUYER", help="A buyer's id, buy_... or your own.")]
Reason = Annotated[str, typer.Option(help="Why, in a sentence; it is kept.")]
Status = Annotated[Screening, typer.Option(help="What the screening says.")]
Provider = Annotated[str, typer.Option(help="Who screened.")]
Reference = Annotated[str, typer.Option(help="The provider's reference.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day, today unless given.")]
Expires = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day it counts, if it has one.")]
Only = Annotated[Screening | None, typer.Option("--screening", help="Only those whose screening says so.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]

_PREFIXES = {Party.BUYER: Prefix.BUYER, Party.MERCHANT: Prefix.MERCHANT}


def _list(ctx: typer.Context, party: Party, screening: Screening | None, limit: int, *, as_json: bool) -> None:
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = parties.listed(view.session, party, screening=screening, limit=limit)
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


def _show(ctx: typer.Context, party: Party, name: str, *, as_json: bool) -> None:
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = parties.shown(view.session, party, _key(view, party, name))
    if found is None:
        raise _no_such(party, name)
    if as_json:
        print_json(found)
        return
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
    minor, entries = found["night_limit_minor"], found["night_limit_entries"]
    if minor or entries:
        parts = [f"{format_minor(minor)} USD"] if minor else []
        console.print(f"a night at most: {', '.join([*parts, *([f'{entries:,} orders'] if entries else [])])}")


def _screen(
    ctx: typer.Context,
    party: Party,
    name: str,
    *,
    status: Screening,
    provider: str,
    reference: str,
    on: datetime | None,
    expires: datetime | None,
    actor: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    with desk.view() as view:
        found = parties.shown(view.session, party, _key(view, party, name))
    if found is None:
        raise _no_such(party, name)
    originator_id = desk.originator_id()
    with desk.action() as action:
        new = NewScreenings(
            party=[party],
            external_id=[found["external_id"]],
            status=[status],
            provider=[provider],
            reference=[reference],
            screened_on=[on.date() if on else action.today],
            expires_on=[expires.date() if expires else None],
        )
        intake = record_screenings(action, originator_id, new)
        for verdict in intake.refused:
            raise WrongState(verdict.message, "Give the outcome as the provider gave it, under its own reference")
    desk.remember()
    _done(as_json, found["id"], f"is recorded as {status}" if intake.new else "was recorded so already", did=intake.new)


def _act(
    ctx: typer.Context,
    party: Party,
    name: str,
    what: str,
    act: Callable[[Context, int], None],
    *,
    actor: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    with desk.action() as action:
        act(action, _key(action, party, name))
    desk.remember()
    _done(as_json, name, what)


def _key(ctx: Context, party: Party, name: str) -> int:
    """Return the key of a party by its public id, or by the id that the client gave it."""
    if name.startswith(f"{_PREFIXES[party]}_"):
        return key_of(_PREFIXES[party], name)
    found = parties.key_of_party(ctx.session, party, name)
    if found is None:
        raise _no_such(party, name)
    return found


def _no_such(party: Party, name: str) -> NoSuch:
    fact = f"there is no {party} {name}"
    return NoSuch(fact)


def _day(ctx: Context, given: datetime | None) -> date:
    return given.date() if given else ctx.today


def _done(as_json: bool, name: str, what: str, *, did: int = 1) -> None:
    if as_json:
        print_json({"did": "something" if did else "nothing", "id": name})
    else:
        console.print(f"{name} {what}.")


@merchant.command("list")
def list_merchants(ctx: typer.Context, *, only: Only = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """List merchants by your ids."""
    _list(ctx, Party.MERCHANT, only, limit, as_json=as_json)


@merchant.command("show")
def show_merchant(ctx: typer.Context, name: MerchantId, *, as_json: AsJson = False) -> None:
    """Show a merchant with its screenings, limits and orders."""
    _show(ctx, Party.MERCHANT, name, as_json=as_json)


@merchant.command("screen")
def screen_merchant(
    ctx: typer.Context,
    name: MerchantId,
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
    """Record what an outside service says of a merchant; the newest outcome decides."""
    _screen(
        ctx, Party.MERCHANT, name, status=status, provider=provider, reference=reference, on=on, expires=expires,
        actor=actor, as_of=as_of, as_json=as_json,
    )  # fmt: skip


@merchant.command("iat-view")
def iat_view(
    ctx: typer.Context,
    name: MerchantId,
    *,
    view: Annotated[str, typer.Option(help="Where the ODFI's written view is: letter, date, who signed.")],
    international: Annotated[bool, typer.Option("--international/--domestic", help="What the ODFI says they are.")],
    on: Day = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record the ODFI's written view whether debits for a merchant paid out abroad are international."""
    _act(
        ctx, Party.MERCHANT, name, "has the ODFI's view on record",
        lambda action, key: note_iat_view(action, key, view=view, on=_day(action, on), international=international),
        actor=actor, as_of=as_of, as_json=as_json,
    )  # fmt: skip


@merchant.command("payout")
def payout(
    ctx: typer.Context,
    name: MerchantId,
    *,
    abroad: Annotated[bool, typer.Option("--abroad/--at-home", help="Where it is paid out.")],
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record whether a merchant is paid out abroad; then its debits wait for the ODFI's view."""
    _act(
        ctx, Party.MERCHANT, name, f"is paid out {'abroad' if abroad else 'at home'}",
        lambda action, key: set_paid_abroad(action, key, abroad=abroad, reason=reason),
        actor=actor, as_of=as_of, as_json=as_json,
    )  # fmt: skip


@merchant.command("limit")
def limit_merchant(
    ctx: typer.Context,
    name: MerchantId,
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
    _act(
        ctx, Party.MERCHANT, name, "has its limit",
        lambda action, key: set_merchant_limit(action, key, minor=minor, entries=orders, reason=reason),
        actor=actor, as_of=as_of, as_json=as_json,
    )  # fmt: skip


@buyer.command("list")
def list_buyers(ctx: typer.Context, *, only: Only = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """List buyers by your ids."""
    _list(ctx, Party.BUYER, only, limit, as_json=as_json)


@buyer.command("show")
def show_buyer(ctx: typer.Context, name: BuyerId, *, as_json: AsJson = False) -> None:
    """Show a buyer with screenings and orders."""
    _show(ctx, Party.BUYER, name, as_json=as_json)


@buyer.command("screen")
def screen_buyer(
    ctx: typer.Context,
    name: BuyerId,
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
    """Record what an outside service says of a buyer; the newest outcome decides."""
    _screen(
        ctx, Party.BUYER, name, status=status, provider=provider, reference=reference, on=on, expires=expires,
        actor=actor, as_of=as_of, as_json=as_json,
    )  # fmt: skip


@buyer.command()
def suspend(
    ctx: typer.Context,
    name: BuyerId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Suspend a buyer: nothing is debited, and what is sealed and not sent is not sent."""
    _act(
        ctx, Party.BUYER, name, "is suspended", lambda action, key: suspend_buyer(action, key, reason=reason),
        actor=actor, as_of=as_of, as_json=as_json,
    )  # fmt: skip


@buyer.command()
def resume(
    ctx: typer.Context,
    name: BuyerId,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Let a suspended buyer be debited again."""
    _act(
        ctx, Party.BUYER, name, "is resumed", lambda action, key: resume_buyer(action, key, reason=reason),
        actor=actor, as_of=as_of, as_json=as_json,
    )  # fmt: skip
