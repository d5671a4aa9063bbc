"""The inbound run: what the bank delivered is kept, read, applied and set aside, each report by itself.

One bad report stops nothing but itself. A run that dies is run again: what was kept is not kept twice, what was
applied is not applied twice, and what was not set aside is seen again.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ingather.actions.reconciliation.feeds import advance_feed, lock_feed
from ingather.actions.reconciliation.settling import infer_settlements
from ingather.actions.report_profiles import profiles_of
from ingather.actions.reports.keeping import (
    close_read,
    deliveries_kept,
    has_kept,
    keep_again,
    keep_parts,
    keep_report,
    kept_bytes,
    reports_of,
)
from ingather.actions.reports.taking import Taken, take_report
from ingather.actions.validating.passing import pass_checks
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import ExitCode
from ingather.gateway.channel import Channel, ChannelFault, InboundName
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.reconcile import explain_account
from ingather.jobs.restored import refuse_restored
from ingather.reports.recognise import read_reports
from ingather.store.locks import inbound_lock
from ingather.store.tables import Report


@dataclass(slots=True)  # mutable -- filled in while the run goes on
class InboundReport:
    """What an inbound run did: what became of each report, those the bank did not hand over with why, and totals."""

    reports: list[Taken] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    collected: int = 0
    explained: int = 0
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


def run_inbound(desk: Desk, *, only: str = "") -> InboundReport:
    """Take everything that lies in the channels' inbound folders, then settle, move watermarks and release.

    With ``only`` the bank of that route is asked, and no other. Raises ``InboundRunning`` when another run is at it and
    ``BookRestored``: a restored book takes reports in the order in which its files went out, by ``reconcile``.
    """
    with inbound_lock(desk.engine):
        refuse_restored(desk)
        return _take_delivered(desk, only)


def release_due(desk: Desk) -> InboundReport:
    """Release what is past its hold, without asking any bank; raises ``InboundRunning`` when another run is at it."""
    with inbound_lock(desk.engine):
        report = InboundReport()
        close_books(desk, desk.routes(), report)
        desk.remember()
        return report


def _take_delivered(desk: Desk, only: str) -> InboundReport:
    report = InboundReport()
    routes = desk.routes()
    take_left_over(desk, routes, report)
    for route in routes:
        if only not in {"", route.row.name}:
            continue
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
            _note(report, delivered.name, taken)
            for each in taken:
                desk.tell("taken", name=delivered.name, state=each.state)
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
    return take_deliveries(desk, [(path.name, path.read_bytes()) for path in paths])


def take_deliveries(desk: Desk, contents: Sequence[tuple[str, bytes]]) -> InboundReport:
    """Take deliveries given by hand, each a name and its bytes; raises ``InboundRunning`` when another run is at it."""
    report = InboundReport()
    routes = desk.routes()
    with inbound_lock(desk.engine):
        refuse_restored(desk)
        for name, data in contents:
            _note(report, name, take_bytes(desk, routes[0], name=name, data=data))
        close_books(desk, routes, report)
    desk.remember()
    return report


def take_bytes(desk: Desk, route: BankRoute, *, name: str, data: bytes) -> list[Taken]:
    """Keep a delivery's bytes, then read and apply each report in it; returns what became of each, in their order.

    One transaction keeps the bytes, so that nothing received is ever lost, and each report has its own: one that cannot
    be taken stops none of its neighbours. Bytes that were taken before are not read again.
    """
    with desk.action() as ctx:
        report_id, new = keep_report(ctx, route.row.originator_id, name=name, data=data)
        waiting = new or has_kept(ctx, report_id)
    desk.tell("kept", name=name, new=new)
    if not waiting:
        with desk.view() as ctx:
            return [_again(row) for row in reports_of(ctx, report_id)]
    return _take_each(desk, route, report_id, data)


def _take_each(desk: Desk, route: BankRoute, report_id: int, data: bytes) -> list[Taken]:
    with desk.view() as ctx:
        row = ctx.session.get_one(Report, report_id)
        near = row.received_at.astimezone(NEW_YORK).date()
        profiles = profiles_of(ctx, route.row.originator_id)
        several = len(reports_of(ctx, report_id)) > 1
    found = read_reports(data, near=near, tolerated=route.profile.tolerances.tolerated, profiles=profiles)
    keys = [report_id]
    if len(found) > 1 or several:
        with desk.action() as ctx:
            keys = keep_parts(ctx, report_id, len(found))
    taken = []
    for key, reading in zip(keys, found, strict=True):
        with desk.action() as ctx:
            taken.append(take_report(ctx, key, reading, profile=route.profile))
    return taken


def take_anew(desk: Desk, report_id: int) -> InboundReport:
    """Read a delivery that could not be read once more, and take it; raises as ``keep_again`` and ``run_inbound``."""
    report, routes = InboundReport(), desk.routes()
    with inbound_lock(desk.engine):
        refuse_restored(desk)
        with desk.action() as ctx:
            delivery = keep_again(ctx, report_id)
            name = ctx.session.get_one(Report, delivery).name
            data = kept_bytes(ctx, delivery)
        _note(report, name, _take_each(desk, routes[0], delivery, data))
        with desk.action() as ctx:
            close_read(ctx, delivery)
        close_books(desk, routes, report)
    desk.remember()
    return report


def _again(row: Report) -> Taken:
    return Taken(report_id=row.id, state=row.state, carrier=row.carrier, again=True)


def _note(report: InboundReport, name: str, taken: list[Taken]) -> None:
    report.reports += taken
    report.names += [name] * len(taken)


def take_left_over(desk: Desk, routes: list[BankRoute], report: InboundReport) -> None:
    """Apply what an earlier run kept and did not come to apply."""
    with desk.view() as ctx:
        kept = deliveries_kept(ctx)
    for report_id, name in kept:
        with desk.view() as ctx:
            data = kept_bytes(ctx, report_id)
        _note(report, name, _take_each(desk, routes[0], report_id, data))


def close_books(desk: Desk, routes: list[BankRoute], report: InboundReport) -> None:
    """Settle what may be inferred, move every watermark, release what is past its hold, and hear prenotes' silence."""
    for route in routes:
        with desk.action() as ctx:
            lock_feed(ctx, route.row.feed_id)
            report.explained += explain_account(ctx, route)
            report.inferred += infer_settlements(ctx, route.row, profile=route.profile)
            advance = advance_feed(ctx, route.row.feed_id)
            report.gaps += advance.gaps
            report.collected += advance.collected
            report.validated += pass_checks(ctx, route.row.originator_id)
    report.collected += sum(taken.collected for taken in report.reports)


def report_name(taken: Taken) -> str:
    """Return a report's public id."""
    return public_id(Prefix.REPORT, taken.report_id)
