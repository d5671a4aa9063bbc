"""The worker: one process and one loop over the timetable of due runs; each run is a row with its result.

One worker at a time holds the book's lock. A run that fails stops nothing but itself and is tried again; a worker that
dies leaves its run to the next one. Whoever prefers cron starts the same verbs by it: nothing rests on the worker.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError

from ingather.actions.work import abandon_runs, begin_run, end_run
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.actors import INBOUND, NIGHT, SETTLE
from ingather.domain.refusals import ExitCode, Refusal
from ingather.domain.work import WorkKind
from ingather.gateway.channel import ChannelFault
from ingather.jobs.deliver import anything_due, deliver, has_endpoints, tidy
from ingather.jobs.desk import Desk
from ingather.jobs.inbound import InboundReport, release_due, run_inbound
from ingather.jobs.night.run import run_night
from ingather.jobs.reconcile import run_reconcile
from ingather.jobs.settle import run_settle
from ingather.jobs.transmit import send_files
from ingather.jobs.watch import watch
from ingather.rules.alarms import gravest
from ingather.rules.policy_work import WorkTerms
from ingather.rules.schedule import DueRun, due_runs, next_due
from ingather.store.locks import work_lock
from ingather.store.reading.work import ended

LONGEST_WAIT_S = 60.0
DELIVER_WITHIN_S = 3.0
"""How soon what happens is delivered, where there are endpoints."""
_SLICE_S = 10.0
"""How long webhooks are delivered at a time: no night waits for a slow receiver for longer."""
_WATCH = "system:watch"
_RECONCILE = "system:reconcile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run as it ended: its row, what it was, how its command would have ended, and a few figures."""

    run_id: str
    kind: str
    about: str
    due_at: datetime
    exit_code: ExitCode
    result: dict[str, Any]
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """What is due when: how often and at which hours, and the windows of the routes by name."""

    terms: WorkTerms
    windows: dict[str, Any]

    def next_after(self, now: datetime) -> datetime:
        """Return the instant after ``now`` at which something is due."""
        return next_due(now, terms=self.terms, windows=self.windows)


Wait = Callable[[float], bool]
"""Waits so many seconds, or less; returns whether the worker is to stop."""


def work(desk: Desk, *, holder: str, wait: Wait) -> Iterator[Ran]:
    """Do what is due, again and again, and yield each run as it ends; ends when ``wait`` says so.

    Raises ``WorkRunning`` when another worker holds the lock.
    """
    with work_lock(desk.engine):
        _abandon(desk)
        while True:
            yield from _round(desk, holder)
            soonest = _deliver_between(desk)
            now = desk.clock()
            terms, windows = _timetable(desk)
            ahead = (next_due(now, terms=terms, windows=windows) - now).total_seconds()
            if wait(max(0.0, min(ahead, soonest))):
                return


def work_once(desk: Desk, *, holder: str) -> list[Ran]:
    """Do once what is due now; raises ``WorkRunning`` when another worker holds the lock."""
    with work_lock(desk.engine):
        _abandon(desk)
        ended = list(_round(desk, holder))
        _deliver_between(desk)
        return ended


def work_through(desk: Desk, *, holder: str, table: Timetable) -> list[Ran]:
    """Do once what is due now by a timetable of one's own, beside a worker: what was begun is not begun again."""
    return list(_round(desk, holder, table))


def timetable_of(desk: Desk) -> Timetable:
    """Return the book's timetable."""
    terms, windows = _timetable(desk)
    return Timetable(terms=terms, windows=windows)


def timetable(desk: Desk) -> tuple[list[DueRun], datetime]:
    """Return the last due run of every line of the timetable, and when the next one is due."""
    terms, windows = _timetable(desk)
    now = desk.clock()
    return due_runs(now, terms=terms, windows=windows), next_due(now, terms=terms, windows=windows)


def _timetable(desk: Desk) -> tuple[Any, dict[str, Any]]:
    return desk.policy().work, {route.row.name: route.profile.window for route in desk.routes()}


def _abandon(desk: Desk) -> None:
    with desk.action() as ctx:
        abandon_runs(ctx)


def _round(desk: Desk, holder: str, own: Timetable | None = None) -> Iterator[Ran]:
    terms, windows = (own.terms, own.windows) if own is not None else _timetable(desk)
    retry_after = timedelta(minutes=terms.retry_minutes)
    due_now = due_runs(desk.clock(), terms=terms, windows=windows)
    with desk.view() as view:
        made = ended(view.session, since=[due.due_at for due in due_now])
    for due in due_now:
        if (str(due.kind), due.about, due.due_at) in made or (due.until is not None and desk.clock() >= due.until):
            # Made already, or the runs before it took until its bank's cut-off.
            continue
        with desk.action() as ctx:
            run_id = begin_run(ctx, due, holder=holder, retry_after=retry_after)
        if run_id is None:
            continue
        desk.tell("begun", run=public_id(Prefix.WORK_RUN, run_id), kind=str(due.kind))
        code, result, fault = _run(desk, due)
        with desk.action() as ctx:
            end_run(ctx, run_id, exit_code=int(code), result=result, fault=fault)
        yield Ran(
            run_id=public_id(Prefix.WORK_RUN, run_id),
            kind=str(due.kind),
            about=due.about,
            due_at=due.due_at.astimezone(UTC),
            exit_code=code,
            result=result,
            fault=fault,
        )


def _deliver_between(desk: Desk) -> float:
    """Deliver webhooks for a moment, and return after how many seconds it is looked again whether there are any.

    No row is made of this: the attempts are rows themselves. A fault here is no more than told, because the run that is
    on the timetable meets it as well and puts it on record.
    """
    try:
        if not has_endpoints(desk):
            return LONGEST_WAIT_S
        if anything_due(desk):
            deliver(desk, for_s=_SLICE_S)
            return 0.0 if anything_due(desk) else DELIVER_WITHIN_S
    except Exception as fault:  # noqa: BLE001 -- as of every run: its message may hold what is nobody's business
        desk.tell("deliver_fault", fault=type(fault).__name__)
        return LONGEST_WAIT_S
    return DELIVER_WITHIN_S


def _run(desk: Desk, due: DueRun) -> tuple[ExitCode, dict[str, Any], str | None]:
    """Make one run; what it raises is its fault, and says no more than a refusal's own sentence."""
    try:
        code, result = _RUNS[due.kind](desk, due)
    except Refusal as refusal:
        return refusal.exit_code, {}, str(refusal)
    except ChannelFault as fault:
        return ExitCode.REFUSED_BY_BANK, {}, str(fault)
    except (DBAPIError, OSError) as fault:
        return ExitCode.USAGE, {}, f"The machine or the book did not answer: {type(fault).__name__}."
    except Exception as fault:  # noqa: BLE001 -- one run must not end the worker; its message may hold red data
        return (
            ExitCode.HAS_ERRORS,
            {},
            f"A fault of the program: {type(fault).__name__}. Run the verb by hand to see it.",
        )
    return code, result, None


def _poll(desk: Desk, due: DueRun) -> tuple[ExitCode, dict[str, Any]]:
    return _taken(run_inbound(desk.as_actor(INBOUND), only=due.about))


def _release(desk: Desk, _: DueRun) -> tuple[ExitCode, dict[str, Any]]:
    return _taken(release_due(desk.as_actor(INBOUND)))


def _taken(report: InboundReport) -> tuple[ExitCode, dict[str, Any]]:
    figures = {"did": report.did, "reports": len(report.reports), "collected": report.collected, "gaps": report.gaps}
    return report.exit_code, figures


def _night(desk: Desk, _: DueRun) -> tuple[ExitCode, dict[str, Any]]:
    report = run_night(desk.as_actor(NIGHT))
    figures = {"did": report.did, "orders": report.sealed_orders, "sealed": report.sealed, "sent": report.sent,
               "needs_approval": report.needs_approval, "in_doubt": report.in_doubt}  # fmt: skip
    return report.exit_code, figures


def _send(desk: Desk, _: DueRun) -> tuple[ExitCode, dict[str, Any]]:
    report = send_files(desk.as_actor(NIGHT))
    code = ExitCode.IN_DOUBT if report.in_doubt else ExitCode.REFUSED_BY_BANK if report.waiting else ExitCode.DONE
    did = "something" if report.sent or report.voided else "nothing"
    return code, {"did": did, "sent": report.sent, "voided": report.voided, "in_doubt": report.in_doubt}


def _reconcile(desk: Desk, _: DueRun) -> tuple[ExitCode, dict[str, Any]]:
    report = run_reconcile(desk.as_actor(_RECONCILE))
    return report.exit_code, {"did": report.did}


def _settle(desk: Desk, _: DueRun) -> tuple[ExitCode, dict[str, Any]]:
    report = run_settle(desk.as_actor(SETTLE), as_of=desk.clock().astimezone(NEW_YORK).date(), lines=False)
    return ExitCode.DONE, {"did": report.did, "statements": len(report.statements)}


def _watch(desk: Desk, _: DueRun) -> tuple[ExitCode, dict[str, Any]]:
    found = watch(desk.as_actor(_WATCH))
    return gravest(found), {"did": "nothing", "alarms": sorted({each.id for each in found})}


def _deliver(desk: Desk, _: DueRun) -> tuple[ExitCode, dict[str, Any]]:
    if not has_endpoints(desk):
        return ExitCode.DONE, {"did": "nothing"}
    report, forgotten = deliver(desk, for_s=_SLICE_S), tidy(desk)
    figures = {"did": report.did, "taken": report.taken, "failed": report.failed, "forgotten": forgotten}
    return ExitCode.DONE, figures


_RUNS: dict[WorkKind, Callable[[Desk, DueRun], tuple[ExitCode, dict[str, Any]]]] = {
    WorkKind.POLL: _poll,
    WorkKind.NIGHT: _night,
    WorkKind.SEND: _send,
    WorkKind.RELEASE: _release,
    WorkKind.RECONCILE: _reconcile,
    WorkKind.SETTLE: _settle,
    WorkKind.WATCH: _watch,
    WorkKind.DELIVER: _deliver,
}
