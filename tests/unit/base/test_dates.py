"""Dates and instants: aware or refused, and days of the year resolved near a known one."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.dates import format_yymmdd, from_micros, julian_day, parse_julian, parse_yymmdd, to_micros

days = st.dates(date(2000, 1, 1), date(2098, 12, 31))


@given(st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- Hypothesis wants its bounds naive
def test_an_instant_comes_back_to_the_microsecond(instant: datetime) -> None:
    assert from_micros(to_micros(instant)) == instant


def test_an_instant_is_the_same_in_any_zone() -> None:
    here = datetime(2026, 11, 16, 18, tzinfo=timezone(timedelta(hours=-5)))
    assert to_micros(here) == to_micros(here.astimezone(UTC))


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_micros(datetime(2026, 11, 16))  # noqa: DTZ001 -- that is the point


@given(days)
def test_a_date_comes_back_from_six_digits(day: date) -> None:
    assert parse_yymmdd(format_yymmdd(day)) == day


@pytest.mark.parametrize("text", ["", "26111", "2611161", "261316", "260230", "26 116", "\uff12\uff1611\uff11\uff16"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the calendar's own sentences
        parse_yymmdd(text)


@given(days, st.integers(-150, 150))
def test_a_day_of_the_year_is_the_one_near_a_known_day(day: date, apart: int) -> None:
    assert parse_julian(julian_day(day), near=day + timedelta(days=apart)) == day


@pytest.mark.parametrize("text", ["", "000", "12", "1234", "abc", "367"])
def test_what_is_no_day_of_the_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- each text is wrong in its own way
        parse_julian(text, near=date(2026, 11, 16))


def test_day_366_is_a_day_of_leap_years_only() -> None:
    assert parse_julian("366", near=date(2028, 6, 1)) == date(2028, 12, 31)
    with pytest.raises(ValueError, match="no year"):
        parse_julian("366", near=date(2026, 6, 1))
