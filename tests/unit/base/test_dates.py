"""Dates and instants: aware or refused, and days of the year resolved near a known one."""

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.dates import (
    NEW_YORK,
    first_instant,
    format_yymmdd,
    from_micros,
    julian_day,
    parse_julian,
    parse_month_day,
    parse_yymmdd,
    to_micros,
)

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
    assert parse_julian("366", near=date(2028, 12, 1)) == date(2028, 12, 31)
    assert parse_julian("366", near=date(2029, 2, 1)) == date(2028, 12, 31)
    for near in (date(2026, 6, 1), date(2027, 1, 2), date(2027, 12, 31), date(2028, 6, 1)):
        with pytest.raises(ValueError, match="no year near"):
            parse_julian("366", near=near)


@pytest.mark.parametrize(
    ("text", "near", "settled_on"),
    [
        ("004", date(2026, 12, 31), date(2027, 1, 4)),
        ("365", date(2027, 1, 4), date(2026, 12, 31)),
        ("002", date(2027, 12, 31), date(2028, 1, 2)),
        ("365", date(2029, 1, 2), date(2028, 12, 30)),
        ("060", date(2028, 3, 1), date(2028, 2, 29)),
        ("060", date(2027, 3, 1), date(2027, 3, 1)),
        ("330", date(2027, 1, 25), date(2026, 11, 26)),
    ],
)
def test_around_a_years_end_a_settlement_date_falls_into_the_nearer_year(
    text: str, near: date, settled_on: date
) -> None:
    assert parse_julian(text, near=near) == settled_on


AMMAN = ZoneInfo("Asia/Amman")
"""A zone that once changed its clocks on a banking day, a Thursday at midnight."""


@pytest.mark.parametrize(
    ("day", "at", "zone", "instant"),
    [
        (date(2026, 11, 23), time(2, 15), NEW_YORK, datetime(2026, 11, 23, 7, 15, tzinfo=UTC)),
        (date(2026, 7, 1), time(2, 15), NEW_YORK, datetime(2026, 7, 1, 6, 15, tzinfo=UTC)),
        (date(2026, 3, 8), time(1, 59, 59), NEW_YORK, datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC)),
        (date(2026, 3, 8), time(2, 0), NEW_YORK, datetime(2026, 3, 8, 7, tzinfo=UTC)),
        (date(2026, 3, 8), time(2, 15), NEW_YORK, datetime(2026, 3, 8, 7, tzinfo=UTC)),
        (date(2026, 3, 8), time(3, 0), NEW_YORK, datetime(2026, 3, 8, 7, tzinfo=UTC)),
        (date(2026, 3, 8), time(3, 15), NEW_YORK, datetime(2026, 3, 8, 7, 15, tzinfo=UTC)),
        (date(2026, 11, 1), time(1, 15), NEW_YORK, datetime(2026, 11, 1, 5, 15, tzinfo=UTC)),
        (date(2026, 11, 1), time(2, 15), NEW_YORK, datetime(2026, 11, 1, 7, 15, tzinfo=UTC)),
        (date(2019, 3, 29), time(0, 30), AMMAN, datetime(2019, 3, 28, 22, tzinfo=UTC)),
        (date(2026, 11, 23), time(2, 15), UTC, datetime(2026, 11, 23, 2, 15, tzinfo=UTC)),
    ],
)
def test_a_time_of_day_is_the_first_instant_at_which_clocks_show_or_have_passed_it(
    day: date, at: time, zone: tzinfo, instant: datetime
) -> None:
    assert first_instant(day, at, zone) == instant


@given(days, st.times(), st.sampled_from([NEW_YORK, AMMAN, UTC, ZoneInfo("America/Phoenix")]))
def test_before_a_first_instant_the_clocks_never_showed_the_time(day: date, at: time, zone: tzinfo) -> None:
    wall, instant = datetime.combine(day, at), first_instant(day, at, zone)
    assert instant.astimezone(zone).replace(tzinfo=None) >= wall
    second_before = (instant - timedelta(seconds=1)).astimezone(zone)
    assert second_before.replace(tzinfo=None) < wall


def test_a_month_and_day_are_in_the_nearest_year() -> None:
    assert parse_month_day(12, 31, near=date(2027, 1, 2)) == date(2026, 12, 31)
    assert parse_month_day(1, 2, near=date(2026, 12, 31)) == date(2027, 1, 2)
    assert parse_month_day(2, 29, near=date(2028, 3, 1)) == date(2028, 2, 29)
    for month, day in ((2, 29), (2, 30), (13, 1)):
        with pytest.raises(ValueError, match="no year near"):
            parse_month_day(month, day, near=date(2026, 11, 20))
