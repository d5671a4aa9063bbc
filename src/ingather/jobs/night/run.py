"""One night: what was left over is finished, due orders are sealed file by file, approved by policy, and sent.

A night of a day that has passed is refused; a second night of the same day finds nothing to do.
"""

from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select, update

from ingather.actions.authorizations.states import expire_authorizations
from ingather.actions.files.approval import approve_file, void_file
from ingather.actions.files.sending import settles_same_day
from ingather.actions.follow_ups.deciding import expire_follow_ups
from ingather.actions.rates import pause_merchants
from ingather.actions.standing_cases import keep_clocks
from ingather.actions.unpaid import note_unpaid
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.actors import AUTO_APPROVE
from ingather.domain.files import FileState
from ingather.domain.refusals import ExitCode, LimitReached, WrongState
from ingather.jobs.anchoring import Anchored, anchor_head
from ingather.jobs.desk import Desk
from ingather.jobs.keys import renew as renew_keys
from ingather.jobs.night.checks import end_silent_checks, seal_checks
from ingather.jobs.night.due_files import DueFiles, Share, evening_of
from ingather.jobs.night.follow_ups import seal_follow_ups
from ingather.jobs.night.giving_up import give_up
from ingather.jobs.night.numbering import LookedAt
from ingather.jobs.night.payouts import seal_payouts
from ingather.jobs.night.spending import OwnSpending, spent_so_far
from ingather.jobs.night.workers import refuse_workers, seal_in_shares
from ingather.jobs.requests import send_asked
from ingather.jobs.restored import refuse_restored
from ingather.jobs.transmit import send_approved
from ingather.jobs.watch import watch
from ingather.rules.alarms import Alarm
from ingather.rules.effective import reachable
from ingather.rules.limits import Spent
from ingather.store.approvals import was_taken_back
from ingather.store.locks import night_lock
from ingather.store.months import keep_months
from ingather.store.tables import Book, File

LIMITS = frozenset({"buyer-limit", "merchant-limit", "night-limit", "exposure-limit"})


@dataclass(slots=True)  # mutable -- filled in while the night goes on
class NightReport:
    """What a night did: counts, money in cents, refusals by reason, and the files with where each stands."""

    night_on: date
    sealed_orders: int = 0
    sealed_cents: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    sealed: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    voided: list[str] = field(default_factory=list)
    in_doubt: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    needs_approval: list[str] = field(default_factory=list)
    limit: str = ""
    given_up: int = 0
    overdue: int = 0
    checks: int = 0
    follow_ups: int = 0
    payouts: int = 0
    validated: int = 0
    unpaid: list[str] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)
    anchored: Anchored | None = None
    workers_lost: int = 0
    dry_run: bool = False

    @property
    def did(self) -> str:
        """Return ``something`` or ``nothing``."""
        done = self.sealed or self.sent or self.voided or self.in_doubt or self.given_up or self.requests
        return "something" if done else "nothing"

    @property
    def exit_code(self) -> ExitCode:
        """Return how the command ends: doubt first, then a lost worker, a limit, a bank that refuses, an approval."""
        if self.in_doubt:
            return ExitCode.IN_DOUBT
        if self.workers_lost:
            return ExitCode.HAS_ERRORS
        if self.limit or LIMITS & self.refused.keys():
            return ExitCode.LIMIT
        if self.waiting:
            return ExitCode.REFUSED_BY_BANK
        return ExitCode.NEEDS_APPROVAL if self.needs_approval else ExitCode.DONE


def run_night(desk: Desk, *, dry_run: bool = False, workers: int = 1) -> NightReport:
    """Run the night of the clock's date; raises ``NightRunning``, ``BookRestored`` or ``WrongState``.

    With ``dry_run`` everything is decided, built and read back, and nothing is kept or sent. On PostgreSQL several
    ``workers`` divide the due orders by their buckets; a dry run needs one.
    """
    refuse_workers(desk, workers)
    night_on = desk.clock().astimezone(NEW_YORK).date()
    report = NightReport(night_on=night_on, dry_run=dry_run)
    with night_lock(desk.engine) as lock:
        desk = replace(desk, alone=lock.confirm)
        refuse_restored(desk)
        _refuse_earlier_night(desk, night_on, dry_run=dry_run)
        if not dry_run:
            renew_keys(desk)
            keep_months(desk.engine, night_on)
            _void_stale(desk, report)
            _finish(desk, report)
            _expire(desk)
            report.validated = end_silent_checks(desk)
            report.paused = _note_rates(desk)
        _seal_due(desk, report, workers=workers)
        _seal_checks(desk, report)
        _seal_follow_ups(desk, report)
        _seal_payouts(desk, report)
        if not dry_run:
            _approve(desk)
            _finish(desk, report)
            # A file that was voided for what changed since it was sealed is sealed again without it, once.
            if report.voided:
                _seal_due(desk, report, workers=workers)
                _seal_checks(desk, report)
                _seal_follow_ups(desk, report)
                _seal_payouts(desk, report)
                _approve(desk)
                _finish(desk, report)
            if not report.limit and not report.workers_lost:
                ended = give_up(desk)
                report.given_up, report.overdue = ended.orders, ended.waiting
            report.unpaid = _note_unpaid(desk)
            _keep_clocks(desk)
            report.requests = send_asked(desk)
            report.anchored = anchor_head(desk)
            report.alarms = watch(desk)
    return report


def _keep_clocks(desk: Desk) -> None:
    """Open, escalate and close the cases that the calendar does."""
    originator_id, policy = desk.originator_id(), desk.policy()
    with desk.action() as ctx:
        keep_clocks(ctx, originator_id, policy=policy)


def _note_unpaid(desk: Desk) -> list[str]:
    """Raise the alarm for merchants that are not paid what was collected; returns their external ids."""
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        return [each.external_id for each in note_unpaid(ctx, originator_id)]


def _note_rates(desk: Desk) -> list[str]:
    """Note the return rates that are over a limit; returns the merchants paused for it, by their external ids."""
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        return pause_merchants(ctx, originator_id).paused


def _refuse_earlier_night(desk: Desk, night_on: date, *, dry_run: bool) -> None:
    with desk.view() as ctx:
        last = ctx.session.execute(select(Book.last_night_on)).scalar_one()
    if last is not None and night_on < last:
        fact = f"the last night was {last}; a night of {night_on} would go back in time"
        raise WrongState(fact, "Check the machine's clock or --as-of")
    if last != night_on and not dry_run:
        with desk.action() as ctx:
            ctx.session.execute(update(Book).values(last_night_on=night_on))
            ctx.audit("begin_night", "book", night_on=night_on.isoformat())


def _expire(desk: Desk) -> None:
    """End the authorizations whose last day has passed, and withdraw the follow-ups whose last day is out of reach."""
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        expire_authorizations(ctx, originator_id)
        expire_follow_ups(ctx, originator_id)


def _void_stale(desk: Desk, report: NightReport) -> None:
    """Void what waited for an approval until its effective date was out of reach; its orders are sealed again now."""
    windows = {route.row.id: route.profile.window for route in desk.routes()}
    with desk.view() as ctx:
        waiting = ctx.session.scalars(select(File).where(File.state == FileState.SEALED).order_by(File.id)).all()
        ctx.session.expunge_all()
    for file in waiting:
        if reachable(file.effective_on, desk.clock(), windows[file.route_id], same_day=settles_same_day(file)):
            continue
        with desk.action() as ctx:
            void_file(ctx, file.id, reason=f"nobody approved it while settlement on {file.effective_on} was in reach")
        report.voided.append(public_id(Prefix.FILE, file.id))
        desk.tell("voided", file=report.voided[-1])


def _finish(desk: Desk, report: NightReport) -> None:
    """Send what is approved, look for evidence of what was on its way, and say what waits for a person."""
    outcome = send_approved(desk)
    report.sent.extend(outcome.sent)
    report.voided.extend(outcome.voided)
    report.in_doubt, report.waiting = outcome.in_doubt, outcome.waiting
    with desk.view() as ctx:
        waiting = ctx.session.scalars(select(File.id).where(File.state == FileState.SEALED).order_by(File.id))
        report.needs_approval = [public_id(Prefix.FILE, file_id) for file_id in waiting]


def _seal_due(desk: Desk, report: NightReport, *, workers: int) -> None:
    evening = evening_of(desk, report.night_on, dry_run=report.dry_run)
    if evening is None:
        return

    def spent() -> Spent:
        return spent_so_far(desk, evening.night_on, evening.passages)

    if workers == 1 or report.dry_run:
        sealed = DueFiles(desk, evening, Share(spending=OwnSpending(spent), numbering=LookedAt())).seal()
    else:
        sealed, report.workers_lost = seal_in_shares(desk, evening, spent(), workers)
    report.sealed_orders += sealed.orders
    report.sealed_cents += sealed.cents
    report.sealed += sealed.files
    report.refused = sealed.refused
    report.limit = sealed.limit or report.limit


def _seal_checks(desk: Desk, report: NightReport) -> None:
    """Seal the prenotes and micro-entries that people, or by policy the orders that wait for them, want."""
    try:
        names, checks = seal_checks(desk, night_on=report.night_on, dry_run=report.dry_run)
    except LimitReached as limit:
        report.limit = str(limit)
        return
    report.sealed += names
    report.checks += checks


def _seal_follow_ups(desk: Desk, report: NightReport) -> None:
    """Seal the reversals, refunds and return fees that are wanted."""
    try:
        sealed = seal_follow_ups(desk, night_on=report.night_on, dry_run=report.dry_run)
    except LimitReached as limit:
        report.limit = str(limit)
        return
    report.sealed += sealed.files
    report.follow_ups += sealed.count


def _seal_payouts(desk: Desk, report: NightReport) -> None:
    """Seal the approved payouts to merchants that go by file."""
    sealed = seal_payouts(desk, night_on=report.night_on, dry_run=report.dry_run)
    report.sealed += sealed.files
    report.payouts += sealed.count


def _approve(desk: Desk) -> None:
    """Approve by policy what is under the profile's limit; the rest waits for a person."""
    limits = {route.row.id: route.profile.auto_approve_under_cents for route in desk.routes()}
    with desk.view() as ctx:
        rows = ctx.session.execute(
            select(File.id, File.route_id, File.debit_cents, File.credit_cents)
            .where(File.state == FileState.SEALED, ~was_taken_back(File.id))
            .order_by(File.id),
        ).all()
    for file_id, route_id, debit_cents, credit_cents in rows:
        if max(debit_cents, credit_cents) < limits.get(route_id, 0):
            with desk.as_actor(AUTO_APPROVE).action() as ctx:
                # Asked again in the turn: a person may have decided about it since.
                still = select(File.id).where(
                    File.id == file_id, File.state == FileState.SEALED, ~was_taken_back(File.id)
                )
                if ctx.session.execute(still).first() is None:
                    continue
                approve_file(ctx, file_id)
            desk.tell("approved", file=public_id(Prefix.FILE, file_id))
