"""The worker's timetable: which runs are due at an instant, and when the next one is. Pure; the clock is an argument.

A run that was missed is made up for once, however often it was missed; a night only while its bank's cut-off is ahead,
because a file sealed after it is another night's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import assert_never

from ingather.base.dates import NEW_YORK, first_instant, from_micros, to_micros
from ingather.domain.work import WorkKind
from ingather.rules.calendar import is_banking_day
from ingather.rules.effective import Window
from ingather.rules.policy_work import WorkTerms

_DAYS_BACK = 7
_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRun:
    """One run: what, about which route where it is about one, since when it is due, and until when it makes sense."""

    kind: WorkKind
    about: str
    due_at: datetime
    until: datetime | None = None


def due_runs(now: datetime, *, terms: WorkTerms, windows: Mapping[str, Window]) -> list[DueRun]:
    """Return the last due run of every line of the timetable, in the order in which they are to be done.

    ``windows`` are those of the routes by name. What is returned may have been done already: the book knows.
    """
    found = [run for line in _lines(now, terms, windows) if (run := line[0]) is not None]
    order = list(WorkKind)
    return sorted(found, key=lambda run: (order.index(run.kind), run.due_at, run.about))


def next_due(now: datetime, *, terms: WorkTerms, windows: Mapping[str, Window]) -> datetime:
    """Return the instant after ``now`` at which the next run is due."""
    return min(line[1] for line in _lines(now, terms, windows))


def on_timetable(kind: str, about: str, *, terms: WorkTerms, windows: Mapping[str, Window]) -> bool:
    """Return whether a line of this kind about this route still stands on the timetable."""
    match WorkKind(kind):
        case WorkKind.POLL:
            return about in windows
        case WorkKind.NIGHT:
            return any(about == name for each, window in windows.items() for name in _nights_of(each, window))
        case WorkKind.RELEASE:
            return terms.release_at is not None
        case WorkKind.RECONCILE:
            return terms.reconcile_at is not None
        case WorkKind.SETTLE:
            return terms.settle_at is not None
        case WorkKind.SEND | WorkKind.WATCH | WorkKind.DELIVER:
            return True
        case unknown:
            assert_never(unknown)


def _nights_of(name: str, window: Window) -> dict[str, time]:
    return {f"{name} {cutoff:%H:%M}": cutoff for cutoff in sorted({window.cutoff, *window.same_day_cutoffs})}


def _lines(now: datetime, terms: WorkTerms, windows: Mapping[str, Window]) -> Iterator[tuple[DueRun | None, datetime]]:
    """Yield, for each line of the timetable, its last run that still makes sense and the instant of its next one."""
    for name in sorted(windows):
        yield _every(now, WorkKind.POLL, name, terms.poll_minutes)
    for name, window in sorted(windows.items()):
        for about, cutoff in _nights_of(name, window).items():
            yield _night(now, about, window, cutoff, terms.night_before_minutes)
    yield _every(now, WorkKind.SEND, "", terms.send_minutes)
    hours = (
        (WorkKind.RELEASE, terms.release_at),
        (WorkKind.RECONCILE, terms.reconcile_at),
        (WorkKind.SETTLE, terms.settle_at),
    )
    for kind, hour in hours:
        if hour is not None:
            yield _daily(now, kind, hour)
    yield _every(now, WorkKind.WATCH, "", terms.watch_minutes)
    yield _every(now, WorkKind.DELIVER, "", terms.deliver_minutes)


def _every(now: datetime, kind: WorkKind, about: str, minutes: int) -> tuple[DueRun, datetime]:
    step = minutes * _MINUTE
    last = to_micros(now) // step * step
    return DueRun(kind=kind, about=about, due_at=from_micros(last)), from_micros(last + step)


def _daily(now: datetime, kind: WorkKind, hour: time) -> tuple[DueRun | None, datetime]:
    instants = _instants(now, Window(cutoff=hour, zone=NEW_YORK), hour, before=timedelta())
    last = max((at for at, _ in instants if at <= now), default=None)
    run = None if last is None else DueRun(kind=kind, about="", due_at=last)
    return run, min(at for at, _ in instants if at > now)


def _night(now: datetime, about: str, window: Window, cutoff: time, minutes: int) -> tuple[DueRun | None, datetime]:
    instants = _instants(now, window, cutoff, before=timedelta(minutes=minutes))
    run = None
    for at, closing in instants:
        if at <= now < closing:
            run = DueRun(kind=WorkKind.NIGHT, about=about, due_at=at, until=closing)
    return run, min(at for at, _ in instants if at > now)


def _instants(now: datetime, window: Window, hour: time, *, before: timedelta) -> list[tuple[datetime, datetime]]:
    """Return the banking days' instants around now: each ``before`` an hour in the window's zone, and that hour."""
    today = now.astimezone(window.zone).date()
    days = [today + timedelta(days=ahead) for ahead in range(-_DAYS_BACK, _DAYS_BACK + 1)]
    hours = [first_instant(day, hour, window.zone).astimezone(UTC) for day in days if is_banking_day(day)]
    return [(closing - before, closing) for closing in hours]
