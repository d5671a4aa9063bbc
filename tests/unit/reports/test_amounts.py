"""Amounts become whole minor units of their currency, exactly or not at all."""

import pytest

from ingather.reports.amounts import minor_units


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("5", "USD", 500),
        ("5.1", "USD", 510),
        ("5.1000", "USD", 510),
        ("5", "JPY", 5),
        ("1.234", "KWD", 1_234),
        (".5", "USD", 50),
    ],
)
def test_an_amount_is_read_by_its_currency(text: str, currency: str, minor: int) -> None:
    assert minor_units(text, currency) == minor


@pytest.mark.parametrize("text", ["", ".", "-5", "5,00", "1.001", "1e3", "5 00", "1" * 19, "²"])
def test_what_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        minor_units(text, "USD")


def test_the_decimal_mark_is_the_messages_own() -> None:
    assert minor_units("1250,", "USD", mark=",") == 125_000
    with pytest.raises(ValueError, match="amount"):
        minor_units("1250.00", "USD", mark=",")
