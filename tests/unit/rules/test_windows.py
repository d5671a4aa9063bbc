"""The operator's windows in New York time, to the second, through both changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.dates import NEW_YORK
from ingather.rules.calendar import is_banking_day, next_banking_day
from ingather.rules.effective import Window, reachable, same_day_date
from ingather.rules.windows import last_same_day, operator_day, operator_settles, operator_windows, window_taking

MONDAY, TUESDAY, FRIDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 27), date(2026, 11, 28)
SECOND = timedelta(seconds=1)

BY_NAME = {window.row.key: window for window in operator_windows(MONDAY)}


def eastern(day: date, hour: int, minute: int = 0) -> datetime:
    """Return an instant by the clocks of New York."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("name", "closes", "settles"),
    [
        ("same-day-1", eastern(MONDAY, 10, 30), eastern(MONDAY, 13)),
        ("same-day-2", eastern(MONDAY, 14, 45), eastern(MONDAY, 17)),
        ("same-day-3", eastern(MONDAY, 16, 45), eastern(MONDAY, 18)),
        ("next-day-1", eastern(MONDAY, 20), eastern(TUESDAY, 8, 30)),
        ("next-day-2", eastern(MONDAY, 22, 45), eastern(TUESDAY, 8, 30)),
        ("next-day-3", eastern(TUESDAY, 2, 15), eastern(TUESDAY, 8, 30)),
    ],
)
def test_each_window_closes_and_settles_at_its_times(name: str, closes: datetime, settles: datetime) -> None:
    assert (BY_NAME[name].closes(MONDAY), BY_NAME[name].settles(MONDAY)) == (closes, settles)


def test_the_windows_of_a_day_follow_each_other() -> None:
    assert list(BY_NAME) == ["same-day-1", "same-day-2", "same-day-3", "next-day-1", "next-day-2", "next-day-3"]
    assert [window.closes(MONDAY) for window in BY_NAME.values()] == sorted(
        window.closes(MONDAY) for window in BY_NAME.values()
    )


def test_a_window_is_there_since_its_day() -> None:
    assert "next-day-2" not in {window.row.key for window in operator_windows(date(2022, 9, 9))}
    assert "next-day-2" in {window.row.key for window in operator_windows(date(2022, 9, 12))}


def test_fridays_last_window_closes_in_the_night_to_saturday_and_settles_on_monday() -> None:
    last = BY_NAME["next-day-3"]
    assert last.closes(FRIDAY) == eastern(SATURDAY, 2, 15)
    assert last.settles(FRIDAY) == eastern(date(2026, 11, 30), 8, 30)


@pytest.mark.parametrize(
    ("name", "following"),
    [*pairwise(BY_NAME), ("next-day-3", "same-day-1")],
)
def test_a_window_takes_files_until_the_second_it_closes(name: str, following: str) -> None:
    closes = BY_NAME[name].closes(MONDAY)
    for instant in (closes - SECOND, closes - timedelta(microseconds=1)):
        day, window = window_taking(instant)
        assert (day, window.row.key) == (MONDAY, name)
    for instant in (closes, closes + SECOND):
        day, window = window_taking(instant)
        assert (day, window.row.key) == (TUESDAY if name == "next-day-3" else MONDAY, following)


def test_a_processing_day_is_a_banking_day() -> None:
    assert operator_day(eastern(SATURDAY, 2, 14)) == FRIDAY
    assert operator_day(eastern(SATURDAY, 2, 15)) == date(2026, 11, 30)
    assert operator_day(eastern(date(2026, 11, 26), 12)) == FRIDAY
    assert operator_day(eastern(date(2026, 11, 26), 1)) == date(2026, 11, 25)
    assert operator_day(datetime(2026, 7, 3, 16, tzinfo=UTC)) == date(2026, 7, 3)
    with pytest.raises(ValueError, match="time zone"):
        operator_day(datetime(2026, 11, 23))  # noqa: DTZ001 -- that is the point


@pytest.mark.parametrize(
    ("day", "hour_in_utc"),
    [
        (date(2026, 3, 6), 7),
        (date(2026, 3, 9), 6),
        (date(2026, 10, 30), 6),
        (date(2026, 11, 2), 7),
    ],
)
def test_the_night_window_keeps_new_yorks_clock_through_both_changes(day: date, hour_in_utc: int) -> None:
    closes = BY_NAME["next-day-3"].closes(day)
    following = day + timedelta(days=1)
    assert closes == datetime(following.year, following.month, following.day, hour_in_utc, 15, tzinfo=UTC)


@pytest.mark.parametrize("switch", [date(2026, 3, 8), date(2026, 11, 1), date(2027, 3, 14), date(2027, 11, 7)])
def test_no_window_falls_into_the_hour_that_clocks_skip_or_repeat(switch: date) -> None:
    friday, monday = switch - timedelta(days=2), switch + timedelta(days=1)
    for day in (friday, monday):
        for window in operator_windows(day):
            local = window.closes(day).astimezone(NEW_YORK)
            assert local.time() == window.odfi_by
            assert local.date() != switch


def test_trap_04_a_stale_effective_date_settles_today_until_the_last_same_day_window() -> None:
    window = BY_NAME["same-day-3"].closes(TUESDAY)
    for stale in (MONDAY, TUESDAY, None):
        assert operator_settles(stale, window - SECOND) == TUESDAY
        assert operator_settles(stale, window) == date(2026, 11, 25)
    # So a file dated yesterday is never handed over, whatever the hour.
    ours = Window(cutoff=time(19), zone=NEW_YORK, same_day_cutoffs=(time(16),))
    for hour in range(24):
        assert not reachable(MONDAY, eastern(TUESDAY, hour), ours)
        assert not reachable(MONDAY, eastern(TUESDAY, hour), ours, same_day=True)


def test_trap_05_a_debit_dated_later_than_the_next_banking_day_is_returned() -> None:
    noon = eastern(MONDAY, 12)
    assert operator_settles(TUESDAY, noon) == TUESDAY
    assert operator_settles(date(2026, 11, 25), noon) is None
    assert operator_settles(FRIDAY, eastern(date(2026, 11, 25), 12)) == FRIDAY
    assert operator_settles(SATURDAY, eastern(FRIDAY, 12)) == date(2026, 11, 30)


def test_a_debit_dated_for_the_next_day_settles_then_in_every_window() -> None:
    for window in operator_windows(MONDAY):
        assert operator_settles(TUESDAY, window.closes(MONDAY) - SECOND) == TUESDAY


def test_the_last_same_day_window_is_of_banking_days() -> None:
    assert last_same_day(MONDAY) == eastern(MONDAY, 16, 45)
    assert last_same_day(SATURDAY) is None
    assert last_same_day(date(2016, 1, 4)) is None


@given(st.datetimes(datetime(2023, 1, 1), datetime(2032, 12, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- Hypothesis wants its bounds naive
def test_a_processing_day_is_the_first_whose_last_window_is_ahead(instant: datetime) -> None:
    day = operator_day(instant)
    assert is_banking_day(day)
    assert instant < operator_windows(day)[-1].closes(day)
    earlier = day - timedelta(days=1)
    while not is_banking_day(earlier):
        earlier -= timedelta(days=1)
    assert instant >= operator_windows(earlier)[-1].closes(earlier)


@given(
    st.datetimes(datetime(2023, 1, 1), datetime(2032, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- as above
    st.integers(0, 23),
)
def test_what_we_may_hand_over_the_operator_settles_on_its_date(instant: datetime, hour: int) -> None:
    window = Window(cutoff=time(hour, 30), zone=NEW_YORK, same_day_cutoffs=(time(10), time(15, 30)))
    today = same_day_date(instant, window.same_day_cutoffs, NEW_YORK)
    if today is not None:
        assert operator_settles(today, instant) == today
    local = instant.astimezone(NEW_YORK)
    if is_banking_day(local.date()) and local.time() < window.cutoff and local.hour >= 3:
        tomorrow = next_banking_day(local.date())
        assert reachable(tomorrow, instant, window)
        assert operator_settles(tomorrow, instant) == tomorrow
