"""``ingather night`` and ``inbound``: files out, the bank's answers in."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ingather.base.money import format_minor
from ingather.cli.audit import anchored_as_dict, show_anchored
from ingather.cli.options import As, AsJson, AsOf, DryRun, console, desk_of, end, print_json
from ingather.cli.watch import alarms_as_dicts, show_alarms
from ingather.domain.actors import INBOUND, NIGHT
from ingather.jobs.inbound import InboundReport, report_name, run_inbound
from ingather.jobs.night.run import NightReport, run_night
from ingather.jobs.night.workers import MOST_WORKERS
from ingather.rules.debitable import REASONS

_NAMED = 5
_SAYS = {reason.id: (reason.sentence, reason.way_out) for reason in REASONS}


def night(
    ctx: typer.Context,
    *,
    workers: Annotated[
        int, typer.Option(min=1, max=MOST_WORKERS, help="Processes that divide the night; PostgreSQL only.")
    ] = 1,
    as_of: AsOf = None,
    actor: As = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Seal what is due into NACHA files, approve by policy, and send each file once."""
    report = run_night(desk_of(ctx, actor=actor, default_actor=NIGHT, as_of=as_of), dry_run=dry_run, workers=workers)
    if as_json:
        print_json(night_as_dict(report))
    else:
        show_night(report)
    end(report.exit_code)


def night_as_dict(report: NightReport) -> dict[str, Any]:
    """Return a night's report as plain values."""
    return {
        "did": report.did,
        "night_on": report.night_on.isoformat(),
        "dry_run": report.dry_run,
        "orders": report.sealed_orders,
        "checks": report.checks,
        "follow_ups": report.follow_ups,
        "payouts": report.payouts,
        "accounts_validated": report.validated,
        "debit_cents": report.sealed_cents,
        "refused": report.refused,
        "sealed": report.sealed,
        "sent": report.sent,
        "voided": report.voided,
        "waiting": report.waiting,
        "needs_approval": report.needs_approval,
        "in_doubt": report.in_doubt,
        "limit": report.limit,
        "workers_lost": report.workers_lost,
        "given_up": report.given_up,
        "overdue": report.overdue,
        "unpaid": report.unpaid,
        "alarms": alarms_as_dicts(report.alarms),
        "requests": report.requests,
        "paused": report.paused,
        "audit_head": anchored_as_dict(report.anchored),
        "exit_code": int(report.exit_code),
    }


def show_night(report: NightReport) -> None:
    """Show a night to a person."""
    if report.did == "nothing" and not (report.sealed_orders or report.checks) and not report.needs_approval:
        console.print(f"Night of {report.night_on}: nothing to do.")
    else:
        verb = "would seal" if report.dry_run else "sealed"
        console.print(
            f"Night of {report.night_on}: {verb} {report.sealed_orders:,} orders over "
            f"{format_minor(report.sealed_cents)} USD, {len(report.sent)} file(s) sent.",
        )
    _show_checks(report)
    for file in report.needs_approval:
        console.print(f"[yellow]waits[/]     {file} needs approval: ingather file approve {file} --as NAME")
    for file in report.voided:
        console.print(f"[yellow]voided[/]    {file}; its other orders were sealed again")
    for file in report.waiting:
        console.print(f"[red]not sent[/]  {file}: the bank did not take it; the next run tries again")
    for file in report.in_doubt:
        console.print(f"[red]in doubt[/]  {file}: ask the bank, then: ingather file resolve {file}")
    for name in report.requests:
        console.print(f"[green]asked[/]     {name}: what the bank is asked to do")
    _show_overdue(report)
    _show_unsealed(report)
    show_anchored(report.anchored)
    show_alarms(report.alarms)


def _show_unsealed(report: NightReport) -> None:
    if report.workers_lost:
        console.print(
            f"[red]lost[/]      {report.workers_lost} worker(s) died before all was sealed: run the night again"
        )
    if report.limit:
        console.print(f"[red]limit[/]     {report.limit}")
    if report.refused:
        table = Table("orders", "why they are not debited", "the way out", box=None, header_style="dim")
        for reason, count in sorted(report.refused.items(), key=lambda item: -item[1]):
            table.add_row(str(count), *_SAYS.get(reason, (reason, "")))
        console.print(table)


def _show_overdue(report: NightReport) -> None:
    if report.given_up:
        console.print(f"[yellow]given up[/]  {report.given_up:,} order(s) that could not be debited for too long")
    if report.overdue:
        console.print(f"[yellow]overdue[/]   {report.overdue:,} order(s) wait as long for a person, a case or a limit")
    if report.paused:
        console.print(f"[red]paused[/]    for its return rates, see ingather rates: {escape(', '.join(report.paused))}")
    if report.unpaid:
        named = ", ".join(report.unpaid[:_NAMED]) + (" ..." if len(report.unpaid) > _NAMED else "")
        console.print(f"[red]unpaid[/]    {len(report.unpaid)} merchant(s) wait for their money: {escape(named)}")


def _show_checks(report: NightReport) -> None:
    if report.checks:
        verb = "would be tried" if report.dry_run else "are tried"
        console.print(f"{report.checks:,} accounts {verb} by prenote or micro-entries.")
    if report.validated:
        console.print(f"{report.validated:,} accounts are validated now: their prenotes were not answered.")


def inbound(ctx: typer.Context, *, as_of: AsOf = None, actor: As = None, as_json: AsJson = False) -> None:
    """Take what the bank delivered: acknowledgements, returns, changes, settlements."""
    report = run_inbound(desk_of(ctx, actor=actor, default_actor=INBOUND, as_of=as_of))
    if as_json:
        print_json(inbound_as_dict(report))
    else:
        show_inbound(report)
    end(report.exit_code)


def inbound_as_dict(report: InboundReport) -> dict[str, Any]:
    """Return an inbound run's report as plain values."""
    return {
        "did": report.did,
        "reports": [
            {
                "id": report_name(taken),
                "name": name,
                "carrier": taken.carrier,
                "state": str(taken.state),
                "again": taken.again,
                "items": taken.items,
                "applied": taken.applied,
                "known": taken.known,
                "unmatched": taken.unmatched,
                "problems": taken.problems,
            }
            for name, taken in zip(report.names, report.reports, strict=True)
        ],
        "codes": dict(report.codes),
        "collected": report.collected,
        "settlements_inferred": report.inferred,
        "accounts_validated": report.validated,
        "gaps": report.gaps,
        "waiting": list(report.waiting),
        "exit_code": int(report.exit_code),
    }


def show_inbound(report: InboundReport) -> None:
    """Show an inbound run to a person."""
    if not report.reports:
        console.print("The bank has delivered nothing new.")
    else:
        table = Table("report", "read as", "became", "applied", "known", "to a person", box=None, header_style="dim")
        for name, taken in zip(report.names, report.reports, strict=True):
            became = "seen before" if taken.again else str(taken.state)
            table.add_row(name, taken.carrier, became, str(taken.applied), str(taken.known), str(taken.unmatched))
        console.print(table)
    codes = ", ".join(f"{count} x {code}" for code, count in sorted(report.codes.items()))
    if codes:
        console.print(f"Applied {codes}.")
    if report.collected:
        console.print(f"{report.collected:,} orders are collected now.")
    if report.validated:
        console.print(f"{report.validated:,} accounts are validated now: their prenotes were not answered.")
    for name, why in report.waiting.items():
        console.print(f"[red]not taken[/]  {name}: the bank's folder did not hand it over; the next run tries again")
        console.print(f"  {why}", style="dim")
    if report.gaps:
        console.print(f"[red]{report.gaps} report(s) are missing:[/] nothing they could cover is released.")
