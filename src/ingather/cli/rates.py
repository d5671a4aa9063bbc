"""``ingather rates``: how many debits come back, against the limits; and merchants suspended and let go on."""

from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.actions.context import Context
from ingather.actions.rates import resume_merchant, suspend_merchant
from ingather.base.ids import Prefix
from ingather.cli.options import As, AsJson, AsOf, Reason, acting, console, desk_of, done, end, key_of, print_json
from ingather.domain.merchants import Party
from ingather.domain.refusals import ExitCode, NoSuch
from ingather.jobs.rates import Which, rates_of
from ingather.rules.rates import Level, Slice, percent
from ingather.store.reading import parties

MerchantName = Annotated[str, typer.Argument(metavar="ID", help="A merchant's id, mer_..., or your own.")]


def rates(
    ctx: typer.Context,
    *,
    by: Annotated[Slice | None, typer.Option(help="Only all debits together, or one kind of slice.")] = None,
    method: Annotated[Which, typer.Option(help="What returns are divided by.")] = Which.BOTH,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show the return rates of sixty days against their limits; exit 11 when one is over its limit."""
    found = rates_of(desk_of(ctx, default_actor="system:read", as_of=as_of), by=by, which=method)
    if as_json:
        print_json(found)
    else:
        _show(found)
    over = any(row["level"] == Level.OVER and row["permitted"] for row in found["rates"])
    end(ExitCode.LIMIT if over else ExitCode.DONE)


def _show(found: dict[str, Any]) -> None:
    """Print the rates; a slice of which nothing came back is left out, unless it is all debits together."""
    table = Table("of", "rate", "by", "returns", "debits", "", "limit", "level", "more until the limit", box=None,
                  header_style="dim")  # fmt: skip
    shown = [row for row in found["rates"] if row["returns"] or row["by"] == Slice.ALL]
    colours = {Level.OVER: "red", Level.WARNING: "yellow"}
    for row in shown:
        bps, colour = row["rate_bps"], colours.get(row["level"])
        word = row["level"].replace("_", " ")
        level = f"[{colour}]{word}[/]" if colour else word
        table.add_row(
            row["name"] or "all", row["rate"], row["method"], f"{row['returns']:,}", f"{row['debits']:,}",
            "" if bps is None else percent(bps), percent(row["limit_bps"]), level,
            f"{row['more_until_limit']:,}",
        )  # fmt: skip
    if not shown:
        console.print(f"No debit settled from {found['first_day']} to {found['on']}.")
        return
    console.print(table)
    console.print(f"Debits and returns that settled from {found['first_day']} to {found['on']}.", style="dim")
    if any(row["one_return_is_over"] and row["debits"] for row in shown):
        console.print("Where debits are few, a single return is over a limit: look at the numbers, not at the rate.")
    if found["unmatched"]:
        console.print(f"{found['unmatched']:,} returns fit no debit of ours and count nowhere.")


def suspend(
    ctx: typer.Context, name: MerchantName, *, reason: Reason, actor: As = None, as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Suspend a merchant: nothing is debited for it, and what is sealed and not sent is not sent."""
    with acting(ctx, actor, as_of) as action:
        suspend_merchant(action, _key(action, name), reason=reason)
    done(as_json, name, "is suspended")


def resume(
    ctx: typer.Context, name: MerchantName, *, reason: Reason, actor: As = None, as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Let a suspended merchant be debited for again."""
    with acting(ctx, actor, as_of) as action:
        resume_merchant(action, _key(action, name), reason=reason)
    done(as_json, name, "is resumed")


def _key(ctx: Context, name: str) -> int:
    if name.startswith(f"{Prefix.MERCHANT}_"):
        return key_of(Prefix.MERCHANT, name)
    found = parties.key_of_party(ctx.session, Party.MERCHANT, name)
    if found is None:
        fact = f"there is no merchant {name}"
        raise NoSuch(fact)
    return found
