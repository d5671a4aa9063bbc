"""``ingather order``: look at the orders, and decide what a person decides."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.order_decisions import correct_order, paid_order
from ingather.actions.orders import cancel_order, fail_order, hold_order, unhold_order
from ingather.actions.suspected import confirm_order
from ingather.base.ids import Prefix
from ingather.base.money import format_minor
from ingather.cli.given_days import if_given
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    KnownAt,
    OrderId,
    Reason,
    Verbs,
    console,
    decided,
    desk_of,
    done,
    key_of,
    known_at_of,
    print_json,
)
from ingather.domain.orders import OrderState
from ingather.domain.refusals import NoSuch
from ingather.store.reading import orders
from ingather.store.reading.next_steps import deadlines_of, next_steps_of
from ingather.store.reading.pages import Wanted
from ingather.store.reading.past import orders as past
from ingather.store.reading.timeline import life_of, moments_of

app = typer.Typer(cls=Verbs, help="The orders.", no_args_is_help=True)


@app.command("list")
def list_orders(
    ctx: typer.Context,
    *,
    state: Annotated[OrderState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """List orders, oldest first."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        at = known_at_of(known_at, now=view.now)
        if at is None:
            found = orders.listed(view.session, state=state, limit=limit)
        else:
            filters = {} if state is None else {"state": [state]}
            found, _ = past.page_known(view.session, at, Wanted(limit=limit, newest_first=False, filters=filters))
    if as_json:
        print_json(found)
        return
    table = Table("id", "order", "merchant", "amount", "due", "state", "code", "why", box=None, header_style="dim")
    for row in found:
        name = f"{row['external_id']}/{row['instalment']}"
        table.add_row(
            row["id"], name, row["merchant"], format_minor(row["amount_minor"]), str(row["due_on"]), row["state"],
            row["last_code"] or "", row["reason"] or ("held" if row["held"] else ""),
        )  # fmt: skip
    console.print(table)


@app.command("show")
def show_order(ctx: typer.Context, order: OrderId, *, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """Show an order with its entries, returns and facts."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        at, key = known_at_of(known_at, now=view.now), key_of(Prefix.ORDER, order)
        found = orders.shown(view.session, key) if at is None else past.shown(view.session, key, at)
    if found is None:
        fact = f"there is no order {order}" if at is None else f"there was no order {order} at {at:%Y-%m-%d %H:%M %Z}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    console.print(
        f"{found['id']}  {found['external_id']}, instalment {found['instalment']}  [bold]{found['state']}[/]\n"
        f"{format_minor(found['amount_minor'])} {found['currency']} for {found['merchant']}, due {found['due_on']}, "
        f"under {found['authorization']}" + (f", not debited: {found['reason']}" if found["reason"] else ""),
    )
    for row in found["entries"]:
        ended = f", {row['ended']}" if row["ended"] else ""
        settled = f", settled {row['settled_on']}, on hold until {row['hold_until']}" if row["settled_on"] else ""
        console.print(
            f"{row['presentation']}. {row['kind']} {row['entry_class']} {row['description']}, trace {row['trace']}, "
            f"line {row['line']} of {row['file']} ({row['file_state']}), "
            f"effective {row['effective_on']}{settled}{ended}",
        )
    for row in found["returns"]:
        console.print(f"returned {row['code']} on {row['returned_on']}{', late' if row['late'] else ''}")
    for row in found["facts"]:
        console.print(f"{row['on']}  {row['kind']} by {row['actor']}", style="dim")


@app.command()
def explain(ctx: typer.Context, order: OrderId, *, as_json: AsJson = False) -> None:
    """Tell an order's life: calls, file lines, bank records, ledger lines, deadlines, and what is next."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        life = life_of(view.session, key_of(Prefix.ORDER, order))
        if life is None:
            fact = f"there is no order {order}"
            raise NoSuch(fact)
        told: dict[str, Any] = {
            "order": order,
            "state": life.order.state,
            "timeline": [asdict(each) for each in moments_of(view.session, life)],
            "deadlines": [asdict(each) for each in deadlines_of(view.session, life)],
            "next_steps": [asdict(each) for each in next_steps_of(life)],
        }
    if as_json:
        print_json(told)
        return
    console.print(f"{order}  [bold]{told['state']}[/]")
    for each in told["timeline"]:
        by = f"  [dim]by {each['actor']}[/]" if each["actor"] else ""
        console.print(f"{each['at']:%Y-%m-%d %H:%M}  {each['kind']:<9}{each['sentence']}{by}", soft_wrap=True)
    for each in told["deadlines"]:
        console.print(f"{each['on']}        {each['kind']}: {each['sentence']}", soft_wrap=True)
    for each in told["next_steps"]:
        when = f" ({each['on']})" if each["on"] else ""
        console.print(f"next, {each['who']}{when}: {each['sentence']}", soft_wrap=True)


@app.command()
def cancel(
    ctx: typer.Context, order: OrderId, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Cancel an open order."""
    decided(ctx, actor, as_of, lambda action: cancel_order(action, key_of(Prefix.ORDER, order), reason=reason))
    done(as_json, order, "is canceled")


@app.command()
def fail(
    ctx: typer.Context, order: OrderId, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Give up a returned order: it is not debited again, and its merchant is told that it failed."""
    decided(ctx, actor, as_of, lambda action: fail_order(action, key_of(Prefix.ORDER, order), reason=reason))
    done(as_json, order, "is given up")


@app.command()
def hold(
    ctx: typer.Context, order: OrderId, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Keep an order from being debited; if it is sealed and not sent, its file is made again without it."""
    decided(ctx, actor, as_of, lambda action: hold_order(action, key_of(Prefix.ORDER, order), reason=reason))
    done(as_json, order, "is held")


@app.command()
def confirm(
    ctx: typer.Context, order: OrderId, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Let an order be debited that looks like another one: both are owed."""
    decided(ctx, actor, as_of, lambda action: confirm_order(action, key_of(Prefix.ORDER, order), reason=reason))
    done(as_json, order, "is confirmed")


@app.command()
def unhold(
    ctx: typer.Context, order: OrderId, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Let a held order be debited again."""
    decided(ctx, actor, as_of, lambda action: unhold_order(action, key_of(Prefix.ORDER, order), reason=reason))
    done(as_json, order, "is let go")


@app.command()
def paid(
    ctx: typer.Context, order: OrderId, *, reason: Reason, actor: As = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Note that the buyer paid an open or returned order otherwise: it is never debited again."""
    state = decided(ctx, actor, as_of, lambda action: paid_order(action, key_of(Prefix.ORDER, order), reason=reason))
    done(as_json, order, f"is paid otherwise, and {state}")


@app.command()
def correct(
    ctx: typer.Context,
    order: OrderId,
    *,
    reason: Reason,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], callback=if_given, help="The first day it may settle.")
    ] = None,
    actor: As = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Plan the one corrected debit that may follow a return as not authorized on those terms."""
    day = decided(
        ctx,
        actor,
        as_of,
        lambda action: correct_order(action, key_of(Prefix.ORDER, order), reason=reason, on=on.date() if on else None),
    )
    done(as_json, order, f"is debited once more, corrected, from {day} on")
