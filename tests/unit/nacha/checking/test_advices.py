"""Accounting advices have codes, columns and numbers of their own."""

from typing import Any

import pytest

from ingather.nacha.reader import read
from tests.unit.nacha.composed import batch_of, entry_of, file_of, found, patched


def advice(number: int = 1, **values: Any) -> bytes:  # noqa: ANN401 -- any field of the record
    return entry_of("ADV", number=number, **values)


def test_advices_add_up_in_their_wider_columns() -> None:
    batches = [
        batch_of("ADV", advice(1, amount=999_999_999_999), advice(2, transaction_code=81, amount=5)),
        batch_of("ADV", advice(1, amount=999_999_999_999, receiver_name="OTHER"), number=2),
    ]
    reading = read(file_of(*batches))
    assert reading.problems == ()
    assert (reading.debit_cents, reading.credit_cents) == (1_999_999_999_998, 5)
    assert reading.batches.claimed_debit_cents.tolist() == [999_999_999_999] * 2
    assert reading.heads.debit_cents.tolist() == [1_999_999_999_998]


def test_a_wrong_total_of_advices_is_told() -> None:
    head, entry, control = batch_of("ADV", advice(amount=100))
    wrong = patched(control, "8ADV", total_debit="0" * 17 + "200")
    checks = {problem.check for problem in read(file_of([head, entry, wrong])).problems}
    assert checks == {"batch-debit-total"}


@pytest.mark.parametrize("code", ["27", "22"])
def test_an_advice_has_a_code_of_its_own(code: str) -> None:
    assert found("advice", batch_of("ADV", patched(advice(), "6ADV", transaction_code=code, amount="0" * 12))) == [
        (3, 2, 3)
    ]


@pytest.mark.parametrize("sec", ["CCD", "IAT"])
def test_codes_of_advices_are_for_advices_only(sec: str) -> None:
    batch = batch_of(sec, entry_of(sec, transaction_code=82))
    told = [(problem.check, problem.line, problem.start) for problem in read(file_of(batch)).problems]
    assert ("advice", 3, 2) in told


def test_advices_are_numbered_upward_in_their_batch() -> None:
    assert found("advice", batch_of("ADV", advice(1), advice(3), advice(4))) == []
    assert found("advice", batch_of("ADV", advice(2), advice(2, receiver_name="OTHER"))) == [(4, 91, 94)]
    assert found("advice", batch_of("ADV", advice(2), advice(1))) == [(4, 91, 94)]
    assert found("advice", batch_of("ADV", patched(advice(), "6ADV", sequence_number="00 1"))) == [(3, 91, 94)]
    assert found("advice", batch_of("ADV", advice(2)), batch_of("ADV", advice(1), number=2)) == []


@pytest.mark.parametrize("day", ["000", "367", "   ", "3X8"])
def test_an_advice_names_its_day(day: str) -> None:
    assert found("advice", batch_of("ADV", patched(advice(), "6ADV", julian_date=day))) == [(3, 88, 90)]


@pytest.mark.parametrize("day", ["001", "366"])
def test_the_first_and_the_last_day_of_a_year_are_days(day: str) -> None:
    assert found("advice", batch_of("ADV", advice(julian_date=day))) == []


def test_an_advice_is_numbered_above_zero() -> None:
    assert found("advice", batch_of("ADV", patched(advice(), "6ADV", sequence_number="0000"))) == [(3, 91, 94)]


@pytest.mark.parametrize(("name", "columns"), [("advice_routing_number", (40, 48)), ("originating_operator", (80, 87))])
def test_an_advice_names_the_bank_and_the_operator(name: str, columns: tuple[int, int]) -> None:
    assert found("advice", batch_of("ADV", patched(advice(), "6ADV", **{name: ""}))) == [(3, *columns)]
