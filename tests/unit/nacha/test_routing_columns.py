"""Routing numbers as a column are judged as they are one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.columns import digits_column, words_at
from ingather.nacha.routing import (
    all_check_digits_fit,
    are_routing_numbers,
    check_digit,
    is_routing_number,
    may_start,
)


@given(st.lists(st.integers(-1, 10**10), min_size=1, max_size=50))
def test_a_column_says_what_each_number_says(numbers: list[int]) -> None:
    column = np.array([*numbers, 21000021, 231380104, 231380105, 0], np.int64)
    one_by_one = [0 <= number < 10**9 and is_routing_number(f"{number:09d}") for number in column.tolist()]
    assert are_routing_numbers(column).tolist() == one_by_one


@given(st.lists(st.integers(0, 99_999_999), min_size=1, max_size=30), st.integers(0, 29), st.integers(0, 9))
def test_one_check_digit_that_does_not_fit_is_enough(eights: list[int], place: int, ninth: int) -> None:
    words = words_at(digits_column(np.array(eights), 8), 0)
    right = np.array([check_digit(f"{eight:08d}") for eight in eights], np.uint8)
    assert all_check_digits_fit(words, right)
    place %= len(eights)
    wrong = right.copy()
    wrong[place] = ninth
    assert all_check_digits_fit(words, wrong) == (ninth == right[place])


def test_every_sum_of_weighted_digits_is_judged_by_its_last_digit() -> None:
    # Digits from all zeros to all nines reach every sum there is, 0 to 297.
    eights = np.array([int(str(digit) * kept + "0" * (8 - kept)) for digit in range(10) for kept in range(9)])
    words = words_at(digits_column(eights, 8), 0)
    for ninth in range(10):
        fits = [check_digit(f"{eight:08d}") == ninth for eight in eights.tolist()]
        said = [all_check_digits_fit(words[at : at + 1], np.array([ninth], np.uint8)) for at in range(len(eights))]
        assert said == fits


def test_the_first_two_digits_are_those_that_are_given_out() -> None:
    given_out = {*range(13), *range(21, 33), *range(61, 73), 80}
    words = words_at(digits_column(np.arange(100) * 1_000_000 + 123_456, 8), 0)
    assert np.flatnonzero(may_start(words)).tolist() == sorted(given_out)


def test_numbers_that_no_bank_has_are_no_routing_numbers() -> None:
    for text in ("000000000", "999999992", "500000005", "130000010", "810000014"):
        assert not is_routing_number(text)
    for text in ("011000015", "121042882", "231380104", "611234569", "800000006"):
        assert is_routing_number(f"{text[:8]}{check_digit(text[:8])}")
