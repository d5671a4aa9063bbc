"""``ingather whatif``: the book's own history under another hold and reserve, beside today's policy."""

from datetime import date
from typing import Annotated, Any

import typer
from rich.table import Table

from ingather.base.money import format_minor
from ingather.cli.options import AsJson, AsOf, console, desk_of, print_json
from ingather.cli.owing import parse_share
from ingather.jobs.whatif import compared

_LONGEST = 180
_FIGURES = (
    ("from settlement until paid, days", "delay_days"),
    ("came back late", "late_minor"),
    ("  and was still held", "held_minor"),
    ("  covered by reserves", "reserve_minor"),
    ("  taken out of later payouts", "netted_minor"),
    ("  missing at the end", "missing_minor"),
    ("most owed to us on one day", "worst_minor"),
)


def whatif(
    ctx: typer.Context,
    *,
    hold_days: Annotated[
        int | None, typer.Option(min=0, max=_LONGEST, help="Calendar days after collection until money is payable.")
    ] = None,
    reserve: Annotated[str | None, typer.Option(help="The share kept in reserve, in percent: 5 or 2.5.")] = None,
    reserve_days: Annotated[int | None, typer.Option(min=0, max=_LONGEST, help="For how many days.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Debits that settled from this day on.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Replay what was collected: cash delay, loss and rate headroom under other terms beside today's policy."""
    desk = desk_of(ctx, default_actor="system:read", as_of=as_of)
    found = compared(
        desk, hold_days=hold_days, reserve_bps=parse_share(reserve), reserve_days=reserve_days, first=_day(since)
    )
    if as_json:
        print_json(found)
    else:
        _show(found)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = "--from: write a day such as 2026-11-20"
        raise typer.BadParameter(message) from None


def _show(found: dict[str, Any]) -> None:
    if not found["debits"]:
        console.print("Nothing was collected in that time: there is no history to replay.")
        return
    total = format_minor(found["collected_minor"])
    console.print(f"{found['debits']:,} debits over {total} USD that were collected, by {found['as_of']}.")
    table = Table("", "today's policy", "what if", box=None, header_style="dim")
    for words, name in _FIGURES:
        cells = [found[side][name] for side in ("today", "what_if")]
        table.add_row(words, *(cell if name == "delay_days" else format_minor(cell) for cell in cells))
    for column in table.columns[1:]:
        column.justify = "right"
    console.print(table)
    for row in found["rate_headroom"]:
        console.print(
            f"{row['rate']} returns, by {row['method']}: {row['more_until_limit']:,} more until the limit, whatever "
            "the hold: debits count there, not payouts.",
            style="dim",
            soft_wrap=True,
        )
