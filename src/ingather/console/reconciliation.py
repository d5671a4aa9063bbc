"""Reconciliation: the equations of each banking day, a day's postings and what explains them, suspense by its age."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from time import monotonic
from typing import Any

from starlette.responses import Response

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.reconciliation.day_report import DayReport, day_as_dict
from ingather.actions.reconciliation.suspense import OF_SUSPENSE
from ingather.base.ids import Prefix, public_id
from ingather.console.charts import bar
from ingather.console.pages import Pages
from ingather.console.rate_parts import banking_days
from ingather.console.settlements.turning import MOST_ROWS, day_of, dollars, rows_of
from ingather.console.visits import Visit
from ingather.domain.refusals import Refusal, Unreadable
from ingather.domain.users import Permission
from ingather.jobs.desk import BankRoute
from ingather.jobs.reconcile import accounts_of, close_of, day_of_account, run_reconcile, sign_of
from ingather.rules.calendar import FIRST_YEAR, LAST_YEAR, banking_day_on_or_after, is_banking_day
from ingather.store.reading import bank_days
from ingather.store.reading.day_postings import (
    POSTINGS_OF_DAY,
    UNEXPLAINED,
    DayCount,
    OpenMoney,
    closed_days,
    day_counts,
    open_money,
)
from ingather.store.reading.reconciliation import last_statement_on
from ingather.store.tables import BankDay, Feed

pages = Pages("Settlements")
_READS = Permission.REPORTS_READ
EQUATIONS = ("acknowledged", "settled", "returned", "charged", "collected", "cleared", "statement", "ledger")
"""The equations by name, in their order; the last three are the sixth."""
_DAYS = 12
_KEPT_S = 120.0
_MOST_S = 0.15
_UNEXPLAINED = 10
_AGES = ((1, "today or yesterday"), (5, "2 to 5 banking days"), (10, "6 to 10 banking days"), (10_000, "longer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """A banking day in the list: each equation as its difference, None for all where they were not measured now."""

    day: date
    state: str
    by: str
    count: DayCount | None
    differences: Sequence[int | None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """Money in suspense of one age: in words, how many questions, the amount without signs, and its bar."""

    words: str
    count: int
    minor: int
    bar: Any


@pages.get("/reconciliation", needs=_READS)
def list_days(visit: Visit) -> Response:
    """Show the banking days of an account with their equations, and what is in suspense."""
    accounts = accounts_of(visit.desk)
    chosen = _chosen(accounts, visit.asked.get("account"))
    with visit.view() as ctx:
        originator_id = originator_of(ctx).id
        waiting = open_money(ctx.session, originator_id, OF_SUSPENSE)
        rows, before = _days(visit, ctx, chosen, before=day_of(visit.asked.get("before"))) if chosen else ([], None)
        unexplained, following = (
            rows_of(visit, ctx, UNEXPLAINED, Prefix.POSTING, limit=_UNEXPLAINED, feed=chosen.row.feed_id)
            if chosen
            else ([], None)
        )
        return visit.show(
            "reconciliation/days.html",
            accounts=[_account(ctx, each) for each in accounts],
            account=_account(ctx, chosen) if chosen else None,
            equations=EQUATIONS,
            rows=rows,
            before=before,
            waiting=waiting,
            ages=_ages(visit, waiting),
            unexplained=unexplained,
            following=following,
        )


@pages.get("/reconciliation.csv", needs=_READS)
def give_days(visit: Visit) -> Response:
    """Give the days shown as CSV: of each equation the difference, empty where it was not measured."""
    accounts = accounts_of(visit.desk)
    chosen = _chosen(accounts, visit.asked.get("account"))
    rows: Sequence[DayRow] = []
    if chosen is not None:
        with visit.view() as ctx:
            rows, _ = _days(visit, ctx, chosen, before=day_of(visit.asked.get("before")), whole=True)
    table = [
        (row.day.isoformat(), row.state, row.by, row.count.postings if row.count else 0,
         row.count.matched if row.count else 0,
         *("" if each is None else dollars(each) for each in row.differences or ()))
        for row in rows
    ]  # fmt: skip
    return visit.csv("banking-days", ("day", "state", "by", "postings", "explained", *EQUATIONS), table)


@pages.post("/reconciliation/run", needs=Permission.REPORTS_WRITE)
def run(visit: Visit) -> Response:
    """Explain what can be explained on every account."""
    run_reconcile(visit.desk)
    _turn(visit)
    return visit.go("/reconciliation")


@pages.get("/reconciliation/{feed_id}/{day}", needs=_READS)
def show_day(visit: Visit) -> Response:
    """Show how a banking day of an account stands; as a row of the list where the list asks for it."""
    return _measured_row(visit) if visit.asked.get("as") == "row" else _day(visit)


@pages.get("/reconciliation/{feed_id}/{day}/postings.csv", needs=_READS)
def give_postings(visit: Visit) -> Response:
    """Give a day's postings with what explains each as CSV."""
    account, day = _named(visit)
    with visit.view() as ctx:
        rows, _ = rows_of(
            visit, ctx, POSTINGS_OF_DAY, Prefix.POSTING, newest_first=False, limit=MOST_ROWS,
            day=(account.row.feed_id, day),
        )  # fmt: skip
    table = [
        (row["id"], row["event"], row["code"], row["bank_ref"], dollars(row["amount_minor"]), row["value_on"],
         row["matched"], " ".join(sorted({each["rule"] for each in row["explained"]})))
        for row in rows
    ]  # fmt: skip
    head = ("posting", "event", "code", "bank_reference", "amount", "value_on", "explained", "by_rule")
    return visit.csv(f"postings-{day}", head, table)


@pages.post("/reconciliation/{feed_id}/{day}/close", needs=Permission.REPORTS_WRITE)
def close(visit: Visit) -> Response:
    """Close a banking day: explain what can be, and keep how it stands; another person signs it."""
    return _done(visit, close_of)


@pages.post("/reconciliation/{feed_id}/{day}/sign", needs=Permission.SETTLEMENTS_APPROVE, proof=True)
def sign(visit: Visit) -> Response:
    """Sign a closed day off, as another person than who closed it."""

    def do(ctx: Context, account: BankRoute, day: date) -> None:
        note = " ".join(visit.form.get("note", "").split())[:500] or None
        sign_of(ctx, account, day, note=note)

    return _done(visit, do)


def _done(visit: Visit, do: Callable[[Context, BankRoute, date], object]) -> Response:
    account, day = _named(visit)
    try:
        visit.desk.decide(lambda ctx: do(ctx, account, day))
    except Refusal as refusal:
        return _day(visit, refusal=refusal)
    visit.desk.remember()
    _turn(visit)
    return visit.go(f"/reconciliation/{visit.path['feed_id']}/{day}")


def _day(visit: Visit, *, refusal: Refusal | None = None) -> Response:
    account, day = _named(visit)
    only = visit.asked.get("only", "")
    with visit.view() as ctx:
        report, closed = day_of_account(ctx, account, day)
        rows, following = rows_of(
            visit, ctx, POSTINGS_OF_DAY, Prefix.POSTING, newest_first=False, day=(account.row.feed_id, day),
            matched=False if only == "open" else None,
        )  # fmt: skip
        kept = bank_days.as_dict(closed) if closed is not None else None
        return visit.show(
            "reconciliation/day.html",
            status=refusal.status if refusal else 200,
            account=_account(ctx, account),
            day=day,
            report=report,
            shown=day_as_dict(report),
            closed=kept,
            changed=_changed(report, kept),
            rows=rows,
            following=following,
            only=only,
            me=visit.caller.actor,
            may_close=visit.may(Permission.REPORTS_WRITE),
            may_sign=visit.may(Permission.SETTLEMENTS_APPROVE),
            refusal=refusal,
        )


def _changed(report: DayReport, kept: dict[str, Any] | None) -> bool:
    """Return whether a closed day does not stand as it was closed."""
    now = {each.id: (each.left, each.right) for each in report.equations}
    return (
        kept is not None
        and {each["id"]: (each["left_minor"], each["right_minor"]) for each in kept["equations"]} != now
    )


def _days(
    visit: Visit, ctx: Context, account: BankRoute, *, before: date | None, whole: bool = False
) -> tuple[list[DayRow], date | None]:
    """Return the banking days of an account through one, newest first, and the day before which the earlier ones are.

    A closed day stands as it was closed. The others are measured, as many as the page has time for unless the ``whole``
    is asked for; what was measured is known for two minutes, so that the next look measures the rest.
    """
    feed = ctx.session.get_one(Feed, account.row.feed_id)
    newest = last_statement_on(ctx.session, feed.id, through=visit.today + timedelta(days=30))
    if newest is None or feed.opened_on is None:
        return [], None
    day = min(newest, before - timedelta(days=1)) if before else newest
    days: list[date] = []
    while len(days) < _DAYS and day >= feed.opened_on:
        if is_banking_day(day):
            days.append(day)
        day -= timedelta(days=1)
    if not days:
        return [], None
    counts = day_counts(ctx.session, feed.id, first=days[-1], last=days[0])
    closed = closed_days(ctx.session, feed.id, first=days[-1], last=days[0])
    until = None if whole else monotonic() + _MOST_S
    rows = [_row(visit, ctx, account, each, counts.get(each), closed.get(each), until) for each in days]
    return rows, days[-1] if banking_day_on_or_after(feed.opened_on) < days[-1] else None


def _row(
    visit: Visit, ctx: Context, account: BankRoute, day: date, count: DayCount | None, closed: BankDay | None,
    until: float | None,
) -> DayRow:  # fmt: skip
    if closed is not None:
        kept: dict[str, list[int]] = closed.equations
        differences = [kept[name][0] - kept[name][1] if name in kept else None for name in EQUATIONS]
        by = closed.signed_by or closed.made_by
        return DayRow(day=day, state=closed.state, by=by, count=count, differences=differences)
    name = ("equations", _turns(visit), account.row.feed_id, day)
    try:
        measured = visit.front.kept.get(name, _KEPT_S, lambda: _measured(ctx, account, day, until))
    except TimeoutError:
        measured = None
    return DayRow(day=day, state="", by="", count=count, differences=measured)


def _measured_row(visit: Visit) -> Response:
    """Show a day as a row of the list, measured now: the list asks for those that it had no time for."""
    account, day = _named(visit)
    with visit.view() as ctx:
        count = day_counts(ctx.session, account.row.feed_id, first=day, last=day).get(day)
        closed = closed_days(ctx.session, account.row.feed_id, first=day, last=day).get(day)
        row = _row(visit, ctx, account, day, count, closed, None)
        return visit.show("reconciliation/row.html", row=row, account=_account(ctx, account))


def _measured(ctx: Context, account: BankRoute, day: date, until: float | None) -> list[int | None]:
    """Return the differences of a day's equations; raises ``TimeoutError`` when there is no time left to measure."""
    if until is not None and monotonic() > until:
        raise TimeoutError
    report, _ = day_of_account(ctx, account, day)
    return [each.left - each.right for each in report.equations]


def _turn(visit: Visit) -> None:
    """Let what was measured be measured anew: somebody has just acted."""
    _TURNS[id(visit.front)] = _turns(visit) + 1


def _turns(visit: Visit) -> int:
    return _TURNS.get(id(visit.front), 0)


_TURNS: dict[int, int] = {}


def _ages(visit: Visit, waiting: Sequence[OpenMoney]) -> list[Age]:
    """Return the money in suspense by age, in banking days."""
    found = [[0, 0] for _ in _AGES]
    for each in waiting:
        age = banking_days(each.opened_on, visit.today)
        place = next(at for at, (most, _) in enumerate(_AGES) if age <= most)
        found[place][0] += each.count
        found[place][1] += each.minor
    most = max([minor for _, minor in found] + [1])
    return [
        Age(words=words, count=count, minor=minor, bar=bar(minor / most, kind="bar-m"))
        for (_, words), (count, minor) in zip(_AGES, found, strict=True)
    ]


def _chosen(accounts: Sequence[BankRoute], asked: str | None) -> BankRoute | None:
    by_name = {public_id(Prefix.FEED, each.row.feed_id): each for each in accounts}
    return by_name.get(asked or "", accounts[0] if accounts else None)


def _account(ctx: Context, account: BankRoute) -> dict[str, Any]:
    feed = ctx.session.get_one(Feed, account.row.feed_id)
    return {
        "id": public_id(Prefix.FEED, feed.id),
        "bank": account.profile.name,
        "last4": feed.account_last4,
        "watermark": feed.watermark_on,
        "opened": feed.opened_on,
    }


def _named(visit: Visit) -> tuple[BankRoute, date]:
    day = day_of(visit.path["day"])
    if day is None or not FIRST_YEAR < day.year < LAST_YEAR:
        fact = f"no banking calendar is known for {visit.path['day'][:20]}"
        raise Unreadable(fact)
    return accounts_of(visit.desk, visit.path["feed_id"])[0], day
