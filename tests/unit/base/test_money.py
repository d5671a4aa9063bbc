"""Money: whole minor units, read from plain decimals only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.money import format_minor, parse_minor


@given(st.integers(-(10**15), 10**15))
def test_an_amount_comes_back_from_what_people_read(amount: int) -> None:
    assert parse_minor(format_minor(amount).replace(",", "")) == amount


@pytest.mark.parametrize(
    ("text", "amount"), [("0", 0), ("1", 100), ("1.5", 150), ("1.05", 105), ("-0.01", -1), ("1234.56", 123_456)]
)
def test_plain_decimals_are_read(text: str, amount: int) -> None:
    assert parse_minor(text) == amount


@pytest.mark.parametrize(
    "text", ["", "1,234.56", "1e3", "1.234", ".5", "5.", "+1", " 1", "1 ", "NaN", "\uff11", "1.\u0665"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="plain amount"):
        parse_minor(text)


def test_amounts_read_as_people_write_them() -> None:
    assert [format_minor(amount) for amount in (0, 5, -5, 123_456_789)] == ["0.00", "0.05", "-0.05", "1,234,567.89"]
