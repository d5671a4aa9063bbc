"""When entries settle around Thanksgiving 2026."""

from datetime import date, datetime

import pytest

from ingather.simulator.banking_days import after, is_too_far_ahead, processing_day, settlement_day
from tests.unit.simulator.town import TERMS, eastern, is_banking_day

TUESDAY, WEDNESDAY, THANKSGIVING, FRIDAY = (date(2026, 11, day) for day in (24, 25, 26, 27))
SATURDAY, MONDAY = date(2026, 11, 28), date(2026, 11, 30)


@pytest.mark.parametrize(
    ("effective", "at", "settles"),
    [
        (WEDNESDAY, eastern(TUESDAY, 20), WEDNESDAY),
        (THANKSGIVING, eastern(WEDNESDAY, 20), FRIDAY),
        (FRIDAY, eastern(WEDNESDAY, 20), FRIDAY),
        (FRIDAY, eastern(THANKSGIVING, 9), FRIDAY),
        (SATURDAY, eastern(FRIDAY, 20), MONDAY),
        (MONDAY, eastern(SATURDAY, 12), MONDAY),
    ],
)
def test_an_entry_settles_on_its_effective_date_or_the_next_banking_day(
    effective: date, at: datetime, settles: date
) -> None:
    assert settlement_day(effective, at, TERMS, is_banking_day) == settles


@pytest.mark.parametrize("effective", [None, TUESDAY, date(2026, 11, 20)])
def test_a_stale_or_missing_date_settles_today_until_the_last_window_and_then_on_the_next_banking_day(
    effective: date | None,
) -> None:
    assert settlement_day(effective, eastern(TUESDAY, 16, 45), TERMS, is_banking_day) == TUESDAY
    assert settlement_day(effective, eastern(TUESDAY, 16, 46), TERMS, is_banking_day) == WEDNESDAY


def test_a_stale_file_of_the_evening_before_thanksgiving_settles_on_friday() -> None:
    assert settlement_day(WEDNESDAY, eastern(WEDNESDAY, 17), TERMS, is_banking_day) == FRIDAY


def test_the_processing_day_ends_at_a_quarter_past_two_of_the_next_morning() -> None:
    assert processing_day(eastern(WEDNESDAY, 2, 14), TERMS, is_banking_day) == TUESDAY
    assert processing_day(eastern(WEDNESDAY, 2, 15), TERMS, is_banking_day) == WEDNESDAY
    assert processing_day(eastern(THANKSGIVING, 12), TERMS, is_banking_day) == FRIDAY


def test_a_date_beyond_what_the_bank_holds_is_too_far_ahead() -> None:
    at = eastern(TUESDAY, 15)
    assert not is_too_far_ahead(FRIDAY, at, TERMS, is_banking_day)
    assert is_too_far_ahead(MONDAY, at, TERMS, is_banking_day)
    assert not is_too_far_ahead(None, at, TERMS, is_banking_day)


def test_banking_days_are_counted_over_the_holiday() -> None:
    assert after(WEDNESDAY, 0, is_banking_day) == WEDNESDAY
    assert after(WEDNESDAY, 1, is_banking_day) == FRIDAY
    assert after(WEDNESDAY, 2, is_banking_day) == MONDAY
