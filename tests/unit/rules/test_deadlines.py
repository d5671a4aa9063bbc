"""Every clock counted from its day, and the worked example to the day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.dates import NEW_YORK
from ingather.rules.calendar import (
    add_banking_days,
    extended_return_deadline,
    hold_until,
    is_banking_day,
    retry_deadline,
    return_deadline,
)
from ingather.rules.clocks import Unit, clock, clock_names
from ingather.rules.deadlines import deadline, deadlines_from, opening_of

SETTLED = date(2026, 11, 23)
"""The worked example: a file made on Friday 20 November 2026 settles on this Monday, before Thanksgiving."""
TODAY = date(2026, 11, 22)
BUSINESS = date(2027, 11, 23)


@pytest.mark.parametrize(
    ("name", "start", "day"),
    [
        ("debit-lead", date(2026, 11, 20), SETTLED),
        ("return-ordinary", SETTLED, date(2026, 11, 25)),
        ("hold", SETTLED, date(2026, 11, 27)),
        ("reversal", SETTLED, date(2026, 12, 1)),
        ("dishonour", date(2026, 11, 25), date(2026, 12, 3)),
        ("change-apply", date(2026, 11, 24), date(2026, 12, 3)),
        ("proof-of-authorization", date(2026, 11, 24), date(2026, 12, 9)),
        ("return-extended", SETTLED, date(2027, 1, 25)),
        ("retry-window", SETTLED, date(2027, 5, 22)),
        ("warranty-business", SETTLED, date(2027, 11, 23)),
        ("warranty-consumer", SETTLED, date(2028, 11, 23)),
    ],
)
def test_the_worked_example_falls_on_its_days(name: str, start: date, day: date) -> None:
    assert deadline(name, start) == day


@pytest.mark.parametrize(
    ("name", "start", "day"),
    [
        ("contest", date(2026, 12, 3), date(2026, 12, 7)),
        ("corrected-entry", date(2026, 11, 30), date(2027, 1, 29)),
        ("notice-amount", date(2026, 12, 1), date(2026, 11, 21)),
        ("notice-date", date(2026, 12, 1), date(2026, 11, 24)),
        ("prenote", SETTLED, date(2026, 11, 27)),
        ("change-refuse", date(2026, 11, 24), date(2026, 12, 9)),
        ("request-answer", date(2026, 11, 24), date(2026, 12, 9)),
        ("retention", date(2026, 11, 24), date(2028, 11, 24)),
        ("warranty-business", date(2028, 2, 29), date(2029, 3, 1)),
        ("hold", date(2026, 12, 23), date(2026, 12, 29)),
        ("return-ordinary", date(2026, 7, 2), date(2026, 7, 6)),
        ("return-ordinary", date(2027, 7, 2), date(2027, 7, 7)),
    ],
)
def test_the_other_clocks_fall_on_their_days(name: str, start: date, day: date) -> None:
    assert deadline(name, start) == day


def test_trap_18_the_last_unauthorized_return_comes_on_the_banking_day_after_day_60() -> None:
    assert SETTLED + timedelta(days=60) == date(2027, 1, 22)
    assert deadline("return-extended", SETTLED) == date(2027, 1, 25)
    on_a_saturday = date(2026, 11, 24)
    assert deadline("return-extended", on_a_saturday) == date(2027, 1, 25)
    before_a_holiday = date(2026, 11, 18)
    assert before_a_holiday + timedelta(days=60) == date(2027, 1, 17)
    assert deadline("return-extended", before_a_holiday) == date(2027, 1, 19)


@given(st.dates(date(2000, 1, 3), date(2090, 1, 1)), st.integers(0, 5))
def test_the_calendars_own_functions_say_the_same(start: date, buffer_days: int) -> None:
    assert deadline("return-ordinary", start) == return_deadline(start)
    assert deadline("hold", start, buffer_days=buffer_days) == hold_until(start, buffer_days=buffer_days)
    assert deadline("return-extended", start) == extended_return_deadline(start)
    assert deadline("retry-window", start) == retry_deadline(start)


@given(st.dates(date(2000, 1, 3), date(2090, 1, 1)))
def test_a_return_has_two_banking_days_and_an_unauthorized_one_a_banking_day_past_sixty(start: date) -> None:
    ordinary, extended = deadline("return-ordinary", start), deadline("return-extended", start)
    assert is_banking_day(ordinary)
    assert add_banking_days(ordinary, -2) <= start < ordinary
    assert is_banking_day(extended)
    between = [start + timedelta(days=61 + ahead) for ahead in range((extended - start).days - 61)]
    assert not any(is_banking_day(day) for day in between)
    assert (extended - start).days >= 61


def test_every_clock_has_a_unit_and_all_but_counts_have_a_deadline() -> None:
    for name in clock_names(TODAY):
        if clock(name, TODAY).unit is Unit.TIMES:
            with pytest.raises(ValueError, match="counts times"):
                deadline(name, SETTLED)
        else:
            assert deadline(name, SETTLED) != SETTLED
    found = deadlines_from(SETTLED)
    assert {each.name for each in found} == set(clock_names(SETTLED)) - {"retry-count"} | {"hold"}
    assert [each.day for each in found] == sorted(each.day for each in found)


def test_a_clock_that_did_not_run_yet_has_no_deadline() -> None:
    with pytest.raises(KeyError):
        deadline("request-answer", date(2025, 3, 31))
    assert deadline("request-answer", date(2025, 4, 1)) == date(2025, 4, 15)
    assert "request-answer" not in {each.name for each in deadlines_from(date(2025, 3, 31))}


def test_the_opening_of_business_is_the_banks_hour_in_its_zone() -> None:
    day = return_deadline(SETTLED)
    assert opening_of(day, at=time(9), zone=NEW_YORK) == datetime(2026, 11, 25, 14, tzinfo=UTC)
    assert opening_of(date(2026, 7, 1), at=time(9), zone=NEW_YORK) == datetime(2026, 7, 1, 13, tzinfo=UTC)
