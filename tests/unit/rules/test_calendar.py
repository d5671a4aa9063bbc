"""The banking calendar against the Federal Reserve's own schedule, against its rule, and against ``holidays``.

``fed_holidays.csv`` copies the Board of Governors' K.8 schedule for 2026 to 2030 and the Richmond Fed's for 2025; 2024
follows from the rule. Each of its rows names where it is from.
"""

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from holidays.financial.federal_reserve import FederalReserve

from ingather.base.dates import NEW_YORK
from ingather.rules.calendar import (
    add_banking_days,
    banking_day_on_or_after,
    banking_days_between,
    extended_return_deadline,
    hold_until,
    holidays_of,
    is_banking_day,
    next_banking_day,
    previous_banking_day,
    processing_day,
    retry_deadline,
    return_deadline,
)

FED_TABLE = Path(__file__).with_name("fed_holidays.csv")
SETTLED = date(2026, 11, 23)


def test_every_weekday_of_seven_years_agrees_with_the_federal_reserves_schedule() -> None:
    rows = list(csv.DictReader(FED_TABLE.read_text(encoding="utf-8").splitlines()))
    closed = {date.fromisoformat(row["date"]) for row in rows if row["fed_weekday_closure"] == "closed"}
    assert len(closed) == 72
    day = date(2024, 1, 1)
    while day.year <= 2030:
        assert is_banking_day(day) == (day.weekday() < 5 and day not in closed), day
        day += timedelta(days=1)


def weekday_of(year: int, month: int, weekday: int, number: int) -> date:
    """Return the numbered weekday of a month, from its end when negative."""
    if number < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def closed_by_rule(year: int) -> set[date]:
    """Return the weekdays the Reserve Banks close, from the rule alone: Sunday holidays move, Saturday ones do not."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2022:
        fixed.append(date(year, 6, 19))
    moving = [
        weekday_of(year, 1, 0, 3), weekday_of(year, 2, 0, 3), weekday_of(year, 5, 0, -1), weekday_of(year, 9, 0, 1),
        weekday_of(year, 10, 0, 2), weekday_of(year, 11, 3, 4),
    ]  # fmt: skip
    observed = [day + timedelta(days=1) if day.weekday() == 6 else day for day in fixed]
    return {day for day in observed + moving if day.weekday() < 5}


YEARS = range(2000, 2051)


@pytest.mark.parametrize("year", YEARS)
def test_every_day_of_fifty_years_is_a_banking_day_by_the_rule_and_by_another_calendar(year: int) -> None:
    by_rule = closed_by_rule(year)
    theirs = {day for day in FederalReserve(years=year) if day.weekday() < 5 and day.year == year}  # type: ignore[no-untyped-call]  # the package types its data, not its makers
    day = date(year, 1, 1)
    while day.year == year:
        assert is_banking_day(day) == (day.weekday() < 5 and day not in by_rule), day
        day += timedelta(days=1)
    assert theirs == by_rule


def test_trap_15_the_rule_is_not_the_governments_which_moves_saturdays_to_fridays() -> None:
    for year in YEARS:
        for month, day_of_month in ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)):
            holiday = date(year, month, day_of_month)
            if holiday.weekday() == 5:
                assert is_banking_day(holiday - timedelta(days=1)), holiday
            if holiday.weekday() == 6 and not (month == 6 and year < 2022):
                assert not is_banking_day(holiday + timedelta(days=1)), holiday


@pytest.mark.parametrize(
    "friday", [date(2026, 7, 3), date(2027, 6, 18), date(2027, 12, 24), date(2027, 12, 31), date(2028, 11, 10)]
)
def test_a_saturday_holiday_does_not_close_the_friday_before(friday: date) -> None:
    assert is_banking_day(friday)


def test_a_sunday_holiday_closes_the_monday_after() -> None:
    assert not is_banking_day(date(2027, 7, 5))
    assert next_banking_day(date(2027, 7, 2)) == date(2027, 7, 6)


def test_the_day_after_thanksgiving_is_a_banking_day() -> None:
    assert banking_days_between(date(2026, 11, 24), date(2026, 11, 30)) == [
        date(2026, 11, 24),
        date(2026, 11, 25),
        date(2026, 11, 27),
        date(2026, 11, 30),
    ]


def test_banking_days_count_forward_and_back() -> None:
    assert add_banking_days(date(2026, 11, 25), 1) == date(2026, 11, 27)
    assert add_banking_days(date(2026, 11, 27), -1) == date(2026, 11, 25)
    assert add_banking_days(date(2026, 11, 28), 0) == date(2026, 11, 28)
    assert previous_banking_day(date(2026, 11, 30)) == date(2026, 11, 27)
    assert banking_day_on_or_after(date(2026, 11, 26)) == date(2026, 11, 27)
    assert banking_days_between(date(2026, 11, 30), date(2026, 11, 24)) == []


def test_the_clocks_of_the_worked_example_fall_on_their_days() -> None:
    assert return_deadline(SETTLED) == date(2026, 11, 25)
    assert hold_until(SETTLED) == date(2026, 11, 27)
    assert hold_until(SETTLED, buffer_days=2) == date(2026, 11, 30)
    assert add_banking_days(SETTLED, 5) == date(2026, 12, 1)
    assert add_banking_days(date(2026, 11, 25), 5) == date(2026, 12, 3)
    assert add_banking_days(date(2026, 11, 24), 6) == date(2026, 12, 3)
    assert add_banking_days(date(2026, 11, 24), 10) == date(2026, 12, 9)
    assert extended_return_deadline(SETTLED) == date(2027, 1, 25)
    assert retry_deadline(SETTLED) == date(2027, 5, 22)


def test_the_processing_day_ends_at_the_cut_off_in_the_banks_zone() -> None:
    cutoff = time(20, 0)
    before = datetime(2026, 11, 25, 19, 59, 59, tzinfo=NEW_YORK)
    assert processing_day(before, cutoff=cutoff, zone=NEW_YORK) == date(2026, 11, 25)
    at = datetime(2026, 11, 25, 20, 0, tzinfo=NEW_YORK)
    assert processing_day(at, cutoff=cutoff, zone=NEW_YORK) == date(2026, 11, 27)
    in_utc = datetime(2026, 11, 26, 0, 59, tzinfo=UTC)
    assert processing_day(in_utc, cutoff=cutoff, zone=NEW_YORK) == date(2026, 11, 25)
    holiday = datetime(2026, 11, 26, 9, 0, tzinfo=NEW_YORK)
    assert processing_day(holiday, cutoff=cutoff, zone=NEW_YORK) == date(2026, 11, 27)


def test_a_naive_instant_is_refused() -> None:
    naive = datetime(2026, 11, 25, 9, 0, tzinfo=NEW_YORK).replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        processing_day(naive, cutoff=time(20, 0), zone=NEW_YORK)


def test_a_year_without_a_known_calendar_is_refused_instead_of_guessed() -> None:
    with pytest.raises(ValueError, match="no banking calendar"):
        holidays_of(2150)
