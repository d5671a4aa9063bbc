"""Routing numbers as a column are judged as they are one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingather.nacha.routing import are_routing_numbers, is_routing_number


@given(st.lists(st.integers(-1, 10**10), min_size=1, max_size=50))
def test_a_column_says_what_each_number_says(numbers: list[int]) -> None:
    column = np.array([*numbers, 21000021, 231380104, 231380105, 0], np.int64)
    one_by_one = [0 <= number < 10**9 and is_routing_number(f"{number:09d}") for number in column.tolist()]
    assert are_routing_numbers(column).tolist() == one_by_one
