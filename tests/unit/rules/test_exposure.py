"""Exposure ends with the ordinary return window, counted in banking days over settlement dates."""

from datetime import date, timedelta

from ingather.rules.calendar import is_banking_day, return_deadline
from ingather.rules.exposure import exposed_cents, first_exposed, frees_when

# The worked example of a debit that settles on Monday, 23 November 2026: the ordinary return deadline is Wednesday.
SETTLED = date(2026, 11, 23)


def test_a_debit_is_exposed_through_its_return_deadline() -> None:
    by_day = {SETTLED: 500}
    assert [exposed_cents(by_day, today=SETTLED + timedelta(days=days)) for days in range(4)] == [500, 500, 500, 0]
    assert exposed_cents(by_day, today=date(2026, 11, 20)) == 500


def test_holidays_and_weekends_keep_it_exposed_longer() -> None:
    before_thanksgiving = date(2026, 11, 25)
    assert return_deadline(before_thanksgiving) == date(2026, 11, 30)
    assert exposed_cents({before_thanksgiving: 100}, today=date(2026, 11, 30)) == 100
    assert exposed_cents({before_thanksgiving: 100}, today=date(2026, 12, 1)) == 0


def test_what_frees_is_told_by_deadline_and_what_is_over_is_left_out() -> None:
    by_day = {SETTLED: 500, date(2026, 11, 24): 40, date(2026, 11, 12): 9_000, date(2026, 11, 25): 0}
    found = frees_when(by_day, today=date(2026, 11, 24))
    assert [(each.after, each.cents) for each in found] == [(date(2026, 11, 25), 500), (date(2026, 11, 27), 40)]


def test_no_earlier_settlement_date_is_exposed_than_the_first() -> None:
    for ahead in range(400):
        today = date(2026, 1, 1) + timedelta(days=ahead)
        days = [today - timedelta(days=back) for back in range(15)]
        exposed = [day for day in days if is_banking_day(day) and exposed_cents({day: 1}, today=today)]
        assert min(exposed) >= first_exposed(today)
        assert first_exposed(today) in exposed
