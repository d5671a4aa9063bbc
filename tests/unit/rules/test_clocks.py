"""Clocks as they ran on a day, and the numbers elsewhere that are theirs."""

from datetime import date

import pytest

from ingather.rules.banks import load_profile
from ingather.rules.clocks import Unit, clock, clock_names
from ingather.rules.due import MAX_PRESENTATIONS, Terms
from ingather.rules.policy import load_policy
from ingather.rules.tables import policy_text, profile_text
from tests.journey.stage import changed_terms

TODAY = date(2026, 11, 22)


def test_a_clock_says_how_long_it_runs_and_which_row_says_so() -> None:
    retry = clock("retry-window", TODAY)
    assert (retry.count, retry.unit, retry.before, retry.row.id) == (
        180, Unit.CALENDAR_DAYS, False, "clocks/retry-window@2000-01-01",
    )  # fmt: skip
    assert clock("notice-amount", TODAY).before
    assert clock("return-extended", TODAY).then_next_banking_day


def test_a_clock_that_does_not_run_on_a_day_is_not_there() -> None:
    with pytest.raises(KeyError):
        clock("corrected-entry", date(2020, 3, 31))
    assert "corrected-entry" in clock_names(date(2020, 4, 1))


def test_without_a_bank_a_night_decides_under_the_clocks() -> None:
    plain = Terms(effective_on=TODAY)
    assert plain.max_presentations == MAX_PRESENTATIONS == 1 + clock("retry-count", TODAY).count
    assert plain.retry_days == clock("retry-window", TODAY).count
    assert plain.corrected_entry_days == clock("corrected-entry", TODAY).count
    assert plain.amount_notice_days == clock("notice-amount", TODAY).count
    assert plain.date_notice_days == clock("notice-date", TODAY).count


@pytest.mark.parametrize(("ours", "presentations"), [(0, 1), (1, 2), (2, 3)])
def test_a_banks_retries_are_never_more_than_the_clock_allows(ours: int, presentations: int) -> None:
    policy = load_policy(policy_text("default"))
    assert load_profile(changed_terms(retry__max=ours)).terms(TODAY, policy).max_presentations == presentations
    assert load_profile(profile_text("strict")).terms(TODAY, policy).retry_days == 180
