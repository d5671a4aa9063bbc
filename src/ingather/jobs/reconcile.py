"""Reconciling: what moved on an account is explained by what was sent and came back, and its days are closed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ingather.actions.context import Context
from ingather.actions.reconciliation.closing import close_day, reopen_changed, sign_day
from ingather.actions.reconciliation.day_report import DayReport, measure_day
from ingather.actions.reconciliation.expecting import explain_postings
from ingather.actions.reconciliation.feeds import lock_feed
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import ExitCode, NoSuch
from ingather.jobs.desk import BankRoute, Desk
from ingather.store.reading.reconciliation import bank_day, last_statement_on
from ingather.store.tables import BankDay, Feed


@dataclass(slots=True)  # mutable -- filled in while the run goes on
class ReconcileReport:
    """What a run explained and how the last day of each account stands; ``reopened`` are signed days that changed."""

    days: list[DayReport] = field(default_factory=list)
    by_rule: Counter[str] = field(default_factory=Counter)
    confirmed: int = 0
    cases: int = 0
    reopened: list[date] = field(default_factory=list)

    @property
    def did(self) -> str:
        """Return ``something`` or ``nothing``."""
        return "something" if self.by_rule or self.confirmed or self.cases or self.reopened else "nothing"

    @property
    def exit_code(self) -> ExitCode:
        """Return how the command ends: 20 for a report that never came, 13 when something is open, 0 when balanced."""
        if any(day.gaps for day in self.days):
            return ExitCode.REPORT_GAP
        is_open = any(not day.balanced or day.suspense or day.sums.matched < day.sums.postings for day in self.days)
        return ExitCode.UNMATCHED if is_open else ExitCode.DONE


def run_reconcile(desk: Desk, *, as_of: date | None = None, feed: str | None = None) -> ReconcileReport:
    """Explain each account's postings through a day, today unless given, and measure the day of its last statement.

    ``feed`` is the public id of one account. Each account is one transaction. Raises ``NoSuch`` for an unknown one.
    """
    report = ReconcileReport()
    for route in accounts_of(desk, feed):
        with at_feed(desk, route) as (ctx, row):
            through = as_of or ctx.today
            reconcile_feed(ctx, row, route, report, through=through)
        with desk.view() as ctx:
            row = ctx.session.get_one(Feed, route.row.feed_id)
            day = last_statement_on(ctx.session, row.id, through=as_of or ctx.today)
            if day is not None:
                report.days.append(measure_day(ctx, row, day, terms=route.profile.posting))
            ctx.session.expunge_all()
    desk.remember()
    return report


def reconcile_feed(ctx: Context, row: Feed, route: BankRoute, report: ReconcileReport, *, through: date) -> None:
    """Explain one account's postings through a day; the feed is locked by the caller."""
    found = explain_postings(ctx, row, profile=route.profile, through=through)
    report.by_rule.update(found.by_rule)
    report.confirmed += found.confirmed
    report.cases += found.cases
    report.reopened += reopen_changed(ctx, row, found.days)


def explain_account(ctx: Context, route: BankRoute) -> int:
    """Explain what the reports just taken tell of one account's money; returns how many postings were explained.

    The feed is locked by the caller.
    """
    report = ReconcileReport()
    reconcile_feed(ctx, ctx.session.get_one(Feed, route.row.feed_id), route, report, through=ctx.today)
    return report.by_rule.total()


def run_close(desk: Desk, day: date, *, feed: str | None = None, folder: Path | None = None) -> list[DayReport]:
    """Close a day of each account: reconcile it, keep how it stands, and write its page where a folder is given."""
    reports = []
    for route in accounts_of(desk, feed):
        with at_feed(desk, route) as (ctx, row):
            reconcile_feed(ctx, row, route, ReconcileReport(), through=day)
            _, page, report = close_day(ctx, row, day, terms=route.profile.posting)
            ctx.session.flush()
            ctx.session.expunge(row)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / f"{day}-{row.bank}-{row.account_last4}.html"
            temporary = target.with_suffix(".html.part")
            temporary.write_text(page, encoding="utf-8")
            temporary.replace(target)
        reports.append(report)
    desk.remember()
    return reports


def close_of(ctx: Context, route: BankRoute, day: date) -> tuple[BankDay, DayReport]:
    """Close a day of one account in the transaction of the caller, once it is explained; raises as ``close_day``."""
    lock_feed(ctx, route.row.feed_id)
    row = ctx.session.get_one(Feed, route.row.feed_id)
    reconcile_feed(ctx, row, route, ReconcileReport(), through=day)
    closed, _, report = close_day(ctx, row, day, terms=route.profile.posting)
    return closed, report


def sign_of(ctx: Context, route: BankRoute, day: date, *, note: str | None) -> BankDay:
    """Sign a closed day of one account in the caller's transaction; raises as ``sign_day``."""
    lock_feed(ctx, route.row.feed_id)
    row = ctx.session.get_one(Feed, route.row.feed_id)
    return sign_day(ctx, row, day, terms=route.profile.posting, note=note)


def day_of_account(ctx: Context, route: BankRoute, day: date) -> tuple[DayReport, BankDay | None]:
    """Return how a day of one account stands now, and as it was closed, None where it was not."""
    row = ctx.session.get_one(Feed, route.row.feed_id)
    return measure_day(ctx, row, day, terms=route.profile.posting), bank_day(ctx.session, row.id, day)


def run_sign(desk: Desk, day: date, *, feed: str | None = None, note: str | None = None) -> list[BankDay]:
    """Sign a day of each account off, as another person than who closed it; raises as ``sign_day`` does."""
    signed = []
    for route in accounts_of(desk, feed):
        with at_feed(desk, route) as (ctx, row):
            signed.append(sign_day(ctx, row, day, terms=route.profile.posting, note=note))
            ctx.session.refresh(signed[-1])
            ctx.session.expunge(signed[-1])
    desk.remember()
    return signed


def accounts_of(desk: Desk, feed: str | None = None) -> list[BankRoute]:
    """Return the routes by which the accounts are known, one an account; raises ``NoSuch`` for an unknown account."""
    routes: dict[int, BankRoute] = {}
    for route in desk.routes():
        routes.setdefault(route.row.feed_id, route)
    chosen = [route for key, route in routes.items() if feed in {None, public_id(Prefix.FEED, key)}]
    if feed is not None and not chosen:
        fact = f"there is no account {feed}"
        raise NoSuch(fact, f"Known are: {', '.join(public_id(Prefix.FEED, key) for key in routes)}")
    return chosen


@contextmanager
def at_feed(desk: Desk, route: BankRoute) -> Iterator[tuple[Context, Feed]]:
    """Yield a transaction in which an account's feed is locked, and the feed."""
    with desk.action() as ctx:
        lock_feed(ctx, route.row.feed_id)
        yield ctx, ctx.session.get_one(Feed, route.row.feed_id)
