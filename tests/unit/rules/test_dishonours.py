"""Dishonours: what answers them, their clocks, and the wrong fields by name."""

from datetime import date

import pytest

from ingather.domain.cases import CaseKind
from ingather.nacha.return_reasons import RETURN_REASONS, Family
from ingather.rules.dishonours import (
    Answer,
    answer_to,
    ask_by,
    case_dishonour,
    contest_by,
    dishonour_by,
    dishonour_of,
    dishonours_on,
    disputable_cases,
    told_by,
    wrong_fields,
)

DAY = date(2026, 11, 23)


def test_every_dishonour_of_the_format_has_its_row_and_no_other() -> None:
    known = {code for code, each in RETURN_REASONS.items() if each.family is Family.DISHONOUR}
    assert {each.code for each in dishonours_on(DAY)} == known


def test_every_contest_of_the_format_answers_something() -> None:
    known = {code for code, each in RETURN_REASONS.items() if each.family is Family.CONTEST}
    assert {code for each in dishonours_on(DAY) for code in each.contests | each.replaces} == known


@pytest.mark.parametrize(
    ("dishonour", "contest", "answer"),
    [
        ("R67", "R75", Answer.STANDS),
        ("R69", "R76", Answer.STANDS),
        ("R69", "R74", Answer.REPLACES),
        ("R62", "R77", Answer.STANDS),
        ("R68", "R73", Answer.STANDS),
        ("R68", "R72", Answer.STANDS),
        ("R61", "R71", Answer.STANDS),
        ("R68", "R75", Answer.UNFITTING),
        ("R67", "R74", Answer.UNFITTING),
        ("R70", "R77", Answer.UNFITTING),
        ("R68", "R01", Answer.UNFITTING),
        ("R99", "R73", Answer.UNFITTING),
    ],
)
def test_a_contest_answers_its_dishonour(dishonour: str, contest: str, answer: Answer) -> None:
    assert answer_to(dishonour, contest, DAY) is answer


def test_the_newer_pair_answers_nothing_before_its_day() -> None:
    assert dishonour_of("R62", date(2015, 3, 19)) is None
    assert answer_to("R62", "R77", date(2015, 3, 19)) is Answer.UNFITTING


def test_the_clocks_are_five_and_two_banking_days_and_our_own_day_is_earlier() -> None:
    # The twenty-sixth is Thanksgiving.
    assert dishonour_by(DAY) == date(2026, 12, 1)
    assert ask_by(DAY, lead_days=2) == date(2026, 11, 27)
    assert ask_by(DAY, lead_days=0) == date(2026, 12, 1)
    assert contest_by(date(2026, 11, 25)) == date(2026, 11, 30)
    assert told_by(date(2026, 12, 4)) == date(2026, 12, 7)
    assert dishonour_by(None) is ask_by(None, lead_days=2) is None


def test_each_finding_has_one_dishonour() -> None:
    assert {kind: case_dishonour(kind, DAY) for kind in disputable_cases(DAY)} == {
        CaseKind.MISROUTED_RETURN: "R61",
        CaseKind.UNMATCHED_RETURN: "R61",
        CaseKind.DOUBLE_CREDIT: "R62",
        CaseKind.DUPLICATE_RETURN: "R67",
        CaseKind.LATE_RETURN: "R68",
        CaseKind.WRONG_DATA_RETURN: "R69",
        CaseKind.UNREQUESTED_RETURN: "R70",
    }
    assert case_dishonour(CaseKind.IMPROPER_RETURN, DAY) is None


def test_wrong_fields_are_named_as_the_addenda_names_them() -> None:
    assert wrong_fields(["company_identification", "amount", "account_number"], DAY) == ("01", "03", "06")
    with pytest.raises(KeyError):
        wrong_fields(["name"], DAY)
