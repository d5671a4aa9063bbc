"""Addenda against their entries: what is announced, what the class allows, and how many."""

import numpy as np
import pytest

from ingather.nacha.reader import read
from tests.unit.nacha.composed import (
    RDFI,
    abroad_addenda,
    addenda_of,
    answer_entry,
    batch_of,
    correspondent,
    entry_of,
    file_of,
    found,
    patched,
    problems_in,
    returned,
)


def remittance(sequence: int = 1, *, number: int = 1) -> bytes:
    return addenda_of("705", number=number, addenda_sequence=sequence, payment_related_information="RMR*IV*1\\")


def trade(following: int, *, number: int = 1) -> bytes:
    return entry_of("CTX", number=number, number_of_addenda=following, addenda_indicator=int(following > 0))


def test_an_entry_that_announces_addenda_has_some() -> None:
    assert found("addenda-indicator", batch_of("PPD", entry_of(addenda_indicator=1))) == [(3, 79, 79)]
    assert found("addenda-indicator", batch_of("PPD", entry_of(), remittance())) == [(3, 79, 79)]
    assert found("addenda-indicator", batch_of("PPD", entry_of(addenda_indicator=1), remittance())) == []


def test_one_bare_entry_is_told_among_good_ones() -> None:
    details = [entry_of(addenda_indicator=1), remittance(), entry_of(number=2, addenda_indicator=1)]
    assert found("addenda-indicator", batch_of("PPD", *details, entry_of(number=3))) == [(5, 79, 79)]


def test_an_addenda_type_that_the_rules_do_not_know_is_told() -> None:
    odd = patched(remittance(), "7", addenda_type="06")
    assert found("addenda-type", batch_of("PPD", entry_of(addenda_indicator=1), odd)) == [(4, 2, 3)]
    letters = patched(remittance(), "7", addenda_type="0X")
    assert found("addenda-type", batch_of("PPD", entry_of(addenda_indicator=1), letters)) == [(4, 2, 3)]


def test_an_addenda_type_of_another_class_is_told() -> None:
    terminal = addenda_of("702", terminal_location="MAIN STREET", terminal_city="TOWN", terminal_state="PA")
    assert found("addenda-class", batch_of("PPD", entry_of(addenda_indicator=1), terminal)) == [(4, 2, 3)]
    assert (
        found(
            "addenda-class", batch_of("POS", entry_of("POS", addenda_indicator=1, card_transaction_type="01"), terminal)
        )
        == []
    )


def test_a_class_without_addenda_has_none() -> None:
    batch = batch_of("TEL", entry_of("TEL", addenda_indicator=1), remittance())
    assert {(problem.check, problem.line) for problem in problems_in(batch)} == {
        ("addenda-limit", 3),
        ("addenda-class", 4),
    }


def test_an_entry_has_no_more_addenda_than_its_class_allows() -> None:
    first = [entry_of(addenda_indicator=1), remittance(1), remittance(2)]
    second = [entry_of(number=2, addenda_indicator=1), remittance(number=2)]
    assert found("addenda-limit", batch_of("PPD", *first, *second)) == [(3, 0, 0)]
    assert found("addenda-limit", batch_of("CTX", trade(2), remittance(1), remittance(2))) == []


def test_a_trade_entry_has_at_most_9999_addenda() -> None:
    good = read(file_of(batch_of("CTX", trade(9_999), *(remittance(i) for i in range(1, 10_000)))))
    assert good.problems == ()
    more = patched(trade(9_999), "6CTX", number_of_addenda="9999")
    over = read(file_of(batch_of("CTX", more, *(remittance(i % 10_000) for i in range(1, 10_001)))))
    assert ("addenda-limit", 3) in {(problem.check, problem.line) for problem in over.problems}


def test_an_international_entry_has_at_most_two_remittances_and_five_correspondents() -> None:
    def with_more(*more: bytes) -> list[tuple[int, int, int]]:
        entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=7 + len(more))
        return found("addenda-limit", batch_of("IAT", entry, *abroad_addenda(), *more))

    remittances = [addenda_of("717", addenda_sequence=i) for i in (1, 2, 3)]
    assert with_more(*remittances[:2]) == []
    assert with_more(*remittances) == [(3, 0, 0)]
    assert with_more(*(correspondent(i) for i in range(1, 6))) == []
    assert with_more(*(correspondent(i) for i in range(1, 7))) == [(3, 0, 0)]
    # Twelve in all, though two and five would fit by themselves.
    assert with_more(*remittances[:2], *(correspondent(i) for i in range(1, 4))) == []
    assert with_more(*remittances[:2], *(correspondent(i) for i in range(1, 5))) == [(3, 0, 0)]


def test_an_entry_comes_back_once() -> None:
    batch = batch_of("PPD", answer_entry(), returned("R01"), returned("R02"), bank=RDFI)
    assert found("addenda-limit", batch) == [(3, 0, 0)]


@pytest.mark.parametrize("said", ["0003", "0000", "    ", "000X"])
def test_a_trade_entry_announces_the_number_of_its_addenda(said: str) -> None:
    batch = batch_of("CTX", patched(trade(2), "6CTX", number_of_addenda=said), remittance(1), remittance(2))
    assert found("addenda-count", batch) == [(3, 55, 58)]


def test_the_number_of_addenda_of_an_international_entry_stands_in_its_own_columns() -> None:
    entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=8)
    assert found("addenda-count", batch_of("IAT", entry, *abroad_addenda())) == [(3, 13, 16)]


def test_a_returned_trade_entry_need_not_count_the_addenda_it_no_longer_has() -> None:
    entry = answer_entry("CTX", number_of_addenda=7)
    assert found("addenda-count", batch_of("CTX", entry, returned("R01"), bank=RDFI)) == []


def test_reserved_columns_of_addenda_are_blank() -> None:
    junk = patched(abroad_addenda()[5], "715", reserved=" x")
    entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=7)
    details = abroad_addenda()
    batch = batch_of("IAT", entry, *details[:5], junk, *details[6:])
    assert found("reserved", batch) == [(9, 54, 87)]


def test_the_amounts_of_addenda_without_an_entry_are_lost_to_nobody() -> None:
    reading = read(file_of(batch_of("PPD", remittance(), entry_of())))
    assert reading.addenda.entry.tolist() == [-1]
    assert np.array_equal(reading.addenda.type_code, [5])
