"""Returns, dishonours and contests say which entry they are about and why, and one that is wrong hides no other."""

from typing import Any

import pytest

from ingather.base.problems import Severity
from ingather.nacha.answers import returns
from ingather.nacha.reader import read
from tests.unit.nacha.composed import (
    ODFI,
    RDFI,
    addenda_of,
    answer_entry,
    batch_of,
    changed,
    entry_of,
    file_of,
    found,
    patched,
    problems_in,
    returned,
)

RETURN_OF: dict[str, Any] = {
    "return_trace": f"{RDFI}0000007",
    "return_settlement_date": "328",
    "return_reason_digits": "01",
}
DISHONOUR_OF: dict[str, Any] = {
    "dishonour_trace": f"{ODFI}0000009",
    "dishonour_settlement_date": "330",
    "dishonour_reason_digits": "68",
}


def one(addenda: bytes, *, sec: str = "PPD", **values: Any) -> list[bytes]:  # noqa: ANN401 -- any field of the record
    return batch_of(sec, answer_entry(sec, **values), addenda, bank=RDFI)


def dishonoured(reason: str, **values: Any) -> bytes:  # noqa: ANN401 -- any field of the record
    return returned(reason, layout="799DIS", **{**RETURN_OF, **values})


def contested(reason: str, **values: Any) -> bytes:  # noqa: ANN401 -- any field of the record
    return returned(reason, layout="799CON", **{**RETURN_OF, **DISHONOUR_OF, **values})


@pytest.mark.parametrize("trace", ["", "000000000000000", "0910000100X0001"])
def test_a_return_names_the_entry_it_is_about(trace: str) -> None:
    assert found("original-trace", one(patched(returned("R01"), "799", original_trace=trace))) == [(4, 7, 21)]


@pytest.mark.parametrize("bank", ["", "2313801", "00000000"])
def test_a_return_names_the_bank_of_the_entry(bank: str) -> None:
    assert found("original-rdfi", one(patched(returned("R01"), "799", original_rdfi=bank))) == [(4, 28, 35)]


def test_a_return_repeats_the_trace_number_of_its_entry() -> None:
    assert found("addenda-trace", one(returned("R01", trace_number=f"{RDFI}0000002"))) == [(4, 80, 94)]


def test_an_entry_without_a_trace_number_has_none_to_repeat() -> None:
    entry = patched(answer_entry(), "6", trace_number="")
    problems = problems_in(batch_of("PPD", entry, returned("R01"), bank=RDFI))
    assert {problem.check for problem in problems} == {"trace-digits"}


def test_a_terminal_addenda_repeats_the_trace_number_of_its_entry() -> None:
    told: dict[str, Any] = {"terminal_location": "MAIN STREET", "terminal_city": "TOWN", "terminal_state": "PA"}
    terminal = addenda_of("702", trace_number=f"{ODFI}0000002", **told)
    assert found("addenda-trace", batch_of("POS", entry_of("POS", addenda_indicator=1), terminal)) == [(4, 80, 94)]


@pytest.mark.parametrize("code", ["R98", "R63", "R00", "X01", "r01", "   "])
def test_an_unknown_reason_is_kept_and_hides_no_neighbour(code: str) -> None:
    second = [answer_entry(number=2), patched(returned("R01", number=2), "799", return_reason=code)]
    third = [answer_entry(number=3), returned("R02", number=3)]
    batch = batch_of("PPD", answer_entry(), returned("R01"), *second, *third, bank=RDFI)
    assert found("unknown-return-code", batch) == [(6, 4, 6)]
    reading = read(file_of(batch))
    assert returns(reading).entry.tolist() == [0, 1, 2]
    assert bytes(returns(reading).reason[1]).decode() == code


@pytest.mark.parametrize(
    ("sec", "code"), [("PPD", "R29"), ("CCD", "R10"), ("CCD", "R07"), ("PPD", "R05"), ("WEB", "R50"), ("PPD", "R40")]
)
def test_a_reason_of_another_class_is_told(sec: str, code: str) -> None:
    problems = problems_in(one(returned(code), sec=sec))
    assert [(problem.line, problem.start) for problem in problems if problem.check == "return-code-class"] == [(4, 4)]


@pytest.mark.parametrize(
    ("sec", "code"), [("CCD", "R29"), ("PPD", "R10"), ("WEB", "R07"), ("CCD", "R05"), ("TEL", "R11"), ("CTX", "R31")]
)
def test_a_reason_that_fits_its_class_is_good(sec: str, code: str) -> None:
    assert found("return-code-class", one(returned(code), sec=sec)) == []


def test_international_returns_are_not_dishonoured() -> None:
    batch = one(dishonoured("R68"), sec="IAT", number_of_addenda=1)
    problems = read(file_of(batch)).problems
    assert [(one.line, one.start, one.end) for one in problems if one.check == "return-code-class"] == [(4, 4, 6)]


def test_a_reason_fits_the_direction_of_its_entry() -> None:
    assert found("return-code-entry", one(returned("R23"))) == [(4, 4, 6)]
    assert found("return-code-entry", one(returned("R23"), transaction_code=21)) == []
    assert found("return-code-entry", one(returned("R01"), transaction_code=21)) == [(4, 4, 6)]
    assert found("return-code-entry", one(returned("R02"), transaction_code=21)) == []


@pytest.mark.parametrize("code", [27, 22, 37])
def test_what_comes_back_has_a_code_that_says_so(code: int) -> None:
    assert found("return-transaction-code", one(returned("R02"), transaction_code=code)) == [(3, 2, 3)]


def test_deaths_are_dated_and_nothing_else_is() -> None:
    assert found("date-of-death", one(returned("R14", date_of_death="261101"))) == []
    assert found("date-of-death", one(returned("R15"))) == [(4, 22, 27)]
    assert found("date-of-death", one(patched(returned("R14"), "799", date_of_death="000000"))) == [(4, 22, 27)]
    assert found("date-of-death", one(returned("R01", date_of_death="261101"))) == [(4, 22, 27)]


@pytest.mark.parametrize("day", ["261332", "260229", "99133A"])
def test_a_date_of_death_names_a_day(day: str) -> None:
    assert found("date-real", one(returned("R14", date_of_death=day))) == [(4, 22, 27)]


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("return_trace", "", (39, 53)),
        ("return_trace", "0" * 15, (39, 53)),
        ("return_settlement_date", "", (54, 56)),
        ("return_settlement_date", "367", (54, 56)),
        ("return_settlement_date", "000", (54, 56)),
        ("return_reason_digits", "", (57, 58)),
        ("return_reason_digits", "68", (57, 58)),
        ("return_reason_digits", "98", (57, 58)),
    ],
)
def test_a_dishonour_names_the_return_it_is_about(name: str, text: str, columns: tuple[int, int]) -> None:
    assert found("dishonour", one(patched(dishonoured("R68"), "799DIS", **{name: text}))) == [(4, *columns)]


@pytest.mark.parametrize("code", ["R61", "R67", "R68"])
def test_a_dishonour_that_names_its_return_is_good(code: str) -> None:
    assert found("dishonour", one(dishonoured(code))) == []


@pytest.mark.parametrize(
    ("fields", "good"), [("01", True), ("02*04*07", True), ("", False), ("08", False), ("2*4", False)]
)
def test_wrong_fields_are_listed_by_number(fields: str, *, good: bool) -> None:
    told = found("dishonour", one(dishonoured("R69", addenda_information=fields)))
    assert told == ([] if good else [(4, 59, 79)])


def test_only_requested_returns_are_dishonoured_as_not_requested() -> None:
    assert found("dishonour", one(dishonoured("R70", return_reason_digits="06"))) == []
    assert found("dishonour", one(dishonoured("R70", return_reason_digits="31"), sec="CCD")) == []
    assert found("dishonour", one(dishonoured("R70", return_reason_digits="01"))) == [(4, 57, 58)]


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("dishonour_trace", "", (59, 73)),
        ("dishonour_settlement_date", "400", (74, 76)),
        ("dishonour_reason_digits", "01", (77, 78)),
        ("dishonour_reason_digits", "", (77, 78)),
        ("return_trace", "", (39, 53)),
        ("return_settlement_date", "", (54, 56)),
        ("return_reason_digits", "72", (57, 58)),
    ],
)
def test_a_contest_names_the_dishonour_it_answers(name: str, text: str, columns: tuple[int, int]) -> None:
    assert found("contest", one(patched(contested("R72"), "799CON", **{name: text}))) == [(4, *columns)]


@pytest.mark.parametrize(("code", "answers"), [("R74", "69"), ("R75", "67"), ("R76", "69"), ("R77", "62")])
def test_a_contest_answers_the_dishonour_that_it_is_for(code: str, answers: str) -> None:
    assert found("contest", one(contested(code, dishonour_reason_digits=answers))) == []
    assert found("contest", one(contested(code, dishonour_reason_digits="68"))) == [(4, 77, 78)]


def test_a_timely_return_says_when_it_was_returned_and_when_the_original_settled() -> None:
    dates: dict[str, Any] = {"original_return_date": "261124", "original_settlement_date": "326"}
    assert found("contest", one(contested("R73", **dates))) == []
    assert found("contest", one(contested("R73"))) == [(4, 22, 27), (4, 36, 38)]
    assert found("contest", one(contested("R71"))) == []


def test_the_day_of_the_return_is_a_day() -> None:
    assert found("date-real", one(contested("R71", original_return_date="261131"))) == [(4, 22, 27)]


def test_a_reason_in_a_return_is_an_error_and_the_rest_of_the_file_stands() -> None:
    problems = problems_in(one(returned("R29")), one(returned("R01")))
    assert [problem.severity for problem in problems if problem.check == "return-code-class"] == [Severity.ERROR]


@pytest.mark.parametrize(("sec", "told"), [("PPD", True), ("CCD", True), ("WEB", True), ("TRX", True), ("CTX", False)])
def test_a_return_leaves_the_addenda_of_its_original_behind(sec: str, told: bool) -> None:  # noqa: FBT001 -- a row of the table
    remittance = addenda_of("705", bank=RDFI, payment_related_information="RMR*IV*1\\", addenda_sequence=1)
    batch = batch_of(sec, answer_entry(sec), remittance, returned("R02"), bank=RDFI)
    problems = read(file_of(batch)).problems
    assert [(one.line, one.start, one.end) for one in problems if one.check == "answer-addenda"] == [(5, 2, 3)] * told


@pytest.mark.parametrize(
    ("sec", "told"), [("PPD", False), ("WEB", False), ("CTX", False), ("CCD", True), ("CIE", True)]
)
def test_some_disputes_may_bring_them_along(sec: str, told: bool) -> None:  # noqa: FBT001 -- a row of the table
    remittance = addenda_of("705", bank=RDFI, payment_related_information="RMR*IV*1\\", addenda_sequence=1)
    for answer in (dishonoured("R68"), contested("R71")):
        batch = batch_of(sec, answer_entry(sec), remittance, answer, bank=RDFI)
        assert ("answer-addenda" in {one.check for one in read(file_of(batch)).problems}) is told


def test_a_change_never_brings_them_along() -> None:
    remittance = addenda_of("705", bank=RDFI, payment_related_information="RMR*IV*1\\", addenda_sequence=1)
    change = changed("C05", "37")
    batch = batch_of("COR", answer_entry("COR", amount=0), remittance, change, bank=RDFI)
    assert [one.line for one in read(file_of(batch)).problems if one.check == "answer-addenda"] == [5]


@pytest.mark.parametrize("code", [22, 27, 28, 29, 55])
def test_a_change_has_a_code_for_what_comes_back(code: int) -> None:
    batch = batch_of("COR", answer_entry("COR", amount=0, transaction_code=code), changed("C05", "37"), bank=RDFI)
    assert found("change-transaction-code", batch) == [(3, 2, 3)]


def test_a_return_with_another_code_is_only_warned_of() -> None:
    problems = read(file_of(one(returned("R02"), transaction_code=27))).problems
    assert [(each.check, str(each.severity)) for each in problems] == [("return-transaction-code", "warning")]
