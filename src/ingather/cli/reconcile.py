"""``ingather reconcile``: what moved on the account explained, what is open, and the close of a banking day."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ingather.actions.reconciliation.by_hand import (
    Choice,
    choice_of_batch,
    choice_of_fee,
    choice_of_return,
    locked_posting,
    match_by_hand,
    undo_posting_match,
)
from ingather.actions.reconciliation.day_report import DayReport, day_as_dict
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.cli.given_days import in_reach
from ingather.cli.options import (
    As,
    AsJson,
    AsOf,
    Reason,
    Verbs,
    acting,
    console,
    desk_of,
    done,
    end,
    key_of,
    print_json,
)
from ingather.domain.actors import RECONCILE
from ingather.domain.reconciliation import MatchKind
from ingather.domain.refusals import ExitCode, NoSuch, WrongState
from ingather.jobs.reconcile import run_close, run_reconcile, run_sign
from ingather.store.reading import bank_postings

app = typer.Typer(cls=Verbs, help="Explain what moved on the account, and close its days.", invoke_without_command=True)

Account = Annotated[str | None, typer.Option("--feed", help="Only this account, fed_...")]
Day = Annotated[str, typer.Argument(help="The banking day, such as 2026-11-23.")]
PostingId = Annotated[str, typer.Argument(metavar="POSTING", help="A posting's id, pst_...")]


@app.callback()
def reconcile(
    ctx: typer.Context,
    *,
    feed: Account = None,
    as_of: AsOf = None,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Explain what can be explained; exit 0 when the day balances, 13 when something is open, 20 for a report gap."""
    if ctx.invoked_subcommand is None:
        run(ctx, feed=feed, as_of=as_of, actor=actor, as_json=as_json)


@app.command()
def run(
    ctx: typer.Context, *, feed: Account = None, as_of: AsOf = None, actor: As = None, as_json: AsJson = False
) -> None:
    """Do the same as without a verb: explain what can be explained, and say how the last day stands."""
    desk = desk_of(ctx, actor=actor, default_actor=RECONCILE, as_of=as_of)
    report = run_reconcile(desk, as_of=desk.clock().astimezone(NEW_YORK).date(), feed=feed)
    if as_json:
        print_json(
            {
                "did": report.did,
                "explained": dict(sorted(report.by_rule.items())),
                "confirmed": report.confirmed,
                "cases": report.cases,
                "reopened": report.reopened,
                "days": [day_as_dict(day) for day in report.days],
                "exit_code": int(report.exit_code),
            }
        )
    else:
        explained = report.by_rule.total()
        console.print(f"{explained} posting(s) explained, {report.confirmed} batch(es) settled or confirmed by them.")
        for day in report.reopened:
            console.print(f"[yellow]open again[/] {day}: it was signed, and something was booked on it since")
        if not report.days:
            console.print("No statement of an account has been taken.")
        for each in report.days:
            show_day(each)
    end(report.exit_code)


@app.command("close")
def close(
    ctx: typer.Context,
    day: Day,
    *,
    feed: Account = None,
    folder: Annotated[Path | None, typer.Option("--to", help="Where the page is written.")] = None,
    as_of: AsOf = None,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Close a banking day: keep how it stands, with a page to sign. Another person signs it."""
    desk = desk_of(ctx, actor=actor, as_of=as_of)
    reports = run_close(desk, day_of(day), feed=feed, folder=folder)
    if as_json:
        print_json({"did": "something", "days": [day_as_dict(each) for each in reports]})
    else:
        for each in reports:
            show_day(each)
            way = f"Another person signs it: ingather reconcile sign {day} --as NAME" if each.balanced else ""
            console.print(f"{day} is {'balanced' if each.balanced else 'open'}. {way}".strip(), soft_wrap=True)
    end(ExitCode.DONE if all(each.balanced for each in reports) else ExitCode.UNMATCHED)


@app.command("sign")
def sign(
    ctx: typer.Context,
    day: Day,
    *,
    feed: Account = None,
    note: Annotated[str | None, typer.Option(help="A sentence that is kept with it.")] = None,
    as_of: AsOf = None,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Sign a closed day off, as another person than who closed it."""
    rows = run_sign(desk_of(ctx, actor=actor, as_of=as_of), day_of(day), feed=feed, note=note)
    done(as_json, day, f"is signed by {rows[0].signed_by}", called="day", closed_by=rows[0].made_by,
         signed_by=rows[0].signed_by)  # fmt: skip


@app.command("list")
def list_postings(
    ctx: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that are explained too.")] = False,
    on: Annotated[str | None, typer.Option(help="Only those of this day.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List postings on the account that nothing explains."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = bank_postings.listed(view.session, open_only=not everything, on=day_of(on) if on else None, limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("No such posting." if everything or on else "Every posting is explained.")
        return
    table = Table("id", "on", "code", "event", "amount", "explained", box=None, header_style="dim")
    for row in found:
        table.add_row(row["id"], row["value_on"], row["code"], row["event"], format_minor(row["amount_minor"]),
                      "yes" if row["matched"] else "")  # fmt: skip
    table.columns[4].justify = "right"
    console.print(table)


@app.command("show")
def show(ctx: typer.Context, posting: PostingId, *, as_json: AsJson = False) -> None:
    """Show a posting: what explains it, or what might."""
    with desk_of(ctx, default_actor="system:read").view() as view:
        found = bank_postings.shown(view.session, key_of(Prefix.POSTING, posting))
    if found is None:
        fact = f"there is no posting {posting}"
        raise NoSuch(fact)
    if as_json:
        print_json(found)
        return
    console.print(f"{found['id']}  [bold]{format_minor(found['amount_minor'])}[/] {found['currency']} on "
                  f"{found['value_on']}, {found['code']} ({found['event']}), of {found['report']} line {found['line']}",
                  soft_wrap=True)  # fmt: skip
    for match in found["matches"]:
        undone = f", undone: {match['undone_because']}" if match["undone_because"] else ""
        console.print(f"  {match['id']}  {match['kind']} {match['target']}  {format_minor(match['amount_minor'])}  "
                      f"{match['rule']} ({match['score']}){undone}", soft_wrap=True, markup=False)  # fmt: skip
    for each in found["suggestions"]:
        console.print(f"  perhaps {each['kind']} {each['target']}  {format_minor(each['amount_minor'])} "
                      f"on {each['on']} ({each['score']})", style="dim", soft_wrap=True)  # fmt: skip


@app.command("match")
def match(
    ctx: typer.Context,
    posting: PostingId,
    *,
    reason: Reason,
    batch: Annotated[str | None, typer.Option(help="The batch that settled, bat_...")] = None,
    returned: Annotated[str | None, typer.Option("--return", help="The return that it took, ret_...")] = None,
    fee: Annotated[bool, typer.Option("--fee", help="A charge of this amount that the bank told of.")] = False,
    note: Annotated[bool, typer.Option("--note", help="None of these: the reason says what it is.")] = False,
    as_of: AsOf = None,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Explain a posting by hand: by a batch, a return, a charge, or in words."""
    if sum((batch is not None, returned is not None, fee, note)) != 1:
        fact = "a posting is one thing"
        raise WrongState(fact, "Give one of --batch, --return, --fee and --note")
    key = key_of(Prefix.POSTING, posting)
    with acting(ctx, actor, as_of) as action:
        row = locked_posting(action, key)
        if batch is not None:
            choice = choice_of_batch(action, key_of(Prefix.BATCH, batch))
        elif returned is not None:
            choice = choice_of_return(action, key_of(Prefix.RETURN, returned))
        else:
            choice = choice_of_fee(action, row.feed_id, row.amount_minor) if fee else Choice(kind=MatchKind.BY_HAND)
        match_id = match_by_hand(action, key, choice, reason=reason)
    done(as_json, posting, f"is explained; {public_id(Prefix.MATCH, match_id)} says by what",
         match=public_id(Prefix.MATCH, match_id))  # fmt: skip


@app.command("undo")
def undo(
    ctx: typer.Context,
    match_id: Annotated[str, typer.Argument(metavar="MATCH", help="A match's id, mat_...")],
    *,
    reason: Reason,
    as_of: AsOf = None,
    actor: As = None,
    as_json: AsJson = False,
) -> None:
    """Undo a match of a posting, with the others of the same posting; the rules never say it again."""
    with acting(ctx, actor, as_of) as action:
        posting_id = undo_posting_match(action, key_of(Prefix.MATCH, match_id), reason=reason)
    name = public_id(Prefix.POSTING, posting_id)
    done(as_json, match_id, f"is undone; {name} is in suspense again", posting=name)


def day_of(text: str) -> date:
    """Return a day as it is typed; anything else ends the command with a sentence."""
    try:
        return in_reach(date.fromisoformat(text))
    except ValueError:
        message = f"{text} is no day; write 2026-11-23"
        raise typer.BadParameter(message) from None


def show_day(day: DayReport) -> None:
    """Show a day: its equations, its postings, and what is open."""
    console.print(f"\n[bold]{day.day}[/]  {day.feed.bank} ...{day.feed.account_last4}")
    table = Table("", "must hold", "is", "should be", box=None, header_style="dim")
    for each in day.equations:
        table.add_row("[green]✓[/]" if each.holds else "[red]✗[/]", each.sentence, format_minor(each.left),
                      format_minor(each.right))  # fmt: skip
    table.columns[2].justify = table.columns[3].justify = "right"
    console.print(table)
    share = "" if day.automatic_bps is None else f", {day.automatic_bps // 100} % by the rules"
    console.print(f"{day.sums.matched} of {day.sums.postings} posting(s) explained{share}.")
    for kind in day.suspense:
        console.print(f"[yellow]open[/] {kind.count} {kind.kind.replace('_', ' ')}, {format_minor(kind.cents)} USD, "
                      f"with the {kind.owner} since {kind.oldest_on}", soft_wrap=True)  # fmt: skip
    if day.gaps:
        console.print(f"[red]{day.gaps} report(s) never came[/]: ingather case list")
