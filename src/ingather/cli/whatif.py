"""``ingather whatif``: the book's own history under another hold and reserve, beside today's policy."""

from datetime import date, timedelta
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from ingather.actions.rules import policy_of
from ingather.base.money import format_minor
from ingather.cli.options import AsJson, AsOf, console, desk_of, print_json
from ingather.cli.owing import parse_share
from ingather.cli.rates import rates_of
from ingather.jobs.desk import Desk
from ingather.rules.rates import Slice
from ingather.rules.whatif import Replay, ReplayTerms, replay
from ingather.store.whatif import read_collected, terms_of

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


def compared(
    desk: Desk, *, hold_days: int | None, reserve_bps: int | None, reserve_days: int | None, first: date | None = None
) -> dict[str, Any]:
    """Return today's policy and the other terms side by side; a term that is not given stays as it is today."""
    originator_id = desk.originator_id()
    with desk.view() as view:
        policy, today = policy_of(view, originator_id).settlement, view.today
        collected = read_collected(
            view.session, originator_id, first=first or today - timedelta(days=730), last=today
        )  # fmt: skip
    now = terms_of(collected, policy)
    asked = (
        ("hold_days", hold_days, now.hold_days),
        ("reserve_bps", reserve_bps, now.reserve_bps),
        ("reserve_days", reserve_days, now.reserve_days),
    )
    other = ReplayTerms(
        **{name: column if value is None else np.full_like(column, value) for name, value, column in asked}
    )
    headroom = [
        {"rate": row["rate"], "method": row["method"], "rate_bps": row["rate_bps"], "limit_bps": row["limit_bps"],
         "more_until_limit": row["more_until_limit"]}
        for row in rates_of(desk, by=Slice.ALL)["rates"]
    ]  # fmt: skip
    return {
        "as_of": today.isoformat(),
        "debits": len(collected.history),
        "collected_minor": int(collected.history.amount_minor.sum()),
        "asked": {name: value for name, value, _ in asked if value is not None},
        "today": _figures(replay(collected.history, now)),
        "what_if": _figures(replay(collected.history, other)),
        "rate_headroom": headroom,
    }


def _figures(found: Replay) -> dict[str, Any]:
    figures = {name: getattr(found, name) for _, name in _FIGURES if name != "delay_days"}
    return {"delay_days": f"{found.delay_days_tenths // 10}.{found.delay_days_tenths % 10}", **figures}


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
