"""Entries against their batch: trace numbers ascend and are the ODFI's, and the service class has their direction."""

import pytest

from ingather.nacha.reader import read
from tests.unit.nacha.composed import batch_of, entry_of, file_of, found


@pytest.mark.parametrize(("numbers", "told"), [((1, 3, 2), [5]), ((2, 2), [4]), ((5, 4, 3), [4, 5]), ((1, 2, 9), [])])
def test_trace_numbers_ascend_in_a_batch(numbers: tuple[int, ...], told: list[int]) -> None:
    entries = [entry_of(number=i, trace_number=f"09100001{number:07d}") for i, number in enumerate(numbers, 1)]
    problems = read(file_of(batch_of("PPD", *entries))).problems
    assert [one.line for one in problems if one.check == "trace-order"] == told


def test_trace_numbers_may_begin_again_in_the_next_batch() -> None:
    batches = [batch_of("PPD", entry_of(number=7)), batch_of("PPD", entry_of(number=2), number=2)]
    assert found("trace-order", *batches) == []


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_trace_of_another_bank_is_told_wherever_it_stands(place: int) -> None:
    for bank in ("23138010", "01100001"):
        entries = [entry_of(number=i, bank=bank if i == place else "09100001") for i in (1, 2, 3)]
        problems = read(file_of(batch_of("PPD", entry_of(number=9)), batch_of("CCD", *entries, number=2))).problems
        assert [one.line for one in problems if one.check == "trace-prefix"] == [5 + place]


def test_a_trace_that_cannot_be_read_hides_no_foreign_one() -> None:
    entries = [entry_of(number=1), entry_of(number=2), entry_of(number=3, bank="23138010"), entry_of(number=4)]
    entries[1] = entries[1][:79] + b"X" * 15
    problems = read(file_of(batch_of("PPD", *entries))).problems
    told = {(one.check, one.line) for one in problems}
    assert told == {("trace-digits", 4), ("trace-prefix", 5), ("trace-order", 6)}


@pytest.mark.parametrize(
    ("service", "code", "told"),
    [
        (220, 27, [(3, 2, 3)]),
        (220, 36, [(3, 2, 3)]),
        (225, 22, [(3, 2, 3)]),
        (225, 32, [(3, 2, 3)]),
        (220, 22, []),
        (225, 27, []),
        (200, 27, []),
    ],
)
def test_debits_and_credits_fit_the_service_class(service: int, code: int, told: list[tuple[int, int, int]]) -> None:
    batches = [batch_of("CCD", entry_of("CCD", transaction_code=code), service_class=service)]
    problems = read(file_of(*batches)).problems
    assert [(one.line, one.start, one.end) for one in problems if one.check == "service-class"] == told
