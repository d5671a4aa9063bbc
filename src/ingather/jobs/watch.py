"""The watch: what should have happened and has not, computed from the book and the clock; it changes nothing.

Each check is one small question. What is cleared up raises no alarm any more; what to type stands with each alarm, and
the rest in the runbook.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ingather.actions.context import Context
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.audit import Anchor
from ingather.domain.cases import CaseKind
from ingather.domain.files import FileState
from ingather.domain.payouts import PayoutState
from ingather.jobs.anchoring import anchor_alarms, anchors_of
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.key_alarms import key_alarms
from ingather.jobs.restored import is_restored
from ingather.jobs.unmasking_alarms import unmasking_alarms
from ingather.rules.alarms import Alarm, alarm, expected_night, expected_report
from ingather.rules.calendar import next_banking_day, previous_banking_day
from ingather.rules.effective import cutoff_for
from ingather.rules.exposure import exposed_cents
from ingather.rules.policy import HousePolicy
from ingather.rules.policy_watch import WatchTerms
from ingather.rules.rates import Level, ReturnRate, percent
from ingather.rules.schedule import on_timetable
from ingather.store import audit
from ingather.store.exposure import read_exposed
from ingather.store.rates import rate_alarms
from ingather.store.reading import alarms as reading
from ingather.store.reading import work as reading_work
from ingather.store.reading.payouts import waiting_long
from ingather.store.reading.reconciliation import unexplained_until
from ingather.store.reading.webhooks import failing_endpoints
from ingather.store.unpaid import read_unpaid

LAST_RECORDS = 1_000
"""How many records of the audit chain a watch follows, unless it is a full one."""
_WHOLE = 100
_REMEMBERED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """One round of the watch: what every check looks at."""

    ctx: Context
    desk: Desk
    originator_id: int
    routes: list[BankRoute]
    policy: HousePolicy
    kept: Sequence[Anchor]
    full: bool

    @property
    def now(self) -> datetime:
        """The instant of the round."""
        return self.ctx.now

    @property
    def today(self) -> date:
        """Its New York date."""
        return self.ctx.today

    @property
    def terms(self) -> WatchTerms:
        """From when on silence is an alarm."""
        return self.policy.watch

    def alarm(self, name: str, subject: str, sentence: str, since: object, *commands: str) -> Alarm:
        """Return an alarm of the table."""
        return alarm(name, on=self.today, subject=subject, sentence=sentence, since=since, commands=commands)


def watch(desk: Desk, *, full: bool = False) -> list[Alarm]:
    """Return the alarms of the clock's instant, by what they are about; none is good news.

    ``full`` follows the whole audit chain instead of its last thousand records.
    """
    originator_id, routes, policy = desk.originator_id(), desk.routes(), desk.policy()
    # Before the view begins: another process may commit and keep a later head while it is looked at.
    kept, _ = anchors_of(desk)
    with desk.view() as ctx:
        around = _Round(
            ctx=ctx, desk=desk, originator_id=originator_id, routes=routes, policy=policy, kept=kept, full=full
        )
        return [found for check in CHECKS for found in check(around)]


def _chain(around: _Round) -> Iterator[Alarm]:
    fault = audit.first_fault(around.ctx.session, last=None if around.full else LAST_RECORDS)
    if fault is not None:
        commands = ("ingather audit verify", "ingather db check")
        yield around.alarm("chain-broken", f"record {fault.seq}", fault.sentence, None, *commands)


def _anchors(around: _Round) -> Iterator[Alarm]:
    if not is_restored(around.desk):
        days = around.terms.anchor_days
        for name, subject, said, since in anchor_alarms(around.desk, around.ctx, kept=around.kept, days=days):
            yield around.alarm(name, subject, said, since, "ingather audit verify", "ingather audit anchor --as NAME")


def _restored(around: _Round) -> Iterator[Alarm]:
    if is_restored(around.desk):
        said = "The book is behind what its host remembers, or the key folder is another book's: it only reads."
        yield around.alarm("book-restored", "book", said, None, "ingather audit verify", "ingather file list")


def _host(around: _Round) -> Iterator[Alarm]:
    known = around.desk.host.head()
    since = reading.unremembered(
        around.ctx.session, known[0] if known else None, before=around.now - _REMEMBERED_WITHIN
    )
    if since is not None:
        said = "The host does not remember the book's last records: a copy from before them would not be known for one."
        yield around.alarm("host-behind", "book", said, since.isoformat(), "ingather night")


def _night(around: _Round) -> Iterator[Alarm]:
    minutes = around.terms.night_before_minutes
    expected = expected_night(around.now, [route.profile.window for route in around.routes], minutes=minutes)
    book = reading.book(around.ctx.session)
    if not minutes or expected is None or book.created_at >= expected[1]:
        return
    day, by = expected
    if book.last_night_on is None or book.last_night_on < day:
        at = by.astimezone(NEW_YORK)
        said = f"No night has run on {day}, a banking day; it should have by {at:%H:%M}. What is due waits."
        yield around.alarm("no-night", "book", said, at.isoformat(), "ingather night")


def _files(around: _Round) -> Iterator[Alarm]:
    windows = {route.row.id: route.profile.window for route in around.routes}
    for file in reading.files_on_their_way(around.ctx.session, around.originator_id):
        match file.state:
            case FileState.SEALED | FileState.APPROVED:
                closes = cutoff_for(file.effective_on, windows[file.route_id], same_day=file.same_day)
                yield from _unsent(around, file, closes)
            case FileState.SENDING | FileState.IN_DOUBT:
                yield from _doubtful(around, file)
            case FileState.TRANSMITTED | FileState.PENDED:
                yield from _silent(around, file)
            case _:
                continue


def _unsent(around: _Round, file: reading.WatchedFile, closes: datetime) -> Iterator[Alarm]:
    minutes = around.terms.unsent_before_minutes
    if not minutes or around.now < closes - timedelta(minutes=minutes):
        return
    approve = f"ingather file approve {file.id} --as NAME"
    if around.now >= closes:
        said = (
            f"File {file.name} was never sent and its cut-off, {closes:%Y-%m-%d %H:%M}, is over: a night makes it anew."
        )
        yield around.alarm("unsent-near-cutoff", file.id, said, closes.isoformat(), "ingather night")
    elif file.state is FileState.SEALED:
        said = f"File {file.name} waits for its approval, and its cut-off is {closes:%Y-%m-%d %H:%M}."
        yield around.alarm("unsent-near-cutoff", file.id, said, file.since.isoformat(), approve, "ingather file send")
    else:
        said = f"File {file.name} is approved and not sent, and its cut-off is {closes:%Y-%m-%d %H:%M}."
        yield around.alarm("unsent-near-cutoff", file.id, said, file.since.isoformat(), "ingather file send")


def _doubtful(around: _Round, file: reading.WatchedFile) -> Iterator[Alarm]:
    if file.state is FileState.IN_DOUBT:
        said = f"Nobody knows whether the bank has file {file.name}. Ask the bank; it is never sent again on doubt."
        words = "--word TEXT --second NAME --as NAME"
        commands = [f"ingather file resolve {file.id} --{answer} {words}" for answer in ("delivered", "not-delivered")]
        show = f"ingather file show {file.id}"
        yield around.alarm("in-doubt", file.id, said, file.since.isoformat(), show, *commands)
    elif around.now >= file.since + timedelta(minutes=around.terms.sending_minutes):
        said = f"Sending file {file.name} began and never ended. The next run looks for evidence at the bank."
        yield around.alarm("in-doubt", file.id, said, file.since.isoformat(), "ingather file send")


def _silent(around: _Round, file: reading.WatchedFile) -> Iterator[Alarm]:
    pended = file.state is FileState.PENDED
    hours = around.terms.pended_hours if pended else around.terms.acknowledgement_hours
    if not hours or around.now < file.since + timedelta(hours=hours):
        return
    name = "pended-long" if pended else "no-acknowledgement"
    said = f"The bank has {'held back' if pended else 'said nothing about'} file {file.name} for over {hours} hours."
    commands = ("ingather inbound", f"ingather file show {file.id}")
    yield around.alarm(name, file.id, said, file.since.isoformat(), *commands)


def _reports(around: _Round) -> Iterator[Alarm]:
    for case_id, sentence, on in reading.open_of(around.ctx.session, around.originator_id, CaseKind.REPORT_GAP):
        yield around.alarm("report-gap", case_id, sentence, on, f"ingather case show {case_id}", "ingather inbound")
    day = expected_report(around.now, by=around.terms.report_by)
    for feed in reading.feeds(around.ctx.session, around.originator_id):
        if feed.first_on <= day and (feed.last_on is None or feed.last_on < day):
            said = f"The bank's report of {day} has not come, and it should have by {around.terms.report_by:%H:%M}."
            yield around.alarm("report-late", feed.name, said, day, "ingather inbound", "ingather report list")


def _drift(around: _Round) -> Iterator[Alarm]:
    """Raise one alarm for each report profile whose reports have changed, until a person has looked at each change."""
    for profile, case_id, count, on in reading.drifted_profiles(around.ctx.session, around.originator_id):
        said = f"The reports read with {profile} have changed in {count} way(s), the first one on {on}."
        yield around.alarm(
            "report-drift",
            profile,
            said,
            on,
            f"ingather case show {case_id}",
            f"ingather report profile show {profile}",
        )


def _cases(around: _Round) -> Iterator[Alarm]:
    session, originator_id = around.ctx.session, around.originator_id
    for found in reading.overdue_cases(session, originator_id, today=around.today):
        said = f"{found.count} case(s) {found.kind.replace('_', ' ')} past the last day, the oldest since {found.on}."
        shown = f"ingather case show {found.oldest}"
        listed = f"ingather case list --overdue --kind {found.kind}"
        yield around.alarm("overdue-case", found.oldest, said, found.on, listed, shown)
    days = around.terms.suspense_days
    if days:
        for found in reading.old_suspense(session, originator_id, opened_by=around.today - timedelta(days=days)):
            said = (
                f"{format_minor(found.minor)} USD of {found.count} case(s) {found.kind.replace('_', ' ')} stand in "
                f"suspense, the oldest since {found.on}."
            )
            yield around.alarm("suspense-old", found.oldest, said, found.on, f"ingather case show {found.oldest}")


def _unreconciled(around: _Round) -> Iterator[Alarm]:
    before = previous_banking_day(around.today)
    for found in unexplained_until(around.ctx.session, around.originator_id, before=before):
        said = (
            f"{found.count} posting(s) on the account {found.account} are not explained, {format_minor(found.minor)} "
            f"USD without their signs, the oldest of {found.on}."
        )
        yield around.alarm(
            "day-unreconciled", found.oldest, said, found.on, "ingather reconcile list",
            f"ingather reconcile show {found.oldest}",
        )  # fmt: skip


def _rates(around: _Round) -> Iterator[Alarm]:
    """Raise one alarm for each rate and level, with the slices that are gravest."""
    alike: dict[tuple[Level, str], list[ReturnRate]] = {}
    for rate in rate_alarms(around.ctx.session, around.today, around.policy.rates):
        alike.setdefault((rate.level, str(rate.rate)), []).append(rate)
    for (level, called), found in alike.items():
        name = "rate-over-limit" if level is Level.OVER else "rate-warning"
        worst = found[0]
        said = (
            f"The {called} return rate is {'over' if level is Level.OVER else 'near'} its limit of "
            f"{percent(worst.limit_bps)} in {len(found)} slice(s), the first one {worst.returns} of {worst.debits} "
            f"debits ({worst.by} {worst.key or 'all'})."
        )
        yield around.alarm(name, called, said, None, "ingather rates")


def _exposure(around: _Round) -> Iterator[Alarm]:
    limits = {route.row.id: route.profile.exposure_limit.debit_cents for route in around.routes}
    if not any(limits.values()):
        return
    exposed = read_exposed(around.ctx.session, today=around.today)
    due_by = next_banking_day(around.today)
    waiting = reading.waits_for(around.ctx.session, around.originator_id, ("exposure-limit",), due_by=due_by)
    for route in around.routes:
        limit, used = limits[route.row.id], exposed_cents(exposed.get(route.row.id, {}), today=around.today)
        said = f"{format_minor(used)} USD of the limit of {format_minor(limit)} can still come back"
        if limit and (waiting or used >= limit):
            yield around.alarm(
                "exposure-hit", route.row.name, f"{said}, and orders wait until some cannot.", around.today,
                "ingather exposure",
            )  # fmt: skip
        elif limit and around.terms.exposure_percent and used * _WHOLE >= limit * around.terms.exposure_percent:
            yield around.alarm("exposure-near", route.row.name, f"{said}.", around.today, "ingather exposure")


def _merchants(around: _Round) -> Iterator[Alarm]:
    days = around.policy.unpaid.after_days
    released_by = around.today - timedelta(days=days)
    found = read_unpaid(around.ctx.session, around.originator_id, released_by=released_by) if days else []
    for each in found:
        said = f"Merchant {each.external_id} is owed {format_minor(each.owed_minor)} USD, collected since {each.since}."
        shown = f"ingather merchant show {each.external_id}"
        yield around.alarm("unpaid-merchant", each.external_id, said, each.since, shown, "ingather settle")


def _requests(around: _Round) -> Iterator[Alarm]:
    for name, kind, due_on in reading.requests_due(around.ctx.session, around.originator_id, today=around.today):
        said = f"The request {kind.replace('_', ' ')} was to be with the bank by {due_on}, and has not gone out."
        yield around.alarm(
            "request-overdue", name, said, due_on, "ingather request send", f"ingather request show {name}"
        )


def _follow_ups(around: _Round) -> Iterator[Alarm]:
    session, originator_id, days = around.ctx.session, around.originator_id, around.terms.follow_up_days
    asked_by, last_day = around.today - timedelta(days=days), next_banking_day(around.today)
    for row in reading.follow_ups_waiting(session, originator_id, asked_by=asked_by, last_day=last_day):
        name, until = (
            public_id(Prefix.FOLLOW_UP, row.id),
            f", and its last day is {row.last_day}" if row.last_day else "",
        )
        what = f"{row.kind.replace('_', ' ')} over {format_minor(row.amount_cents)} USD"
        said = f"A {what} waits for its second person{until}."
        shown, approve = f"ingather follow-up show {name}", f"ingather follow-up approve {name} --as NAME"
        yield around.alarm("follow-up-waiting", name, said, row.asked_on, shown, approve)
    rows = reading.notices_missing(session, originator_id)
    for row in rows:
        name = public_id(Prefix.FOLLOW_UP, row.id)
        said = f"The reversal {name} has gone out, and nobody has recorded that the buyer was told of it."
        told = f"ingather follow-up notified {name} --on {around.today} --proof TEXT --as NAME"
        yield around.alarm("notice-missing", name, said, row.asked_on, told)


def _payouts(around: _Round) -> Iterator[Alarm]:
    """Raise one alarm for each state in which payouts have waited too long: here, on a sheet, or with the bank."""
    terms, today = around.terms, around.today
    found = waiting_long(
        around.ctx.session,
        around.originator_id,
        made_by=today - timedelta(days=terms.follow_up_days),
        sent_by=today - timedelta(days=terms.suspense_days) if terms.suspense_days else date.min,
    )
    for each in found:
        many = f"{each.count} payout(s) over {format_minor(each.minor)} USD"
        match each.state:
            case PayoutState.DUE:
                said, do = f"{many} wait for a second person", "ingather payout approve --all --as NAME"
            case PayoutState.APPROVED:
                said, do = f"{many} are approved and have not gone out", "ingather payout sheet --as NAME"
            case PayoutState.SEALED:
                said, do = f"{many} are on a sheet not proven where it was to go", "ingather payout sheet --as NAME"
            case _:
                said = f"{many} went by sheet, and no statement of the bank shows them"
                do = f"ingather payout settled {each.oldest} --evidence TEXT --as NAME"
        listed = f"ingather payout list --state {each.state}"
        yield around.alarm("payout-waiting", each.oldest, f"{said}, the oldest since {each.on}.", each.on, listed, do)


def _work(around: _Round) -> Iterator[Alarm]:
    windows = {route.row.name: route.profile.window for route in around.routes}
    for run in reading_work.failed(around.ctx.session):
        if not on_timetable(run["kind"], run["about"], terms=around.policy.work, windows=windows):
            continue
        about = f" of {run['about']}" if run["about"] else ""
        said = f"The run {run['kind']}{about} due at {run['due_at'][:16]} did not end well: {run['fault'] or 'it died'}"
        yield around.alarm("work-failed", run["id"], said, run["due_at"], "ingather work runs", "ingather work --once")


def _webhooks(around: _Round) -> Iterator[Alarm]:
    hours = around.terms.webhook_hours
    since = around.now - timedelta(hours=hours)
    for found in failing_endpoints(around.ctx.session, since=since) if hours else ():
        name, at = found["id"], found["failing_since"]
        what = "wants no more" if found["gone"] else f"has taken nothing for over {hours} hours"
        said = f"The endpoint {name} {what}; {found['waiting']} message(s) wait."
        commands = (f"ingather webhook show {name}", f"ingather webhook deliveries {name}")
        yield around.alarm("webhook-failing", name, said, at and at.isoformat(), *commands)


def _keys(around: _Round) -> Iterator[Alarm]:
    for found in (*key_alarms(around.ctx, around.terms), *unmasking_alarms(around.ctx, around.policy.unmask)):
        yield around.alarm(found.id, found.subject, found.sentence, found.since, *found.commands)


CHECKS: tuple[Callable[[_Round], Iterator[Alarm]], ...] = (
    _chain,
    _anchors,
    _restored,
    _files,
    _night,
    _reports,
    _drift,
    _cases,
    _unreconciled,
    _rates,
    _exposure,
    _merchants,
    _requests,
    _follow_ups,
    _payouts,
    _work,
    _webhooks,
    _keys,
    _host,
)
