"""One night: what was left over is finished, due orders are sealed file by file, approved by policy, and sent.

A night of a day that has passed is refused; a second night of the same day finds nothing to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlalchemy import select, update

from ingather.actions.authorizations.states import expire_authorizations
from ingather.actions.files.approval import approve_file, void_file
from ingather.actions.files.sealing import seal_file
from ingather.actions.files.sending import settles_same_day
from ingather.actions.follow_ups.deciding import expire_follow_ups
from ingather.actions.rates import pause_merchants
from ingather.actions.standing_cases import keep_clocks
from ingather.actions.unpaid import note_unpaid
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.actors import AUTO_APPROVE
from ingather.domain.files import FileState
from ingather.domain.refusals import ExitCode, LimitReached, LostClaim, WrongState
from ingather.jobs.desk import Desk
from ingather.jobs.night.building import build, head_of, to_seal
from ingather.jobs.night.checks import end_silent_checks, seal_checks
from ingather.jobs.night.follow_ups import seal_follow_ups
from ingather.jobs.night.giving_up import give_up
from ingather.jobs.night.numbering import look_at_numbers, name_in_files
from ingather.jobs.night.payouts import seal_payouts
from ingather.jobs.night.planning import Chosen, Passage, decide_page, lay_out, passages_of, reasons_of
from ingather.jobs.requests import send_asked
from ingather.jobs.restored import refuse_restored
from ingather.jobs.transmit import send_approved
from ingather.jobs.watch import watch
from ingather.rules.alarms import Alarm
from ingather.rules.effective import reachable
from ingather.rules.limits import Spent
from ingather.store.due import DueOrders, read_due
from ingather.store.exposure import read_spent
from ingather.store.locks import night_lock
from ingather.store.merchants import read_merchants
from ingather.store.tables import Book, File, Order, Originator

PAGE = 100_000
LIMITS = frozenset({"buyer-limit", "merchant-limit", "night-limit", "exposure-limit"})
_ATTEMPTS = 5


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
    dry_run: bool = False

    @property
    def did(self) -> str:
        """Return ``something`` or ``nothing``."""
        done = self.sealed or self.sent or self.voided or self.in_doubt or self.given_up or self.requests
        return "something" if done else "nothing"

    @property
    def exit_code(self) -> ExitCode:
        """Return how the command ends: doubt weighs most, then a limit, a bank that refuses, a missing approval."""
        if self.in_doubt:
            return ExitCode.IN_DOUBT
        if self.limit or LIMITS & self.refused.keys():
            return ExitCode.LIMIT
        if self.waiting:
            return ExitCode.REFUSED_BY_BANK
        return ExitCode.NEEDS_APPROVAL if self.needs_approval else ExitCode.DONE


def run_night(desk: Desk, *, dry_run: bool = False) -> NightReport:
    """Run the night of the clock's date; raises ``NightRunning``, ``BookRestored`` or ``WrongState``.

    With ``dry_run`` everything is decided, built and read back, and nothing is kept or sent.
    """
    night_on = desk.clock().astimezone(NEW_YORK).date()
    report = NightReport(night_on=night_on, dry_run=dry_run)
    with night_lock(desk.engine):
        refuse_restored(desk)
        _refuse_earlier_night(desk, night_on, dry_run=dry_run)
        if not dry_run:
            _void_stale(desk, report)
            _finish(desk, report)
            _expire(desk)
            report.validated = end_silent_checks(desk)
            report.paused = _note_rates(desk)
        _seal_due(desk, report)
        _seal_checks(desk, report)
        _seal_follow_ups(desk, report)
        _seal_payouts(desk, report)
        if not dry_run:
            _approve(desk)
            _finish(desk, report)
            # A file that was voided for what changed since it was sealed is sealed again without it, once.
            if report.voided:
                _seal_due(desk, report)
                _seal_checks(desk, report)
                _seal_follow_ups(desk, report)
                _seal_payouts(desk, report)
                _approve(desk)
                _finish(desk, report)
            if not report.limit:
                ended = give_up(desk)
                report.given_up, report.overdue = ended.orders, ended.waiting
            report.unpaid = _note_unpaid(desk)
            _keep_clocks(desk)
            report.requests = send_asked(desk)
            desk.remember()
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


def _seal_due(desk: Desk, report: NightReport) -> None:
    now = desk.clock()
    passages = passages_of(desk.routes(), now)
    if not passages:
        return
    through = max(passage.effective_on for passage in passages)
    spent = _spent(desk, report.night_on, passages)
    after, attempts = 0, 0
    report.refused = {}
    while True:
        with desk.view() as ctx:
            originator = ctx.session.execute(select(Originator.id, Originator.name)).one()
            merchants = read_merchants(ctx.session, originator.id)
            page = read_due(
                ctx.session, originator_id=originator.id, through=through, after=after, limit=PAGE,
                merchants=merchants,
            )  # fmt: skip
        if page is None:
            return
        desk.tell("page", orders=len(page))
        try:
            spent = _seal_page(desk, report, page, passages, spent, (originator.id, originator.name))
        except LostClaim:
            # Somebody changed an order meanwhile: the same page is read and built again without it.
            spent, attempts = _spent(desk, report.night_on, passages), attempts + 1
            if attempts == _ATTEMPTS:
                raise
            continue
        except LimitReached as limit:
            report.limit = str(limit)
            return
        after, attempts = int(page.due.order_id[-1]), 0


def _spent(desk: Desk, night_on: date, passages: Sequence[Passage]) -> Spent:
    """Return what has used the limits so far, as the book says it; only what some profile limits is read."""
    profiles = [passage.route.profile for passage in passages]
    with desk.view() as ctx:
        return read_spent(
            ctx.session,
            night_on=night_on,
            today=ctx.today,
            settling_on={passage.effective_on for passage in passages if passage.route.profile.buyer_most},
            exposure=any(profile.exposure_limit.debit_cents for profile in profiles),
        )


def _seal_page(
    desk: Desk,
    report: NightReport,
    page: DueOrders,
    passages: Sequence[Passage],
    spent: Spent,
    originator: tuple[int, str],
) -> Spent:
    decided = decide_page(page, passages, spent=spent, policy=desk.policy())
    reasons = reasons_of(decided.codes)
    if not report.dry_run:
        _note_refusals(desk, page, reasons)
    for chosen in decided.files:
        _seal_one(desk, report, page, chosen, originator)
    for reason in reasons:
        if reason is not None:
            report.refused[reason] = report.refused.get(reason, 0) + 1
    return decided.spent


def _seal_one(desk: Desk, report: NightReport, page: DueOrders, chosen: Chosen, originator: tuple[int, str]) -> None:
    numbers_of = chosen.rows.tolist()
    account = desk.vault.open_many(
        [page.account_id[row] for row in numbers_of],
        [page.sealed_number[row] for row in numbers_of],
    )
    planned = lay_out(page, chosen, account)
    with desk.view() as ctx:
        numbers = look_at_numbers(ctx, chosen.route, desk)
    built = build(planned, head_of(chosen.route.profile, desk.clock(), numbers), numbers)
    new = to_seal(
        planned,
        built,
        numbers=numbers,
        originator_id=originator[0],
        originator=name_in_files(originator[1]),
        night_on=report.night_on,
    )
    if not report.dry_run:
        with desk.action() as ctx:
            file_id = seal_file(ctx, new)
        report.sealed.append(public_id(Prefix.FILE, file_id))
    report.sealed_orders += len(chosen.rows)
    report.sealed_cents += int(page.due.amount_minor[chosen.rows].sum())
    desk.tell("sealed", name=new.name, entries=len(chosen.rows))


def _note_refusals(desk: Desk, page: DueOrders, reasons: list[str | None]) -> None:
    """Write down why orders are not debited, where that has changed; a reason is not a claim and needs no version."""
    changed: dict[str, list[int]] = {}
    for order_id, reason, known in zip(page.due.order_id.tolist(), reasons, page.reason, strict=True):
        if reason is not None and reason != known:
            changed.setdefault(reason, []).append(order_id)
    if not changed:
        return
    with desk.action() as ctx:
        for reason, order_ids in changed.items():
            for part in np.array_split(np.array(order_ids), len(order_ids) // 5_000 + 1):
                ctx.session.execute(
                    update(Order)
                    .where(Order.id.in_(part.tolist()))
                    .values(reason=reason)
                    .execution_options(synchronize_session=False),
                )
        ctx.audit("note_refusals", "book", **{reason: len(order_ids) for reason, order_ids in changed.items()})


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
            .where(File.state == FileState.SEALED)
            .order_by(File.id),
        ).all()
    for file_id, route_id, debit_cents, credit_cents in rows:
        if max(debit_cents, credit_cents) < limits.get(route_id, 0):
            with desk.as_actor(AUTO_APPROVE).action() as ctx:
                approve_file(ctx, file_id)
            desk.tell("approved", file=public_id(Prefix.FILE, file_id))
