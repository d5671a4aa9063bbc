"""Alarms: what should have happened and has not. Each has a row, which says how bad it is, and a page in the runbook.

An alarm is computed and never stored: what is cleared up raises none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from ingather.base.dates import NEW_YORK, first_instant
from ingather.domain.refusals import ExitCode
from ingather.rules.calendar import banking_day_on_or_after, is_banking_day, previous_banking_day
from ingather.rules.effective import Window
from ingather.rules.rows import Row, in_force

RUNBOOK = "docs/runbook.md"
_GRAVEST_FIRST = (
    ExitCode.BROKEN_INVARIANT,
    ExitCode.IN_DOUBT,
    ExitCode.REPORT_GAP,
    ExitCode.LIMIT,
    ExitCode.NEEDS_APPROVAL,
    ExitCode.UNMATCHED,
)


class Severity(StrEnum):
    """How bad an alarm is: ``critical`` waits for nobody, ``warning`` until somebody comes to the desk."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm: its row's id, what it is about, since when, the fact in a sentence, and what to type.

    ``since`` is a day or an instant as text, empty where nobody knows. ``page`` is where the runbook says the rest.
    """

    id: str
    severity: Severity
    exit_code: ExitCode
    subject: str
    since: str
    sentence: str
    commands: tuple[str, ...]

    @property
    def page(self) -> str:
        """Return where the runbook tells what to do about it."""
        return f"{RUNBOOK}#{self.id}"


def alarm(
    name: str, *, on: date, subject: str, sentence: str, since: object = None, commands: tuple[str, ...] = ()
) -> Alarm:
    """Return an alarm of the table; raises ``KeyError`` for a name that no row in force has."""
    row = alarm_rows(on)[name]
    return Alarm(
        id=name,
        severity=Severity(row.values["severity"]),
        exit_code=ExitCode[row.values["exit"].upper()],
        subject=subject,
        since="" if since is None else str(since),
        sentence=sentence,
        commands=commands,
    )


def alarm_rows(on: date) -> dict[str, Row]:
    """Return the alarms that are watched for on a day, by their ids, in the order of their table."""
    return dict(in_force("alarms", on))


def gravest(alarms: Iterable[Alarm]) -> ExitCode:
    """Return how a watch ends: the exit code of the gravest alarm, done when there is none."""
    raised = {each.exit_code for each in alarms}
    return next((code for code in _GRAVEST_FIRST if code in raised), ExitCode.DONE)


def expected_night(now: datetime, windows: Sequence[Window], *, minutes: int) -> tuple[date, datetime] | None:
    """Return the last banking day whose night should have run at an aware instant, and by when; None without windows.

    By so many minutes before the earliest cut-off of the banks.
    """
    if not windows:
        return None
    day = now.astimezone(NEW_YORK).date()
    while True:
        by = min(first_instant(day, window.cutoff, window.zone) for window in windows) - timedelta(minutes=minutes)
        if is_banking_day(day) and by <= now:
            return day, by
        day = previous_banking_day(day)


def expected_report(now: datetime, *, by: time) -> date:
    """Return the last banking day whose report should be here: by a New York time of the banking day after it."""
    today = now.astimezone(NEW_YORK).date()
    told_on = banking_day_on_or_after(today)
    while first_instant(told_on, by, NEW_YORK) > now:
        told_on = previous_banking_day(told_on)
    return previous_banking_day(told_on)
