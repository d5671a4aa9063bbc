"""``ingather merchant terms``, ``invoice``, ``paid`` and ``write-off``: what a merchant agreed to, and what it owes."""

from typing import Annotated

import typer

from ingather.actions.settlements.owing import approve_loss, ask_loss, invoice_merchant, note_invoice_paid
from ingather.actions.settlements.terms import set_terms
from ingather.base.money import format_minor, parse_minor
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    KnownAt,
    Reason,
    acting,
    console,
    decided,
    desk_of,
    done,
    known_at_of,
    print_json,
)
from ingather.cli.payouts import merchant_key
from ingather.domain.payouts import PayoutMethod
from ingather.rules.release import OwnTerms
from ingather.store.reading import settlements

_Name = Annotated[str, typer.Argument(metavar="ID", help="A merchant: your id, or mer_...")]
_HUNDRED_PERCENT = 10_000


def add_to(app: typer.Typer) -> None:
    """Give the merchants' group its verbs of terms and debts."""
    app.command("terms")(terms)
    app.command("owes")(owes)
    app.command("invoice")(invoice)
    app.command("paid")(paid)
    app.command("write-off")(write_off)
    app.command("write-off-approve")(write_off_approve)


def parse_share(reserve: str | None) -> int | None:
    """Return what ``--reserve`` says in percent as hundredths of one; None where it is not given.

    Raises ``BadParameter`` for what is no percentage from 0 to 100 with at most two decimals.
    """
    if reserve is None:
        return None
    try:
        bps = parse_minor(reserve)
    except ValueError as error:
        message = f"--reserve: {error}"
        raise typer.BadParameter(message) from None
    if not 0 <= bps <= _HUNDRED_PERCENT:
        message = "--reserve is a percentage from 0 to 100"
        raise typer.BadParameter(message)
    return bps


def terms(
    ctx: typer.Context,
    name: _Name,
    *,
    hold_days: Annotated[
        int | None, typer.Option(min=0, max=180, help="How many days after collection money is payable.")
    ] = None,
    reserve: Annotated[
        str | None, typer.Option(help="How much of what is collected is kept in reserve, in percent: 5 or 2.5.")
    ] = None,
    tier: Annotated[str | None, typer.Option(help="A tier of the policy.")] = None,
    payout_method: Annotated[PayoutMethod | None, typer.Option(help="How it is paid.")] = None,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Set a merchant's own terms, all of them: what is not given is as the policy says."""
    bps = parse_share(reserve)
    with acting(ctx, actor, as_of) as action:
        own = OwnTerms(tier=tier, hold_days=hold_days, reserve_bps=bps)
        set_terms(action, merchant_key(action, name), own, method=payout_method, reason=reason)
    done(as_json, name, "has its terms from the next statement on")


def owes(ctx: typer.Context, name: _Name, *, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """Show where a merchant stands: available, in reserve, and owing by invoice."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        at = known_at_of(known_at, now=view.now)
        found = settlements.owed(view.session, merchant_key(view, name), known_at=at)
    if as_json:
        print_json(found)
        return
    for what, minor in found.items():
        console.print(f"{what.removesuffix('_minor')}: {format_minor(minor)} USD", markup=False)


def invoice(ctx: typer.Context, name: _Name, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Turn what a merchant is short of into an invoice now, before the policy's days are over."""
    with acting(ctx, actor, as_of) as action:
        minor = invoice_merchant(action, merchant_key(action, name))
    done(as_json, name, f"owes {format_minor(minor)} USD by invoice", called="merchant", minor=minor)


def paid(
    ctx: typer.Context,
    name: _Name,
    *,
    amount: Annotated[str, typer.Option(help="What it paid, such as 120.00.")],
    reference: Annotated[str, typer.Option(help="The payment's reference.")],
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Note that a merchant has paid what it owed by invoice, or a part of it."""
    try:
        minor = parse_minor(amount)
    except ValueError as error:
        message = f"--amount: {error}"
        raise typer.BadParameter(message) from None
    with acting(ctx, actor, as_of) as action:
        left = note_invoice_paid(action, merchant_key(action, name), minor=minor, reference=reference)
    done(as_json, name, f"still owes {format_minor(left)} USD by invoice", called="merchant", left_minor=left)


def write_off(
    ctx: typer.Context,
    name: _Name,
    *,
    reason: Reason,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Ask that what a merchant owes by invoice be taken as a loss; a second person approves it."""
    minor = decided(ctx, actor, as_of, lambda action: ask_loss(action, merchant_key(action, name), reason=reason))
    done(
        as_json, name, f"waits for a second person to lose {format_minor(minor)} USD: ingather merchant "
        f"write-off-approve {name}", called="merchant", minor=minor,
    )  # fmt: skip


def write_off_approve(
    ctx: typer.Context, name: _Name, *, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Take what a merchant owes by invoice as a loss, as the second person."""
    minor = decided(ctx, actor, as_of, lambda action: approve_loss(action, merchant_key(action, name)))
    done(as_json, name, f"owes nothing any more; {format_minor(minor)} USD are lost", called="merchant", minor=minor)
