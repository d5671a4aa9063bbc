"""What an SEC code allows and demands of forward entries, and that answers are left alone."""

from typing import Any

import pytest

from ingather.nacha.reader import read
from tests.unit.nacha.composed import (
    abroad_addenda,
    addenda_of,
    answer_entry,
    batch_of,
    entry_of,
    file_of,
    found,
    returned,
)


def lines_of(check: str, *batches: list[bytes]) -> list[int]:
    return [one.line for one in read(file_of(*batches)).problems if one.check == check]


def paid(sec: str, code: int, **values: Any) -> bytes:  # noqa: ANN401 -- any field of the record
    needs: dict[str, dict[str, Any]] = {
        "ARC": {"check_serial_number": "1001"},
        "BOC": {"check_serial_number": "1001"},
        "RCK": {"check_serial_number": "1001"},
        "XCK": {"check_serial_number": "1001", "process_control": "P1", "item_research_number": "I1"},
        "POP": {"check_serial_number": "1001", "terminal_city": "PHIL", "terminal_state": "PA"},
        "POS": {"card_transaction_type": "01", "addenda_indicator": 1},
        "WEB": {"discretionary_data": "S"},
    }
    told: dict[str, Any] = {"transaction_code": code, **needs.get(sec, {})}
    return entry_of(sec, **{**told, **values})


@pytest.mark.parametrize("sec", ["TEL", "ARC", "BOC", "POP", "RCK", "TRC", "XCK"])
def test_credits_of_a_class_of_debits_only_reverse(sec: str) -> None:
    assert lines_of("class-direction", batch_of(sec, paid(sec, 22))) == [3]
    assert lines_of("class-direction", batch_of(sec, paid(sec, 27))) == []
    assert lines_of("class-direction", batch_of(sec, paid(sec, 22), company_entry_description="REVERSAL")) == []


def test_debits_of_a_class_of_debits_do_not_reverse() -> None:
    assert lines_of("class-direction", batch_of("TEL", paid("TEL", 27), company_entry_description="REVERSAL")) == [3]


def test_debits_of_a_class_of_credits_are_told() -> None:
    assert found("class-direction", batch_of("CIE", paid("CIE", 27))) == [(3, 2, 3)]
    assert found("class-direction", batch_of("CIE", paid("CIE", 22))) == []


@pytest.mark.parametrize("sec", ["PPD", "CCD", "WEB"])
def test_classes_of_both_directions_take_both(sec: str) -> None:
    assert found("class-direction", batch_of(sec, paid(sec, 22), paid(sec, 27, number=2))) == []


def test_a_loan_is_debited_only_to_reverse() -> None:
    assert found("class-direction", batch_of("PPD", paid("PPD", 55))) == [(3, 2, 3)]
    assert found("class-direction", batch_of("PPD", paid("PPD", 55), company_entry_description="REVERSAL")) == []


def test_a_bad_batch_among_good_ones_is_told_alone() -> None:
    batches = [
        batch_of("PPD", paid("PPD", 22)),
        batch_of("TEL", paid("TEL", 27, number=2), paid("TEL", 22, number=3), number=2),
        batch_of("CCD", paid("CCD", 22, number=4), number=3),
    ]
    assert found("class-direction", *batches) == [(7, 2, 3)]


@pytest.mark.parametrize(
    ("sec", "code", "told"),
    [
        ("PPD", 29, True),
        ("WEB", 24, True),
        ("TEL", 39, True),
        ("PPD", 28, False),
        ("DNE", 22, True),
        ("DNE", 23, False),
        ("ACK", 22, True),
        ("ACK", 24, False),
        ("PPD", 26, True),
        ("CCD", 21, True),
    ],
)
def test_an_entry_has_a_use_that_its_class_allows(sec: str, code: int, *, told: bool) -> None:
    values: dict[str, Any] = {"original_trace": "091000010000009"} if sec == "ACK" else {}
    batch = batch_of(sec, paid(sec, code, amount=0, **values))
    assert lines_of("class-use", batch) == ([3] if told else [])


@pytest.mark.parametrize(
    ("sec", "most"), [("RCK", 2_500), ("XCK", 2_500), ("ARC", 25_000), ("BOC", 25_000), ("POP", 25_000)]
)
def test_an_amount_is_within_what_the_class_allows(sec: str, most: int) -> None:
    description = "REDEPCHECK" if sec == "RCK" else "ORDERPMT"
    over = batch_of(sec, paid(sec, 27, amount=most * 100 + 1), company_entry_description=description)
    assert found("amount-of-class", over) == [(3, 30, 39)]
    assert (
        found("amount-of-class", batch_of(sec, paid(sec, 27, amount=most * 100), company_entry_description=description))
        == []
    )


@pytest.mark.parametrize("sec", ["CCD", "CTX"])
@pytest.mark.parametrize("code", [24, 29, 34, 39])
def test_a_zero_dollar_entry_has_addenda(sec: str, code: int) -> None:
    assert found("addenda-missing", batch_of(sec, paid(sec, code, amount=0))) == [(3, 79, 79)]
    counted: dict[str, Any] = {"number_of_addenda": 1} if sec == "CTX" else {}
    entry = paid(sec, code, amount=0, addenda_indicator=1, **counted)
    assert found("addenda-missing", batch_of(sec, entry, addenda_of("705"))) == []


def test_a_class_that_demands_addenda_lets_prenotes_go_without() -> None:
    bare: dict[str, Any] = {"addenda_indicator": 0}
    assert found("addenda-missing", batch_of("POS", paid("POS", 27, **bare))) == [(3, 79, 79)]
    assert found("addenda-missing", batch_of("POS", paid("POS", 28, amount=0, **bare))) == []


def test_a_death_notification_is_a_prenote_and_has_addenda() -> None:
    batch = batch_of("DNE", paid("DNE", 23, amount=0), originator_status_code="2")
    assert found("addenda-missing", batch) == [(3, 79, 79)]


def test_an_acknowledgment_may_go_without_addenda() -> None:
    entry = paid("ACK", 24, amount=0, original_trace="091000010000009")
    assert found("addenda-missing", batch_of("ACK", entry)) == []


def test_an_international_prenote_has_addenda() -> None:
    assert lines_of("addenda-missing", batch_of("IAT", paid("IAT", 28, amount=0))) == [3]
    entry = paid("IAT", 28, amount=0, addenda_indicator=1, number_of_addenda=7)
    assert lines_of("addenda-missing", batch_of("IAT", entry, *abroad_addenda())) == []


def test_what_comes_back_keeps_its_class_and_is_not_judged_by_it() -> None:
    entry = answer_entry("TEL", transaction_code=21, discretionary_data="X")
    assert found("class-direction", batch_of("TEL", entry, returned("R23"), bank="23138010")) == []


def test_entries_outside_any_batch_have_no_class() -> None:
    checks = {one.check for one in read(paid("TEL", 22) + b"\n" + paid("RCK", 29, amount=0)).problems}
    assert not checks & {"class-direction", "class-use", "addenda-missing", "name-blank"}
