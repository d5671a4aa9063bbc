"""Effective dates: one banking day ahead, and the last instant at which a date can still be reached."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.dates import NEW_YORK
from ingather.rules.calendar import add_banking_days, is_banking_day, processing_day
from ingather.rules.effective import Window, cutoff_for, effective_date, reachable, same_day_date

WINDOW = Window(cutoff=time(20, 0), zone=NEW_YORK)
SAME_DAY = Window(cutoff=time(20, 0), zone=NEW_YORK, same_day_cutoffs=(time(9, 30), time(15, 0)))
CHICAGO = ZoneInfo("America/Chicago")
AMMAN = ZoneInfo("Asia/Amman")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("instant", "effective_on"),
    [
        (datetime(2026, 11, 20, 18, 30, tzinfo=NEW_YORK), date(2026, 11, 23)),
        (datetime(2026, 11, 20, 20, 30, tzinfo=NEW_YORK), date(2026, 11, 24)),
        (datetime(2026, 11, 21, 12, 0, tzinfo=NEW_YORK), date(2026, 11, 24)),
        (datetime(2026, 11, 25, 19, 0, tzinfo=NEW_YORK), date(2026, 11, 27)),
        (datetime(2026, 11, 25, 21, 0, tzinfo=NEW_YORK), date(2026, 11, 30)),
        (datetime(2026, 7, 2, 12, 0, tzinfo=NEW_YORK), date(2026, 7, 3)),
    ],
)
def test_a_debit_settles_one_banking_day_after_its_processing_day(instant: datetime, effective_on: date) -> None:
    assert effective_date(instant, WINDOW) == effective_on


def test_the_cut_off_of_a_date_is_on_the_banking_day_before_it() -> None:
    assert cutoff_for(date(2026, 11, 27), WINDOW) == datetime(2026, 11, 25, 20, 0, tzinfo=NEW_YORK)
    chicago = Window(cutoff=time(16, 30), zone=ZoneInfo("America/Chicago"))
    assert cutoff_for(date(2026, 11, 30), chicago) == datetime(2026, 11, 27, 22, 30, tzinfo=UTC)


def test_a_bank_that_wants_two_days_has_its_cut_off_two_banking_days_before() -> None:
    early = Window(cutoff=time(12, 0), zone=NEW_YORK, lead_banking_days=2)
    assert cutoff_for(date(2026, 11, 30), early) == datetime(2026, 11, 25, 12, 0, tzinfo=NEW_YORK)


def test_a_date_is_reachable_until_its_cut_off_and_not_before_its_own_processing_day() -> None:
    effective_on = date(2026, 11, 27)
    assert reachable(effective_on, datetime(2026, 11, 25, 19, 59, tzinfo=NEW_YORK), WINDOW)
    assert not reachable(effective_on, datetime(2026, 11, 25, 20, 0, tzinfo=NEW_YORK), WINDOW)
    assert not reachable(effective_on, datetime(2026, 11, 24, 12, 0, tzinfo=NEW_YORK), WINDOW)
    assert not reachable(date(2026, 11, 26), datetime(2026, 11, 25, 12, 0, tzinfo=NEW_YORK), WINDOW)


def test_no_cut_off_leads_to_a_day_on_which_nothing_settles() -> None:
    with pytest.raises(ValueError, match="not a banking day"):
        cutoff_for(date(2026, 11, 26), WINDOW)


@given(
    instant=st.datetimes(
        min_value=datetime(2024, 1, 1),  # noqa: DTZ001 -- the zone is given beside it
        max_value=datetime(2030, 12, 1),  # noqa: DTZ001 -- the zone is given beside it
        timezones=st.just(UTC),
    ),
    hour=st.integers(0, 23),
    lead=st.integers(1, 2),
)
def test_what_is_handed_over_now_is_always_in_time_for_its_own_effective_date(
    instant: datetime, hour: int, lead: int
) -> None:
    window = Window(cutoff=time(hour, 15), zone=NEW_YORK, lead_banking_days=lead)
    effective_on = effective_date(instant, window)
    assert is_banking_day(effective_on)
    assert instant < cutoff_for(effective_on, window)
    assert reachable(effective_on, instant, window)
    day = processing_day(instant, cutoff=window.cutoff, zone=window.zone)
    assert add_banking_days(day, lead) == effective_on


@pytest.mark.parametrize(
    "window",
    [
        WINDOW,
        Window(cutoff=time(0, 1), zone=NEW_YORK),
        Window(cutoff=time(16, 30), zone=CHICAGO),
        Window(cutoff=time(12, 0), zone=NEW_YORK, lead_banking_days=2),
    ],
    ids=["evening", "midnight", "chicago", "two-days"],
)
@pytest.mark.parametrize("day", [date(2026, 3, 6), date(2026, 3, 9), date(2026, 10, 30), date(2026, 11, 25)])
def test_the_banks_own_cut_off_decides_to_the_second(window: Window, day: date) -> None:
    cutoff = datetime.combine(day, window.cutoff, tzinfo=window.zone)
    effective_on = add_banking_days(day, window.lead_banking_days)
    assert cutoff_for(effective_on, window) == cutoff
    assert reachable(effective_on, cutoff - SECOND, window)
    assert not reachable(effective_on, cutoff, window)
    assert not reachable(effective_on, cutoff + SECOND, window)
    assert effective_date(cutoff, window) == add_banking_days(day, window.lead_banking_days + 1)


def test_the_banks_cut_off_counts_although_the_operator_would_still_take_the_file() -> None:
    early = Window(cutoff=time(14, 0), zone=NEW_YORK)
    afternoon = datetime(2026, 11, 23, 14, 30, tzinfo=NEW_YORK)
    assert effective_date(afternoon, early) == date(2026, 11, 25)


@pytest.mark.parametrize(("cutoff", "following"), [(time(9, 30), time(15, 0)), (time(15, 0), None)])
def test_a_same_day_file_settles_today_until_the_last_same_day_cut_off(cutoff: time, following: time | None) -> None:
    day = date(2026, 11, 23)
    at = datetime.combine(day, cutoff, tzinfo=NEW_YORK)
    assert same_day_date(at - SECOND, SAME_DAY.same_day_cutoffs, NEW_YORK) == day
    later = day if following else None
    assert same_day_date(at, SAME_DAY.same_day_cutoffs, NEW_YORK) == later
    assert reachable(day, at - SECOND, SAME_DAY, same_day=True)
    assert reachable(day, at, SAME_DAY, same_day=True) is (following is not None)


def test_no_same_day_file_goes_to_a_bank_without_such_cut_offs_or_on_a_day_without_settlement() -> None:
    assert same_day_date(datetime(2026, 11, 23, 9, tzinfo=NEW_YORK), (), NEW_YORK) is None
    for closed in (date(2026, 11, 26), date(2026, 11, 28)):
        assert (
            same_day_date(datetime(closed.year, closed.month, closed.day, 9, tzinfo=NEW_YORK), (time(15),), NEW_YORK)
            is None
        )
    assert same_day_date(datetime(2026, 7, 3, 9, tzinfo=NEW_YORK), (time(15),), NEW_YORK) == date(2026, 7, 3)
    with pytest.raises(ValueError, match="no same-day files"):
        cutoff_for(date(2026, 11, 23), WINDOW, same_day=True)
    with pytest.raises(ValueError, match="time zone"):
        same_day_date(datetime(2026, 11, 23), (time(15),), NEW_YORK)  # noqa: DTZ001 -- that is the point


def test_a_cut_off_later_than_the_operators_last_same_day_window_does_not_reach_it() -> None:
    late = Window(cutoff=time(20), zone=NEW_YORK, same_day_cutoffs=(time(18),))
    closing = datetime(2026, 11, 23, 16, 45, tzinfo=NEW_YORK)
    assert cutoff_for(date(2026, 11, 23), late, same_day=True) == closing
    assert same_day_date(closing - SECOND, late.same_day_cutoffs, NEW_YORK) == date(2026, 11, 23)
    assert same_day_date(closing, late.same_day_cutoffs, NEW_YORK) is None


def test_a_standard_file_that_is_late_never_becomes_a_same_day_one() -> None:
    today = date(2026, 11, 24)
    morning = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
    assert not reachable(today, morning, SAME_DAY)
    assert reachable(today, morning, SAME_DAY, same_day=True)
    assert not reachable(date(2026, 11, 25), morning, SAME_DAY, same_day=True)


def test_an_hour_that_comes_twice_or_never_moves_no_file_between_days() -> None:
    # Jordan once changed its clocks on Thursday midnight: 00:00 to 01:00 was skipped, or came twice.
    skipped = Window(cutoff=time(0, 30), zone=AMMAN)
    friday = date(2019, 3, 29)
    change = datetime(2019, 3, 28, 22, tzinfo=UTC)
    assert processing_day(change - SECOND, cutoff=skipped.cutoff, zone=AMMAN) == friday
    assert processing_day(change, cutoff=skipped.cutoff, zone=AMMAN) == date(2019, 4, 1)
    twice = date(2019, 10, 25)
    first = datetime(2019, 10, 24, 21, 30, tzinfo=UTC)
    days = [
        processing_day(first + timedelta(minutes=minutes), cutoff=time(0, 30), zone=AMMAN)
        for minutes in (-1, 0, 59, 61)
    ]
    assert days == [twice, date(2019, 10, 28), date(2019, 10, 28), date(2019, 10, 28)]
