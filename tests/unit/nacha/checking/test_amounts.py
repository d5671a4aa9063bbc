"""Amounts too large for the same day: told of forward batches that would settle on it."""

import pytest

from ingather.nacha.reader import read
from tests.unit.nacha.composed import RDFI, answer_entry, batch_of, entry_of, file_of, found, patched, returned

OVER = 100_000_001


def large(date: str, amount: int = OVER) -> list[tuple[int, int, int]]:
    return found("amount-same-day", batch_of("CCD", entry_of("CCD", amount=amount), effective_entry_date=date))


def test_a_million_is_the_most_that_settles_on_the_day_the_file_is_made() -> None:
    assert large("261123") == [(3, 30, 39)]
    assert large("261123", OVER - 1) == []


def test_it_may_settle_on_a_later_day() -> None:
    assert large("261124") == []


@pytest.mark.parametrize("date", ["      ", "261332", "261120"])
def test_a_date_that_the_operator_takes_for_the_same_day_is_one(date: str) -> None:
    batch = batch_of("CCD", entry_of("CCD", amount=OVER))
    batch[0] = patched(batch[0], "5", effective_entry_date=date)
    assert "amount-same-day" in {problem.check for problem in read(file_of(batch)).problems}


def test_only_the_batches_of_that_day_are_told() -> None:
    batches = [
        batch_of("CCD", entry_of("CCD", number=i, amount=OVER), number=i, effective_entry_date=date)
        for i, date in enumerate(("261124", "261123", "261125"), 1)
    ]
    assert found("amount-same-day", *batches) == [(6, 30, 39)]


def test_what_comes_back_and_advices_have_no_such_limit() -> None:
    answer = batch_of("PPD", answer_entry(amount=OVER), returned("R01"), bank=RDFI, effective_entry_date="261123")
    advice = batch_of("ADV", entry_of("ADV", amount=OVER), effective_entry_date="261123")
    for batch in (answer, advice):
        assert "amount-same-day" not in {problem.check for problem in read(file_of(batch)).problems}
