"""Effective dates: one banking day ahead, and the last instant at which a date can still be reached."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.dates import NEW_YORK
from ingather.rules.calendar import add_banking_days, is_banking_day, processing_day
from ingather.rules.effective import Window, cutoff_for, effective_date, reachable

WINDOW = Window(cutoff=time(20, 0), zone=NEW_YORK)


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
