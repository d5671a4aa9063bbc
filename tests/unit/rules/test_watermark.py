"""The watermark: one missing report or day stops it, and a late arrival moves it on."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingather.rules.calendar import banking_days_between
from ingather.rules.watermark import completeness

MONDAY = date(2026, 11, 16)
DAYS = banking_days_between(MONDAY, date(2026, 12, 4))
FEED = list(enumerate(DAYS, 7))


def test_without_reports_nothing_is_complete() -> None:
    assert completeness([], start=MONDAY).through is None


def test_thanksgiving_and_weekends_need_no_report() -> None:
    assert completeness(FEED, start=MONDAY).through == date(2026, 12, 4)


def test_the_last_report_seen_is_not_the_watermark() -> None:
    found = completeness([row for row in FEED if row[0] != 9], start=MONDAY)
    assert found.through == DAYS[1]
    assert found.missing_sequences == (9,)


def test_a_day_without_a_report_stops_it_even_when_the_numbers_follow() -> None:
    feed = [(7, DAYS[0]), (8, DAYS[2])]
    found = completeness(feed, start=MONDAY)
    assert (found.through, found.missing_days) == (DAYS[0], (DAYS[1],))


def test_reports_that_never_began_are_missed() -> None:
    found = completeness(FEED[3:], start=MONDAY)
    assert (found.through, found.missing_days) == (None, tuple(DAYS[:3]))


def test_earlier_reports_only_say_where_the_numbers_begin() -> None:
    feed = [(6, MONDAY - timedelta(days=3)), *FEED]
    assert completeness(feed, start=MONDAY).through == DAYS[-1]


@given(missing=st.sets(st.sampled_from(FEED)), order=st.randoms(use_true_random=False))
def test_it_is_the_day_before_the_first_missing_one_in_any_order(missing: set[tuple[int, date]], order: object) -> None:
    feed = [row for row in FEED if row not in missing]
    order.shuffle(feed)  # type: ignore[attr-defined]  # Hypothesis types its randoms as Random, with a private name
    through = completeness(feed, start=MONDAY).through
    complete = DAYS[: min((DAYS.index(day) for _, day in missing), default=len(DAYS))]
    # Numbers that are missing at the very beginning are not known; their days are.
    assert through == (complete[-1] if complete and feed else None)
