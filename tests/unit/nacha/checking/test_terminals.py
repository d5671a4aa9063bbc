"""Terminals tell when and where a card was used."""

from typing import Any

import pytest

from ingather.nacha.countries import STATES
from ingather.nacha.reader import read
from tests.unit.nacha.composed import addenda_of, batch_of, entry_of, file_of, found, patched

POS: dict[str, Any] = {"addenda_indicator": 1, "card_transaction_type": "01"}


def told(**fields: str) -> list[tuple[int, int, int]]:
    addenda = patched(addenda_of("702"), "702", **fields)
    return found("terminal", batch_of("POS", entry_of("POS", **POS), addenda))


def test_a_whole_terminal_addenda_is_read_without_a_word() -> None:
    assert told() == []
    assert told(terminal_identification="", authorization_code="", reference_information_1="") == []


@pytest.mark.parametrize(
    ("field", "bad", "columns"),
    [
        ("transaction_serial_number", [""], (20, 25)),
        ("transaction_date", ["", "1301", "0010", "0230", "0431", "1132", "11 3", "ABCD"], (26, 29)),
        ("terminal_location", [""], (36, 62)),
        ("terminal_city", [""], (63, 77)),
        ("terminal_state", ["", "O", "ZZ", "or", "ON"], (78, 79)),
    ],
)
def test_what_a_terminal_lacks_is_told_where_it_would_stand(
    field: str, bad: list[str], columns: tuple[int, int]
) -> None:
    assert [told(**{field: text}) for text in bad] == [[(4, *columns)]] * len(bad)


@pytest.mark.parametrize("day", ["0101", "0131", "0229", "0430", "1130", "1231"])
def test_any_day_of_a_leap_year_is_one(day: str) -> None:
    assert told(transaction_date=day) == []


def test_states_and_territories_are_known() -> None:
    assert len(STATES) == 56
    assert all(told(terminal_state=state) == [] for state in ("PA", "DC", "PR", "GU", "MP", "VI", "AS"))


def test_other_addenda_are_no_terminals() -> None:
    remittance = addenda_of("705", payment_related_information="", addenda_sequence=1)
    assert read(file_of(batch_of("PPD", entry_of(addenda_indicator=1), remittance))).problems == ()
