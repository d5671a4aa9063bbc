"""The digit kernels and check digits agree with plain Python on every width and every byte."""

import numpy as np
import pytest

from ingather.base.columns import digits_column, parse_digits, put_digits
from ingather.nacha.routing import check_digit, check_digits, is_routing_number


@pytest.mark.parametrize("width", range(1, 19))
def test_digits_go_out_and_come_back_at_every_width(width: int) -> None:
    values = np.unique(np.geomspace(1, 10**width - 1, 500).astype(np.int64) % 10**width)
    values = np.append(values, [0, 10**width - 1])
    target = np.full((len(values), width + 4), 32, np.uint8)
    put_digits(target, 2, width, values)
    assert [bytes(row) for row in target] == [f"  {value:0{width}d}  ".encode() for value in values.tolist()]
    found, good = parse_digits(target[:, 2 : 2 + width])
    assert good.all()
    assert np.array_equal(found, values)


@pytest.mark.parametrize("width", range(1, 19))
def test_any_other_byte_at_any_place_is_seen(width: int) -> None:
    octets = np.arange(256)
    digit = (octets >= 48) & (octets <= 57)
    for place in range(width):
        column = np.full((256, width), 53, np.uint8)
        column[:, place] = octets
        found, good = parse_digits(column)
        assert np.array_equal(good, digit)
        assert (found[~digit] == 0).all()


@pytest.mark.parametrize(("value", "width"), [(100, 2), (-1, 5), (10**8, 8)])
def test_a_number_that_does_not_fit_is_never_cut(value: int, width: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        digits_column(np.array([value]), width)


def test_check_digits_of_columns_equal_the_rule() -> None:
    values = np.arange(0, 100_000_000, 997_331)
    found = check_digits(digits_column(values, 8)).tolist()
    assert found == [check_digit(f"{value:08d}") for value in values.tolist()]


def test_known_routing_numbers_pass_and_others_do_not() -> None:
    assert all(is_routing_number(number) for number in ("091000019", "021000021", "121042882"))
    assert not any(is_routing_number(number) for number in ("091000018", "000000000", "09100001", "09100001X"))
