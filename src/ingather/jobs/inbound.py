"""The inbound run: what the bank delivered is kept, read, applied and set aside, each report by itself.

One bad report stops nothing but itself. A run that dies is run again: what was kept is not kept twice, what was
applied is not applied twice, and what was not set aside is seen again.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import select

from ingather.actions.reconciliation.feeds import advance_feed, lock_feed
from ingather.actions.reconciliation.settling import infer_settlements
from ingather.actions.reports import Taken, keep_report, kept_bytes, take_report
from ingather.actions.validating.passing import pass_checks
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import ExitCode
from ingather.domain.reports import ReportState
from ingather.gateway.channel import Channel, ChannelFault, InboundName
from ingather.jobs.desk import BankRoute, Desk
from ingather.reports.items import Report as ReadReport
from ingather.reports.recognise import read_report
from ingather.store.locks import inbound_lock
from ingather.store.tables import Report


@dataclass(slots=True)  # mutable -- filled in while the run goes on
class InboundReport:
    """What an inbound run did: what became of each report, those the bank did not hand over with why, and totals."""

    reports: list[Taken] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    collected: int = 0
    inferred: int = 0
    validated: int = 0
    gaps: int = 0
    waiting: dict[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> Counter[str]:
        """Return the return and change codes applied, with their counts."""
        return sum((taken.codes for taken in self.reports), Counter())

    @property
    def did(self) -> str:
        """Return ``something`` or ``nothing``."""
        fresh = any(not taken.again for taken in self.reports)
        return "something" if fresh or self.collected or self.inferred or self.validated else "nothing"

    @property
    def exit_code(self) -> ExitCode:
        """Return how the command ends."""
        if any(taken.unmatched or taken.state in {"conflict", "unreadable"} for taken in self.reports):
            return ExitCode.UNMATCHED
        if self.waiting:
            return ExitCode.REFUSED_BY_BANK
        return ExitCode.REPORT_GAP if self.gaps else ExitCode.DONE


def run_inbound(desk: Desk) -> InboundReport:
    """Take everything that lies in the channels' inbound folders, then settle, move watermarks and release.

    Raises ``InboundRunning`` when another run is at it.
    """
    with inbound_lock(desk.engine):
        return _take_delivered(desk)


def _take_delivered(desk: Desk) -> InboundReport:
    report = InboundReport()
    routes = desk.routes()
    _take_left_over(desk, routes, report)
    for route in routes:
        channel = desk.channel(route)
        for delivered in _listed(desk, route, channel, report):
            try:
                data = channel.fetch(delivered.name)
            except ChannelFault as fault:
                # It is still being written, too large, or not to be had now: the others are taken all the same.
                desk.tell("waiting", name=delivered.name, why=str(fault))
                report.waiting[delivered.name] = str(fault)
                continue
            taken = take_bytes(desk, route, name=delivered.name, data=data)
            with suppress(ChannelFault):
                # What stays there is seen again by the next run, and known.
                channel.set_aside(delivered.name)
            report.reports.append(taken)
            report.names.append(delivered.name)
            desk.tell("taken", name=delivered.name, state=taken.state)
    close_books(desk, routes, report)
    desk.remember()
    return report


def _listed(desk: Desk, route: BankRoute, channel: Channel, report: InboundReport) -> list[InboundName]:
    """Return what the bank has delivered; one that gives no answer is noted and asked again by the next run."""
    try:
        return channel.inbound()
    except ChannelFault as fault:
        desk.tell("waiting", name=route.row.name, why=str(fault))
        report.waiting[route.row.name] = str(fault)
        return []


def take_paths(desk: Desk, paths: list[Path]) -> InboundReport:
    """Take report files given by hand; raises ``OSError`` for one that cannot be read, before any is taken.

    Raises ``InboundRunning`` when another run is at it.
    """
    contents = [(path.name, path.read_bytes()) for path in paths]
    report = InboundReport()
    routes = desk.routes()
    with inbound_lock(desk.engine):
        for name, data in contents:
            report.reports.append(take_bytes(desk, routes[0], name=name, data=data))
            report.names.append(name)
        close_books(desk, routes, report)
    desk.remember()
    return report


def take_bytes(desk: Desk, route: BankRoute, *, name: str, data: bytes) -> Taken:
    """Keep a report's bytes, then read and apply them: two transactions, so that nothing received is ever lost."""
    with desk.action() as ctx:
        report_id, new = keep_report(ctx, route.row.originator_id, name=name, data=data)
    desk.tell("kept", name=name, new=new)
    with desk.action() as ctx:
        return take_report(ctx, report_id, _read(data, ctx.today, route), profile=route.profile)


def _read(data: bytes, today: date, route: BankRoute) -> ReadReport:
    """Return what some bytes say, read with the tolerance that the route's bank profile asks for."""
    return read_report(data, near=today, tolerated=route.profile.tolerances.tolerated)


def _take_left_over(desk: Desk, routes: list[BankRoute], report: InboundReport) -> None:
    """Apply what an earlier run kept and did not come to apply."""
    with desk.view() as ctx:
        kept = ctx.session.execute(
            select(Report.id, Report.name).where(Report.state == ReportState.KEPT).order_by(Report.id),
        ).all()
    for report_id, name in kept:
        with desk.action() as ctx:
            reading = _read(kept_bytes(ctx, report_id), ctx.today, routes[0])
            report.reports.append(take_report(ctx, report_id, reading, profile=routes[0].profile))
        report.names.append(name)


def close_books(desk: Desk, routes: list[BankRoute], report: InboundReport) -> None:
    """Settle what may be inferred, move every watermark, release what is past its hold, and hear prenotes' silence."""
    for route in routes:
        with desk.action() as ctx:
            lock_feed(ctx, route.row.feed_id)
            report.inferred += infer_settlements(ctx, route.row, profile=route.profile)
            advance = advance_feed(ctx, route.row.feed_id)
            report.gaps += advance.gaps
            report.collected += advance.collected
            report.validated += pass_checks(ctx, route.row.originator_id)
    report.collected += sum(taken.collected for taken in report.reports)


def report_name(taken: Taken) -> str:
    """Return a report's public id."""
    return public_id(Prefix.REPORT, taken.report_id)
