"""Texts that an SEC code demands: told where they are missing, and only of forward entries of that code."""

from typing import Any

import pytest

from ingather.nacha.reader import LENIENT, read
from ingather.nacha.records import LAYOUTS
from ingather.nacha.sec import SEC_CODES
from tests.unit.nacha.composed import answer_entry, batch_of, entry_of, file_of, found, patched, returned

REDEPOSIT = {"company_entry_description": "REDEPCHECK"}


@pytest.mark.parametrize("sec", ["WEB", "TEL"])
@pytest.mark.parametrize("name", ["", "0", "0000", "00 00"])
def test_web_and_tel_entries_name_the_receiver(sec: str, name: str) -> None:
    good = entry_of(sec, discretionary_data="S")
    bad = entry_of(sec, number=2, discretionary_data="S", receiver_name=name)
    assert found("name-blank", batch_of(sec, good, bad)) == [(4, 55, 76)]


def test_a_name_that_starts_with_blank_or_zero_is_a_name() -> None:
    names = [" BUYER", "00 BUYER", "0 B"]
    entries = [entry_of("WEB", number=i, discretionary_data="R", receiver_name=text) for i, text in enumerate(names, 1)]
    assert found("name-blank", batch_of("WEB", *entries)) == []


@pytest.mark.parametrize("sec", ["CCD", "ACK"])
def test_other_classes_leave_the_name_to_the_receiving_bank(sec: str) -> None:
    free: dict[str, Any] = {"transaction_code": 24, "amount": 0} if sec == "ACK" else {}
    entry = entry_of(sec, receiver_name="", **free)
    assert not {one.check for one in read(file_of(batch_of(sec, entry))).problems} & {"name-blank", "name-of-class"}


@pytest.mark.parametrize("name", ["", "0", "00 00"])
def test_some_classes_hold_something_where_others_have_the_name(name: str) -> None:
    good, bad = entry_of(receiver_name="0 B"), entry_of(number=2, receiver_name=name)
    assert found("name-of-class", batch_of("PPD", good, bad)) == [(4, 55, 76)]


@pytest.mark.parametrize("sec", ["ARC", "BOC", "CIE", "DNE", "ENR", "POP", "POS", "RCK", "SHR", "TEL", "WEB"])
def test_what_comes_back_is_named_in_these_classes_as_well(sec: str) -> None:
    def told(text: str) -> list[tuple[int, int, int]]:
        serial: dict[str, Any] = {"check_serial_number": "1001", "terminal_city": "PHIL", "terminal_state": "PA"}
        needed = {field.name for field in LAYOUTS[SEC_CODES[sec].entry_layout].fields} & serial.keys()
        entry = patched(answer_entry(sec, **{name: serial[name] for name in needed}), "6", receiver_name=text)
        problems = read(file_of(batch_of(sec, entry, returned("R03"), bank="23138010"))).problems
        return [(one.line, one.start, one.end) for one in problems if one.check == "name-of-class"]

    assert told("BUYER") == []
    assert told("") == told("0" * 22) == [(3, 55, 76)]


def test_machine_transfers_are_named_in_both_fields() -> None:
    for layout_field, columns in (("receiver_name", (40, 54)), ("identification_number", (55, 76))):
        entry = patched(answer_entry("MTE"), "6MTE", **{layout_field: "0"})
        problems = read(file_of(batch_of("MTE", entry, returned("R03"), bank="23138010"))).problems
        assert [(one.start, one.end) for one in problems if one.check == "name-of-class"] == [columns]


@pytest.mark.parametrize("text", ["", "X", "RS", " R", "r"])
def test_a_web_entry_says_whether_it_recurs(text: str) -> None:
    assert found("payment-type", batch_of("WEB", entry_of("WEB", discretionary_data=text))) == [(3, 77, 78)]


@pytest.mark.parametrize("text", ["R", "S"])
def test_r_and_s_are_payment_types(text: str) -> None:
    for sec in ("WEB", "TEL"):
        assert found("payment-type", batch_of(sec, entry_of(sec, discretionary_data=text))) == []


def test_a_tel_entry_may_leave_its_payment_type_blank() -> None:
    assert found("payment-type", batch_of("TEL", entry_of("TEL", discretionary_data=""))) == []
    assert found("payment-type", batch_of("TEL", entry_of("TEL", discretionary_data="Q"))) == [(3, 77, 78)]


@pytest.mark.parametrize("sec", ["ARC", "BOC", "RCK"])
@pytest.mark.parametrize("serial", ["", "0", "000000000000000"])
def test_an_entry_made_from_a_check_carries_its_serial_number(sec: str, serial: str) -> None:
    header: dict[str, Any] = dict(REDEPOSIT) if sec == "RCK" else {}
    bad, good = (entry_of(sec, number=i, check_serial_number=text) for i, text in ((1, serial), (2, "1001")))
    if serial:
        assert found("serial-blank", batch_of(sec, bad, good, **header)) == [(3, 40, 54)]
    assert found("serial-blank", batch_of(sec, good, **header)) == []


POP = {"check_serial_number": "1001", "terminal_city": "PHIL", "terminal_state": "PA"}
CARD = {"card_expiration_date": "1227", "document_reference_number": "1", "card_transaction_type": "01"}
ITEM = {"process_control": "P1", "item_research_number": "I1"}


@pytest.mark.parametrize(
    ("sec", "good", "field", "bad", "columns"),
    [
        ("POP", POP, "check_serial_number", "000000000", (40, 48)),
        ("POP", POP, "terminal_city", "0", (49, 52)),
        ("POP", POP, "terminal_state", "00", (53, 54)),
        ("TRC", ITEM, "process_control", "", (55, 60)),
        ("TRC", ITEM, "item_research_number", "", (61, 76)),
        ("XCK", {"check_serial_number": "1"} | ITEM, "item_research_number", "0", (61, 76)),
        ("SHR", CARD, "card_transaction_type", "04", (77, 78)),
        ("SHR", CARD, "card_expiration_date", "1327", (40, 43)),
        ("SHR", CARD, "card_expiration_date", "1 27", (40, 43)),
        ("SHR", CARD, "card_expiration_date", "1217", (40, 43)),
        ("SHR", CARD, "card_expiration_date", "1251", (40, 43)),
        ("MTE", {}, "receiver_name", "0", (40, 54)),
        ("MTE", {}, "identification_number", "", (55, 76)),
        ("POS", {"card_transaction_type": "21"}, "card_transaction_type", "A1", (77, 78)),
        ("CIE", {"transaction_code": "22"}, "identification_number", "0", (55, 76)),
    ],
)
def test_fields_of_one_class_alone_hold_what_it_needs(
    sec: str, good: dict[str, Any], field: str, bad: str, columns: tuple[int, int]
) -> None:
    def told(values: dict[str, Any]) -> list[tuple[int, int, int]]:
        problems = read(file_of(batch_of(sec, entry_of(sec, **values)))).problems
        return [(one.line, one.start, one.end) for one in problems if one.check in {"class-field", "serial-blank"}]

    assert told(good) == []
    assert told(good | {field: bad}) == [(3, *columns)]


def test_what_comes_back_may_be_nameless_where_that_is_tolerated() -> None:
    entry = answer_entry("WEB", receiver_name="", discretionary_data="")
    batch = batch_of("WEB", entry, returned("R03"), bank="23138010")
    assert found("name-of-class", batch) == [(3, 55, 76)]
    assert read(file_of(batch), tolerances=LENIENT).ok


def test_in_a_mixed_batch_the_forward_entries_are_still_looked_at() -> None:
    mixed = batch_of(
        "WEB",
        answer_entry("WEB", receiver_name=""),
        returned("R03"),
        entry_of("WEB", number=2, bank="23138010", receiver_name="", discretionary_data="S"),
        bank="23138010",
    )
    problems = read(file_of(mixed)).problems
    assert [one.line for one in problems if one.check == "name-blank"] == [5]


def test_more_entries_than_a_chunk_holds_are_all_looked_at() -> None:
    good = [entry_of("WEB", number=i, discretionary_data="S") for i in range(1, 16_385)]
    bad = [entry_of("WEB", number=i, discretionary_data="S", receiver_name="") for i in range(16_385, 16_388)]
    problems = read(file_of(batch_of("PPD", entry_of()), batch_of("WEB", *good, *bad, number=2))).problems
    lines = [one.line for one in problems if one.check == "name-blank"]
    assert lines == [16_390, 16_391, 16_392]
