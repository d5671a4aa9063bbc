"""Each field of a file or batch header that is wrong is told by its own check, in its own columns; right ones pass."""

from typing import Any

import pytest

from ingather.nacha.reader import LENIENT, read
from ingather.nacha.records import LAYOUTS
from tests.unit.nacha.composed import (
    abroad_addenda,
    answer_entry,
    batch_of,
    changed,
    entry_of,
    file_of,
    found,
    patched,
    returned,
)

FILE_HEADER, BATCH_HEADER, BATCH_CONTROL = 0, 1, 3
LINES = file_of(batch_of("PPD", entry_of())).splitlines()


def problems_with(place: int, layout: str, **texts: str) -> list[tuple[str, int, int, int]]:
    lines = [*LINES[:place], patched(LINES[place], layout, **texts), *LINES[place + 1 :]]
    return [(one.check, one.line, one.start, one.end) for one in read(b"\n".join(lines)).problems]


@pytest.mark.parametrize(
    ("field", "check", "bad", "good"),
    [
        ("immediate_destination", "party", ["", "0000000000"], [" 091000019"]),
        ("immediate_destination", "destination-routing", ["1091000019", " 091000018", "091000019"], ["0091000019"]),
        ("immediate_origin", "party", ["", "0000000000"], ["1234567890", " 091000019", "ABC"]),
        ("file_creation_date", "date-real", ["", "261323", "000000", "26112"], ["261123"]),
        ("file_creation_time", "time-blank", [""], ["0000"]),
        ("file_creation_time", "time-real", ["2400", "1260", "12", "1A00"], ["2359"]),
        ("file_id_modifier", "id-modifier", ["", "a", "-"], ["0", "Z"]),
        ("record_size", "header-constant", ["095", ""], ["094"]),
        ("blocking_factor", "header-constant", ["12"], ["10"]),
        ("format_code", "header-constant", ["2"], ["1"]),
        ("priority_code", "priority-code", ["99", ""], ["01"]),
    ],
)
def test_a_wrong_field_of_a_file_header_is_told_where_it_stands(
    field: str, check: str, bad: list[str], good: list[str]
) -> None:
    told = (check, FILE_HEADER + 1, LAYOUTS["1"].field(field).start, LAYOUTS["1"].field(field).end)
    assert [problems_with(FILE_HEADER, "1", **{field: text}) for text in bad] == [[told]] * len(bad)
    assert [problems_with(FILE_HEADER, "1", **{field: text}) for text in good] == [[]] * len(good)


@pytest.mark.parametrize(
    ("field", "check", "bad", "good"),
    [
        ("company_name", "company-name-blank", ["", "0", "0000000000000000"], ["A", "0A"]),
        ("company_entry_description", "description-blank", ["", "0000000000"], ["ORDER", "0 1"]),
        ("company_entry_description", "description-case", ["Payroll", "PAYROLl W", "Purchase"], ["PAYROLL ab", "Pay"]),
        ("effective_entry_date", "effective-date-blank", ["", "000000"], ["261124"]),
        ("effective_entry_date", "effective-date-stale", ["261122", "251231"], ["261123", "261124"]),
        ("effective_entry_date", "date-real", ["261332", "2612", "12/25 ", "TOMORR"], ["280229"]),
        ("settlement_date", "settlement-date", ["000", "367", "1", "ABC"], ["", "001", "366"]),
        ("company_descriptive_date", "same-day-mark", ["SD2500", "SD13", "SD130A"], ["SD1300", "SDX", "261123", "SD"]),
        ("originator_status_code", "originator-status", ["", "0", "3", "A"], ["1", "2"]),
    ],
)
def test_a_wrong_field_of_a_batch_header_is_told_where_it_stands(
    field: str, check: str, bad: list[str], good: list[str]
) -> None:
    told = (check, BATCH_HEADER + 1, LAYOUTS["5"].field(field).start, LAYOUTS["5"].field(field).end)
    assert [problems_with(BATCH_HEADER, "5", **{field: text}) for text in bad] == [[told]] * len(bad)
    assert [problems_with(BATCH_HEADER, "5", **{field: text}) for text in good] == [[]] * len(good)


@pytest.mark.parametrize("text", ["", "0000000000"])
def test_a_company_identification_is_neither_blank_nor_zeros(text: str) -> None:
    checks = {check for check, *_ in problems_with(BATCH_HEADER, "5", company_identification=text)}
    assert checks == {"company-id-blank", "batch-control-company"}


@pytest.mark.parametrize("text", ["", "PPDX", "ppd", "CBR"])
def test_an_sec_code_that_the_rules_do_not_know_is_told(text: str) -> None:
    checks = {check for check, *_ in problems_with(BATCH_HEADER, "5", standard_entry_class=text[-3:])}
    assert checks == {"sec-code"}


@pytest.mark.parametrize("text", ["", "0910000", "0910000A"])
def test_an_odfi_that_is_not_eight_digits_is_told_once_and_not_again_for_each_entry(text: str) -> None:
    checks = sorted(check for check, *_ in problems_with(BATCH_HEADER, "5", originating_dfi=text))
    assert checks == ["batch-control-match", "originating-dfi"]


@pytest.mark.parametrize("text", ["", "12", "A000001"])
def test_a_batch_number_that_is_not_seven_digits_is_told(text: str) -> None:
    checks = sorted(check for check, *_ in problems_with(BATCH_HEADER, "5", batch_number=text))
    assert checks == ["batch-control-match", "batch-number"]


def test_batch_numbers_that_do_not_ascend_are_told_of_the_later_batch() -> None:
    batches = [batch_of("PPD", entry_of(number=1), number=2), batch_of("CCD", entry_of("CCD", number=2), number=2)]
    assert found("batch-number", *batches) == [(5, 88, 94)]


@pytest.mark.parametrize(
    ("sec", "service", "told"),
    [("PPD", 280, [(2, 2, 4)]), ("ADV", 225, [(2, 2, 4)]), ("PPD", 225, []), ("PPD", 200, []), ("ADV", 280, [])],
)
def test_the_service_class_280_is_for_advices_and_advices_have_no_other(
    sec: str, service: int, told: list[tuple[int, int, int]]
) -> None:
    problems = read(file_of(batch_of(sec, entry_of(sec), service_class=service))).problems
    assert [(one.line, one.start, one.end) for one in problems if one.check == "service-class"] == told


@pytest.mark.parametrize("code", ["201", "", "22"])
def test_other_service_classes_are_told(code: str) -> None:
    checks = sorted(check for check, *_ in problems_with(BATCH_HEADER, "5", service_class=code))
    assert checks == ["batch-control-match", "service-class"]


@pytest.mark.parametrize(
    ("sec", "text", "told"),
    [
        ("RCK", "CHECKS", True),
        ("RCK", "REDEPCHECK", False),
        ("RCK", "RETRY PYMT", False),
        ("ENR", "ENROLL", True),
        ("ENR", "AUTOENROLL", False),
        ("PPD", "REDEPCHECK", False),
    ],
)
def test_the_description_that_an_sec_code_demands_may_only_be_replaced_by_rule(
    sec: str, text: str, *, told: bool
) -> None:
    amount = 0 if sec == "ENR" else 1999
    entry = entry_of(sec, check_serial_number="1001", amount=amount) if sec == "RCK" else entry_of(sec, amount=amount)
    problems = read(file_of(batch_of(sec, entry, company_entry_description=text))).problems
    assert [one.line for one in problems if one.check == "description-class"] == ([2] if told else [])


@pytest.mark.parametrize(("status", "told"), [("1", [(2, 79, 79)]), ("0", []), ("2", [])])
def test_death_notifications_come_from_federal_agencies(status: str, told: list[tuple[int, int, int]]) -> None:
    entry = entry_of("DNE", transaction_code=23, amount=0)
    problems = read(file_of(batch_of("DNE", entry, originator_status_code=status))).problems
    assert [(one.line, one.start, one.end) for one in problems if one.check == "originator-of-class"] == told


def test_a_class_without_money_needs_no_effective_date() -> None:
    entry = entry_of("ACK", transaction_code=24, amount=0, original_trace="091000010000009")
    problems = read(file_of(batch_of("ACK", entry, effective_entry_date=""))).problems
    assert [one.check for one in problems if one.check.startswith("effective-date")] == []


def test_what_names_us_as_its_destination_is_told_and_tolerated_of_banks() -> None:
    header: dict[str, Any] = {"effective_entry_date": "261101", "originating_dfi": "23138010"}
    batch = batch_of("PPD", answer_entry(), returned("R01"), bank="23138010", **header)
    lines = file_of(batch).splitlines()
    lines[0] = patched(lines[0], "1", immediate_destination="1234567890")
    assert [one.check for one in read(b"\n".join(lines)).problems] == ["destination-routing"]
    assert read(b"\n".join(lines), tolerances=LENIENT).ok
    forward = file_of(batch_of("PPD", entry_of())).splitlines()
    forward[0] = patched(forward[0], "1", immediate_destination="1234567890")
    assert [one.check for one in read(b"\n".join(forward)).problems] == ["destination-routing"]


@pytest.mark.parametrize(
    "others",
    [
        [entry_of(bank="23138010", number=2)],
        [
            answer_entry(number=2),
            returned(
                "R61",
                layout="799DIS",
                number=2,
                return_trace="091000010000009",
                return_settlement_date="328",
                return_reason_digits="01",
            ),
        ],
        [answer_entry(number=2, amount=0), changed("C02", "231380104", number=2)],
    ],
)
def test_entries_of_different_kinds_do_not_share_a_batch(others: list[bytes]) -> None:
    returns = [answer_entry(), returned("R01")]
    alone = read(file_of(batch_of("PPD", *returns, bank="23138010"))).problems
    assert [one.line for one in alone if one.check == "mixed-batch"] == []
    both = read(file_of(batch_of("PPD", *returns, *others, bank="23138010"))).problems
    assert [one.line for one in both if one.check == "mixed-batch"] == [2]


@pytest.mark.parametrize(
    ("sec", "status", "good"),
    [("ADV", "0", True), ("ADV", "1", False), ("IAT", "0", True), ("IAT", "2", True), ("IAT", "3", False)],
)
def test_who_an_originator_may_be_depends_on_the_class(sec: str, status: str, good: bool) -> None:  # noqa: FBT001 -- a row of the table
    problems = read(file_of(batch_of(sec, entry_of(sec), originator_status_code=status))).problems
    assert ("originator-status" not in {one.check for one in problems}) is good


def test_an_odfi_of_zeros_is_none() -> None:
    assert "originating-dfi" in {check for check, *_ in problems_with(BATCH_HEADER, "5", originating_dfi="00000000")}


def test_a_control_with_the_company_in_other_columns_is_told_as_such() -> None:
    batch = batch_of("PPD", entry_of(), company_identification="123456789")
    assert found(
        "batch-control-placed", [*batch[:-1], patched(batch[-1], "8", company_identification=" 123456789")]
    ) == [(4, 45, 54)]
    assert found(
        "batch-control-company", [*batch[:-1], patched(batch[-1], "8", company_identification="23456789")]
    ) == [(4, 45, 54)]


def test_an_international_control_may_do_without_the_company() -> None:
    entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=7)
    batch = batch_of("IAT", entry, *abroad_addenda())
    assert found("batch-control-placed", [*batch[:-1], patched(batch[-1], "8", company_identification="")]) == [
        (11, 45, 54)
    ]


@pytest.mark.parametrize(
    ("field", "text", "check"),
    [
        ("service_class", "225", "batch-control-match"),
        ("originating_dfi", "09100002", "batch-control-match"),
        ("batch_number", "0000002", "batch-control-match"),
        ("company_identification", "1234567891", "batch-control-company"),
    ],
)
def test_a_control_that_repeats_its_header_otherwise_is_told(field: str, text: str, check: str) -> None:
    place = LAYOUTS["8"].field(field)
    assert problems_with(BATCH_CONTROL, "8", **{field: text}) == [(check, BATCH_CONTROL + 1, place.start, place.end)]
