"""Alarms as data: the gravest one decides how a watch ends, and what is expected by now is a banking day's."""

from datetime import UTC, date, datetime, time

import pytest

from ingather.base.dates import NEW_YORK
from ingather.domain.refusals import ExitCode
from ingather.rules.alarms import Alarm, Severity, alarm, alarm_rows, expected_night, expected_report, gravest
from ingather.rules.effective import Window

TODAY = date(2026, 11, 23)
LATE = Window(cutoff=time(20, 0), zone=NEW_YORK)
EARLY = Window(cutoff=time(16, 30), zone=NEW_YORK)


def raised(name: str) -> Alarm:
    """Return an alarm of this name."""
    return alarm(name, on=TODAY, subject="it", sentence="It is so.")


def new_york(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


def test_an_alarm_says_where_its_page_is_and_how_bad_it_is() -> None:
    found = raised("in-doubt")
    assert (found.page, found.severity, found.exit_code) == (
        "docs/runbook.md#in-doubt", Severity.CRITICAL, ExitCode.IN_DOUBT,
    )  # fmt: skip
    with pytest.raises(KeyError):
        raised("never-heard-of")


@pytest.mark.parametrize("name", sorted(alarm_rows(TODAY)))
def test_every_alarm_ends_the_command_with_a_code_of_its_own(name: str) -> None:
    assert gravest([raised(name)]) == raised(name).exit_code != ExitCode.DONE


def test_the_gravest_alarm_decides_how_the_watch_ends() -> None:
    order = ["overdue-case", "follow-up-waiting", "rate-warning", "report-late", "in-doubt", "chain-broken"]
    codes = [int(gravest([raised(name) for name in order[: count + 1]])) for count in range(len(order))]
    assert codes == [13, 10, 11, 20, 30, 40]
    assert gravest([]) == ExitCode.DONE


@pytest.mark.parametrize(
    ("now", "windows", "day"),
    [
        (new_york(23, 18, 29), [LATE], date(2026, 11, 20)),
        (new_york(23, 18, 30), [LATE], TODAY),
        (new_york(23, 15, 0), [LATE, EARLY], TODAY),
        (new_york(22, 23, 59), [LATE], date(2026, 11, 20)),
        (new_york(26, 19, 0), [LATE], date(2026, 11, 25)),
    ],
)
def test_a_night_is_expected_on_banking_days_before_the_earliest_cut_off(
    now: datetime, windows: list[Window], day: date
) -> None:
    found = expected_night(now, windows, minutes=90)
    assert found is not None
    assert found[0] == day
    assert found[1] <= now


def test_without_a_bank_no_night_is_expected() -> None:
    assert expected_night(new_york(23, 18, 30), [], minutes=90) is None


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (new_york(24, 9, 59), date(2026, 11, 20)),
        (new_york(24, 10, 0), date(2026, 11, 23)),
        (new_york(26, 12, 0), date(2026, 11, 24)),
        (new_york(28, 12, 0), date(2026, 11, 25)),
        (new_york(30, 10, 0), date(2026, 11, 27)),
    ],
)
def test_a_report_is_expected_by_the_hour_of_the_next_banking_day(now: datetime, day: date) -> None:
    assert expected_report(now, by=time(10, 0)) == day
