"""The runbook and the alarms belong together: each alarm has its page, each command exists, each alarm is rehearsed."""

from datetime import date

import pytest

from ingather.domain.cases import CaseKind
from ingather.rules.alarms import alarm_rows
from ingather.rules.case_clocks import case_terms
from tests.journey.alarms import REHEARSED
from tests.journey.pages import faults_of, pages

TODAY = date(2026, 11, 23)
PARTS = ("**What happened.**", "**How bad.**", "**Look.**", "**Do.**", "**Never.**", "**It ends**")


def test_every_alarm_has_a_page_and_every_page_an_alarm() -> None:
    assert sorted(pages()) == sorted(alarm_rows(TODAY))


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_says_everything_and_its_commands_exist(name: str) -> None:
    page = pages()[name]
    assert [part for part in PARTS if part not in page.text] == []
    assert page.look, "a page says what to look at"
    assert [fault for command in page.commands for fault in faults_of(command)] == []


def test_a_command_that_does_not_exist_is_seen() -> None:
    assert faults_of("ingather file resend FILE") == ["ingather file resend FILE: no such verb"]
    assert faults_of("ingather file show FILE --again") == ["ingather file show FILE --again: no option --again"]
    assert faults_of("ingather case close CASE") == ["ingather case close CASE: --outcome is missing"]
    assert faults_of("ingather file show") == ["ingather file show: 0 argument(s), between 1 and 1 are asked"]


def test_every_alarm_is_rehearsed() -> None:
    assert sorted(REHEARSED) == sorted(alarm_rows(TODAY))


@pytest.mark.parametrize("kind", list(CaseKind))
def test_the_way_out_of_every_kind_of_case_names_verbs_that_exist(kind: CaseKind) -> None:
    terms = case_terms(kind, TODAY)
    assert terms is not None
    said = terms.way_out.format(case="case_1", order="ord_1", subject="sub_1")
    _, at, command = said.partition("ingather ")
    assert not at or faults_of(f"ingather {command}") == []
