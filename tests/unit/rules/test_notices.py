"""Which debits of a series need a notice, what it says and by when it is sent."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.domain.authorizations import AmountTerms, Every, NoticeKind
from ingather.rules.calendar import banking_day_on_or_after
from ingather.rules.notices import (
    Debit,
    Series,
    joined,
    notice_text,
    notices_of,
    scheduled_day,
    send_by,
    still_missing,
)

START = date(2026, 1, 15)
VARYING = Series(terms=AmountTerms.VARYING, every=None, starts_on=START)
MONTHLY = Series(terms=AmountTerms.VARYING, every=Every.MONTH, starts_on=START)
AMOUNT, DATE, BOTH = NoticeKind.AMOUNT, NoticeKind.DATE, NoticeKind.BOTH


def debits(*pairs: tuple[date, int]) -> list[Debit]:
    """Return debits of days and amounts."""
    return [Debit(due_on=day, amount_minor=amount) for day, amount in pairs]


def months(*amounts: int) -> list[Debit]:
    """Return debits on the fifteenth of months in a row, moved off weekends and holidays as they are."""
    return debits(
        *((banking_day_on_or_after(date(2026, 1 + number, 15)), amount) for number, amount in enumerate(amounts))
    )


def test_the_first_debit_of_a_series_needs_no_notice() -> None:
    assert notices_of(MONTHLY, months(50)) == [None]


def test_another_amount_than_the_debit_before_needs_a_notice_and_the_same_again_does_not() -> None:
    assert notices_of(MONTHLY, months(50, 50, 60, 60, 50)) == [None, None, AMOUNT, None, AMOUNT]


@pytest.mark.parametrize("terms", [AmountTerms.RANGE, AmountTerms.FIXED])
def test_an_amount_within_a_range_the_buyer_chose_needs_none(terms: AmountTerms) -> None:
    assert notices_of(Series(terms=terms, every=Every.MONTH, starts_on=START), months(50, 60)) == [None, None]


def test_a_day_off_the_schedule_needs_a_notice_and_without_a_schedule_none_does() -> None:
    off = debits((START, 50), (date(2026, 2, 18), 50), (date(2026, 3, 17), 60))
    assert notices_of(MONTHLY, off) == [None, DATE, BOTH]
    assert notices_of(VARYING, off) == [None, None, AMOUNT]


def test_a_day_of_the_schedule_serves_one_debit() -> None:
    assert notices_of(MONTHLY, debits((START, 50), (START, 50))) == [None, DATE]


@pytest.mark.parametrize(
    ("every", "start", "due", "day"),
    [
        (Every.MONTH, date(2026, 1, 31), date(2026, 2, 28), date(2026, 2, 28)),
        (Every.MONTH, date(2026, 1, 31), date(2026, 3, 2), date(2026, 2, 28)),
        (Every.MONTH, date(2026, 1, 31), date(2026, 2, 27), None),
        (Every.MONTH, date(2026, 7, 4), date(2026, 7, 3), None),
        (Every.MONTH, date(2026, 7, 4), date(2026, 7, 6), date(2026, 7, 4)),
        (Every.MONTH, date(2026, 5, 25), date(2026, 5, 26), date(2026, 5, 25)),
        (Every.MONTH, date(2026, 1, 15), date(2025, 12, 15), None),
        (Every.WEEK, date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 9)),
        (Every.WEEK, date(2026, 11, 2), date(2026, 11, 10), None),
        (Every.TWO_WEEKS, date(2026, 11, 2), date(2026, 11, 9), None),
        (Every.TWO_WEEKS, date(2026, 11, 2), date(2026, 11, 16), date(2026, 11, 16)),
        (Every.QUARTER, date(2026, 1, 15), date(2026, 4, 15), date(2026, 4, 15)),
        (Every.QUARTER, date(2026, 1, 15), date(2026, 2, 17), None),
        (Every.YEAR, date(2024, 2, 29), date(2025, 2, 28), date(2025, 2, 28)),
    ],
)
def test_a_schedule_moves_off_weekends_and_holidays_only_to_later_days(
    every: Every, start: date, due: date, day: date | None
) -> None:
    assert scheduled_day(every, start, due) == day


@given(st.sampled_from(Every), st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 800))
def test_a_scheduled_day_found_is_never_after_the_debit_nor_before_the_start(
    every: Every, start: date, ahead: int
) -> None:
    due = start + timedelta(days=ahead)
    day = scheduled_day(every, start, due)
    assert day is None or (start <= day <= due and due in {day, banking_day_on_or_after(day)})


def test_amount_needs_ten_days_and_a_changed_date_seven() -> None:
    due = date(2026, 12, 15)
    assert [send_by(kind, due) for kind in (AMOUNT, DATE, BOTH)] == [
        date(2026, 12, 5), date(2026, 12, 8), date(2026, 12, 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("needed", "covered", "missing", "both"),
    [
        (None, None, None, None),
        (None, DATE, None, DATE),
        (AMOUNT, None, AMOUNT, AMOUNT),
        (AMOUNT, DATE, AMOUNT, BOTH),
        (BOTH, DATE, AMOUNT, BOTH),
        (BOTH, AMOUNT, DATE, BOTH),
        (DATE, BOTH, None, BOTH),
        (BOTH, BOTH, None, BOTH),
    ],
)
def test_a_notice_covers_what_it_tells(
    needed: NoticeKind | None, covered: NoticeKind | None, missing: NoticeKind | None, both: NoticeKind | None
) -> None:
    assert still_missing(needed, covered) is missing
    assert joined(covered, missing) is both


def test_the_text_says_amount_day_merchant_the_change_and_how_to_object() -> None:
    first, second = debits((START, 5_000), (date(2026, 2, 18), 123_456))
    text = notice_text(BOTH, MONTHLY, second, first, merchant="Harbor Goods")
    for said in (
        "Harbor Goods will debit your account on February 18, 2026 with 1,234.56 USD.",
        "The debit before it was 50.00 USD on January 15, 2026.",
        "You agreed to debits every month from January 15, 2026; this one is on another day.",
        "If you do not agree, tell Harbor Goods before that day",
        "at least three banking days before it",
    ):
        assert said in text
    assert "The debit before it" not in notice_text(DATE, MONTHLY, second, first, merchant="H")
    assert "another day" not in notice_text(AMOUNT, MONTHLY, second, first, merchant="H")
