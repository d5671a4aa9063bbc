"""Which returned debits may bear a fee: those for lack of funds, within 45 days."""

from datetime import date

import pytest

from ingather.rules.return_codes import NextStep, return_reasons
from ingather.rules.return_fees import bears_fee, last_day_of_fee, rows_of_fee

RETURNED = date(2026, 11, 18)


def test_the_codes_that_bear_a_fee_are_those_that_are_presented_again() -> None:
    again = {each.code for each in return_reasons() if each.next_step is NextStep.RETRY}
    assert {each.code for each in return_reasons() if bears_fee(each.code, RETURNED)} == again == {"R01", "R09"}


@pytest.mark.parametrize("code", ["R02", "R08", "R10", "R11", "R99", ""])
def test_any_other_code_bears_none(code: str) -> None:
    assert not bears_fee(code, RETURNED)


def test_a_fee_settles_within_45_days_of_the_return() -> None:
    assert last_day_of_fee(RETURNED) == date(2027, 1, 2)


def test_a_fee_rests_on_the_code_and_the_clock() -> None:
    assert [row.id for row in rows_of_fee("R01", RETURNED)] == [
        "return_fees/fee-insufficient@2000-01-01", "clocks/return-fee@2000-01-01",
    ]  # fmt: skip
    assert rows_of_fee("R02", RETURNED) == ()
