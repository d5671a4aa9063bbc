"""Changes stand in batches of their own, and their corrected data in the fixed columns of their code."""

from typing import Any

import pytest

from ingather.nacha.answers import changes
from ingather.nacha.reader import read
from tests.red import ACCOUNTS
from tests.unit.nacha.composed import (
    RDFI,
    answer_entry,
    batch_of,
    changed,
    file_of,
    found,
    patched,
    problems_in,
    returned,
)

ROUTING = "121042882"
SHORT, FULL = ACCOUNTS[0], ACCOUNTS[8]


def one(addenda: bytes, *, sec: str = "COR", **values: Any) -> list[bytes]:  # noqa: ANN401 -- any field of the record
    told: dict[str, Any] = {"amount": 0, "transaction_code": 26, **values}
    return batch_of(sec, answer_entry(sec, **told), addenda, bank=RDFI)


def abroad(addenda: bytes) -> list[bytes]:
    entry = answer_entry("IAT", amount=0, transaction_code=26, number_of_addenda=1)
    return batch_of("COR", entry, addenda, bank=RDFI, iat_indicator="IATCOR")


def test_changes_stand_in_batches_of_their_own_class() -> None:
    assert found("change-class", one(changed("C05", "37"), sec="PPD")) == [(4, 2, 3)]
    assert found("change-class", one(changed("C05", "37"))) == []


def test_a_batch_of_changes_holds_nothing_else() -> None:
    batch = one(returned("R02"))
    assert {(problem.check, problem.line) for problem in problems_in(batch)} == {
        ("mixed-batch", 2),
        ("change-class", 3),
    }


def test_a_change_or_entry_outside_any_batch_is_in_no_wrong_class() -> None:
    stray = [answer_entry("COR", number=8, amount=0, transaction_code=26), changed("C05", "37", number=8)]
    for sec, details in (("PPD", [answer_entry(), returned("R02")]), ("COR", one(changed("C05", "37"))[1:3])):
        lines = file_of(batch_of(sec, *details, bank=RDFI)).splitlines()
        for extra in (stray, stray[:1]):
            problems = read(b"\n".join([lines[0], *extra, *lines[1:]])).problems
            assert "change-class" not in {problem.check for problem in problems}


def test_each_code_is_looked_at_whatever_is_wrong_with_another() -> None:
    wrong = [("C02", "121042883"), ("C10", "NAME"), ("C05", "57"), ("C13", "X")]
    details = [
        record
        for number, (code, data) in enumerate(wrong, start=1)
        for record in (answer_entry("COR", number=number, amount=0), changed(code, data, number=number))
    ]
    details[7] = patched(details[7], "798", corrected_data="")
    problems = problems_in(batch_of("COR", *details, bank=RDFI))
    assert [(problem.check, problem.line) for problem in problems] == [
        ("corrected-data", 4),
        ("unknown-change-code", 6),
        ("corrected-data", 8),
        ("corrected-data", 10),
    ]


def test_a_change_moves_no_money() -> None:
    assert found("change-amount", one(changed("C05", "37"), amount=1)) == [(3, 30, 39)]


def test_an_unknown_change_is_kept_and_hides_no_neighbour() -> None:
    second = [answer_entry("COR", number=2, amount=0), changed("C92", "WORDS", number=2)]
    third = [answer_entry("COR", number=3, amount=0), changed("C05", "37", number=3)]
    batch = batch_of("COR", answer_entry("COR", amount=0), changed("C05", "37"), *second, *third, bank=RDFI)
    assert found("unknown-change-code", batch) == [(6, 4, 6)]
    assert changes(read(file_of(batch))).entry.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("C01", ("{full}",)),
        ("C01", ("{short}",)),
        ("C02", (ROUTING,)),
        ("C03", (ROUTING, "   ", "{full}")),
        ("C03", (ROUTING, "   ", "{short}")),
        ("C04", ("BUYER AND SONS",)),
        ("C05", ("37",)),
        ("C05", ("26",)),
        ("C06", ("{full}", "   ", "37")),
        ("C06", ("{short:17}", "   ", "37")),
        ("C07", (ROUTING, "{full}", "27")),
        ("C07", (ROUTING, "{short:17}", "27")),
        ("C09", ("0C4M7R2V9K001-123",)),
        ("C13", ("RMR*IV",)),
        ("C14", ("IAT",)),
    ],
)
def test_corrected_data_in_the_columns_of_their_code_are_good(code: str, parts: tuple[str, ...]) -> None:
    data = "".join(parts).format(full=FULL, short=SHORT)
    assert found("corrected-data", one(changed(code, data))) == []


@pytest.mark.parametrize(
    ("code", "parts", "columns"),
    [
        ("C01", (), (36, 52)),
        ("C01", (" {short}",), (36, 52)),
        ("C01", ("{full}", "9"), (53, 53)),
        ("C02", ("121042883",), (36, 44)),
        ("C02", ("12104288",), (36, 44)),
        ("C02", ("000000000",), (36, 44)),
        ("C02", (ROUTING, " X"), (46, 46)),
        # Written at the right edge, as some programs do.
        ("C03", (ROUTING, "{short:>20}"), (48, 64)),
        ("C03", (ROUTING, "1", "{short}"), (45, 47)),
        ("C03", (ROUTING, "  1", "{short}"), (45, 47)),
        ("C05", ("57",), (36, 37)),
        ("C05", ("82",), (36, 37)),
        ("C05", (" 3",), (36, 37)),
        ("C06", ("{short:27}", "37"), (56, 57)),
        ("C06", ("{short:18}", "1 ", "37"), (53, 55)),
        ("C07", (ROUTING, "{short:18}", "27"), (62, 63)),
        ("C07", ("121042883", "{full}", "27"), (36, 44)),
        ("C07", (ROUTING, "{full}", "27", "1"), (64, 64)),
        ("C09", (), (36, 57)),
        ("C13", (), (36, 64)),
        ("C14", ("PPD",), (36, 38)),
        ("C08", ("BANK",), (36, 64)),
    ],
)
def test_corrected_data_out_of_their_columns_are_told(
    code: str, parts: tuple[str, ...], columns: tuple[int, int]
) -> None:
    data = "".join(parts).format(full=FULL, short=SHORT)
    change = patched(changed(code, "X"), "798", corrected_data=data)
    assert found("corrected-data", one(change)) == [(4, *columns)]


def test_no_account_number_is_repeated() -> None:
    told = problems_in(one(changed("C03", f"{ROUTING} {SHORT:>19}")))
    assert told
    assert not any(SHORT in problem.message for problem in told)


def test_international_changes_have_wider_columns() -> None:
    wide: dict[str, Any] = {"layout": "798IAT"}
    assert found("corrected-data", abroad(changed("C01", f"{FULL}{FULL}9", **wide))) == []
    assert found("corrected-data", abroad(changed("C08", "B" * 34, **wide))) == []
    assert found("corrected-data", abroad(changed("C09", "N" * 16, **wide))) == [(4, 51, 51)]
    assert found("corrected-data", abroad(changed("C03", f"{ROUTING}   {SHORT}", **wide))) == [(4, 36, 70)]


REFUSAL: dict[str, Any] = {"change_code": "C01", "change_trace_sequence": "0000007"}


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("change_code", "C61", (65, 67)),
        ("change_code", "C99", (65, 67)),
        ("change_code", "", (65, 67)),
        ("change_trace_sequence", "", (68, 74)),
        ("corrected_data", "", (36, 64)),
        ("change_trace_sequence", "0000000", (68, 74)),
    ],
)
def test_a_refused_change_names_the_change(name: str, text: str, columns: tuple[int, int]) -> None:
    refusal = changed("C62", SHORT, layout="798REF", **REFUSAL)
    assert found("refused-change", one(refusal)) == []
    assert found("refused-change", one(patched(refusal, "798REF", **{name: text}))) == [(4, *columns)]


def test_changes_of_international_entries_are_not_refused() -> None:
    refusal = changed("C62", SHORT, layout="798REF", **REFUSAL)
    assert found("refused-change", abroad(refusal)) == [(4, 4, 6)]


def test_the_data_of_a_refused_change_are_only_a_copy() -> None:
    assert found("corrected-data", one(changed("C65", " GARBLED", layout="798REF", **REFUSAL))) == []
