"""International batches name countries and currencies, and their entries tell who pays whom through which banks."""

import pytest

from ingather.nacha.reader import read
from tests.unit.nacha.composed import (
    RDFI,
    abroad_addenda,
    answer_entry,
    batch_of,
    changed,
    correspondent,
    entry_of,
    file_of,
    found,
    patched,
    returned,
)

ENTRY = entry_of("IAT", addenda_indicator=1, number_of_addenda=7)


def headed(**fields: str) -> list[tuple[int, int, int]]:
    head, *rest = batch_of("IAT", ENTRY, *abroad_addenda())
    return found("iat-header", [patched(head, "5IAT", **fields), *rest])


def test_a_whole_international_batch_is_read_without_a_word() -> None:
    reading = read(file_of(batch_of("IAT", ENTRY, *abroad_addenda())))
    assert reading.problems == ()
    assert (reading.debit_cents, reading.addenda_count) == (1999, 7)


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("foreign_exchange_indicator", "XX", (21, 22)),
        ("foreign_exchange_indicator", "", (21, 22)),
        ("foreign_exchange_reference_indicator", "4", (23, 23)),
        ("foreign_exchange_reference_indicator", " ", (23, 23)),
        ("foreign_exchange_reference", "1.25", (24, 38)),
        ("destination_country", "ca", (39, 40)),
        ("destination_country", "C", (39, 40)),
        ("originating_currency", "US1", (64, 66)),
        ("destination_currency", "", (67, 69)),
    ],
)
def test_an_international_header_names_countries_currencies_and_the_rate(
    name: str, text: str, columns: tuple[int, int]
) -> None:
    assert headed(**{name: text}) == [(2, *columns)]


@pytest.mark.parametrize("indicator", ["FV", "VF", "FF"])
def test_a_header_with_a_rate_is_good(indicator: str) -> None:
    fields = {"foreign_exchange_reference_indicator": "1", "foreign_exchange_reference": "1.25"}
    assert headed(foreign_exchange_indicator=indicator, **fields) == []


def test_an_international_batch_among_others_is_looked_at() -> None:
    head, *rest = batch_of("IAT", ENTRY, *abroad_addenda())
    domestic = batch_of("PPD", entry_of(number=2), number=2)
    assert found("iat-header", [patched(head, "5IAT", destination_country="c4"), *rest], domestic) == [(2, 39, 40)]


def test_the_indicator_of_an_international_batch_is_no_company_name() -> None:
    head, *rest = batch_of("IAT", ENTRY, *abroad_addenda())
    assert found("reserved", [patched(head, "5IAT", iat_indicator="ACME GOODS"), *rest]) == [(2, 5, 20)]


@pytest.mark.parametrize("missing", range(7))
def test_no_mandatory_addenda_is_missing(missing: int) -> None:
    details = abroad_addenda()
    del details[missing]
    entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=6)
    assert found("iat-addenda", batch_of("IAT", entry, *details)) == [(3, 0, 0)]


def test_mandatory_addenda_stand_in_order_and_once() -> None:
    details = abroad_addenda()
    swapped = [details[1], details[0], *details[2:]]
    assert found("iat-addenda", batch_of("IAT", ENTRY, *swapped)) == [(3, 0, 0)]
    entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=8)
    assert found("iat-addenda", batch_of("IAT", entry, *details, details[6])) == [(3, 0, 0)]
    assert found("iat-addenda", batch_of("IAT", entry, correspondent(1), *details)) == [(3, 0, 0)]


def test_each_entry_has_its_own_addenda() -> None:
    second = entry_of("IAT", number=2, addenda_indicator=1, number_of_addenda=7)
    both = [ENTRY, *abroad_addenda(), second, *abroad_addenda(2)]
    assert found("iat-addenda", batch_of("IAT", *both)) == []
    short = patched(second, "6IAT", number_of_addenda="0006")
    assert found("iat-addenda", batch_of("IAT", ENTRY, *abroad_addenda(), short, *abroad_addenda(2)[:6])) == [
        (11, 0, 0)
    ]


@pytest.mark.parametrize(
    ("index", "name", "text", "columns"),
    [
        (0, "transaction_type", "XYZ", (4, 6)),
        (0, "foreign_amount", "12.50", (7, 24)),
        (0, "receiver_name", "", (47, 81)),
        (1, "originator_name", "", (4, 38)),
        (1, "originator_street", "", (39, 73)),
        (2, "originator_city", "", (4, 38)),
        (2, "originator_country", "", (39, 73)),
        (3, "originating_dfi_name", "", (4, 38)),
        (3, "originating_dfi_qualifier", "04", (39, 40)),
        (3, "originating_dfi_identification", "", (41, 74)),
        (3, "originating_dfi_country", "U", (75, 77)),
        (4, "receiving_dfi_qualifier", "", (39, 40)),
        (4, "receiving_dfi_country", "USA", (75, 77)),
        (5, "receiver_street", "", (19, 53)),
        (6, "receiver_city", "", (4, 38)),
        (6, "receiver_country", "", (39, 73)),
    ],
)
def test_the_mandatory_fields_of_international_addenda_are_filled(
    index: int, name: str, text: str, columns: tuple[int, int]
) -> None:
    details = abroad_addenda()
    details[index] = patched(details[index], f"7{10 + index}", **{name: text})
    assert found("iat-field", batch_of("IAT", ENTRY, *details)) == [(4 + index, *columns)]


def test_what_may_be_blank_may_be_blank() -> None:
    details = abroad_addenda()
    details[0] = patched(details[0], "710", foreign_amount="", foreign_trace_number="")
    assert found("iat-field", batch_of("IAT", ENTRY, *details)) == []


def test_a_correspondent_bank_is_named() -> None:
    entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=8)
    bad = patched(correspondent(1), "718", correspondent_name="")
    assert found("iat-field", batch_of("IAT", entry, *abroad_addenda(), bad)) == [(11, 4, 38)]


def test_an_international_return_brings_its_addenda_back() -> None:
    entry, answer = answer_entry("IAT", number_of_addenda=8), returned("R03", layout="799IAT", original_amount=1999)
    assert found("iat-addenda", batch_of("IAT", entry, answer, bank=RDFI)) == [(3, 0, 0)]
    whole = abroad_addenda(bank=RDFI)
    assert found("iat-addenda", batch_of("IAT", entry, *whole, answer, bank=RDFI)) == []
    whole[5] = patched(whole[5], "715", receiver_street="")
    assert found("iat-field", batch_of("IAT", entry, *whole, answer, bank=RDFI)) == [(9, 19, 53)]


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("destination_country", ["XK", "UK", "EU", "ZZ"], ["GB", "CA", "AX", "ZW"]),
        ("originating_currency", ["ABC", "RMB", "usd"], ["USD", "XXX", "SLE", "HRK"]),
        ("destination_currency", ["XYZ"], ["EUR", "CNY"]),
    ],
)
def test_countries_and_currencies_are_those_of_the_lists(name: str, bad: list[str], good: list[str]) -> None:
    assert [len(headed(**{name: text})) for text in bad] == [1] * len(bad)
    assert [headed(**{name: text}) for text in good] == [[]] * len(good)


def test_international_changes_stand_in_batches_that_say_iatcor() -> None:
    entry = answer_entry("IAT", number_of_addenda=1, amount=0, transaction_code=21)
    change = changed("C05", "37", layout="798IAT")
    assert found("iat-addenda", batch_of("COR", entry, change, bank=RDFI, iat_indicator="IATCOR")) == []
