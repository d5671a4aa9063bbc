"""Digits by tables say what formatting says."""

from collections.abc import Callable

import numpy as np
import pytest

from ingather.base.columns import Bytes2D, Int64
from ingather.nacha.writing import digits

WIDTHS: dict[int, Callable[[Bytes2D, int, Int64], None]] = {
    2: digits.put_two,
    4: digits.put_four,
    7: digits.put_seven,
    8: digits.put_eight,
    9: digits.put_nine,
    10: digits.put_ten,
    15: digits.put_fifteen,
}


def numbers(width: int) -> list[int]:
    powers = [10**power for power in range(width)]
    edges = [power + step for power in powers for step in (-1, 0, 1)]
    return sorted({0, 10**width - 1, int("123456789123456"[:width]), *(number for number in edges if number >= 0)})


@pytest.mark.parametrize("width", WIDTHS)
def test_a_number_stands_right_and_zero_filled_and_touches_nothing_else(width: int) -> None:
    values = [number for number in numbers(width) if number < 10**width]
    target = np.full((len(values), width + 4), ord("."), np.uint8)
    WIDTHS[width](target, 2, np.array(values))
    assert [bytes(row).decode() for row in target] == [f"..{number:0{width}d}.." for number in values]


@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_alike_at_the_front_and_none_at_all(width: int) -> None:
    for values in ([10**width - 1] * 3, [0, 1, 2], []):
        target = np.zeros((len(values), width), np.uint8)
        WIDTHS[width](target, 0, np.array(values, np.int64))
        assert [bytes(row).decode() for row in target] == [f"{number:0{width}d}" for number in values]
