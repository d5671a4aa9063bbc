"""Problems collected: past the limit their number and the worst of them are told."""

import pytest

from ingather.base.problems import Severity
from ingather.reports.findings import LIMIT, Findings, masked


@pytest.mark.parametrize("worst", list(Severity))
def test_what_is_not_listed_is_as_bad_as_the_worst_of_it(worst: Severity) -> None:
    findings = Findings()
    for _ in range(LIMIT):
        findings.add("a", "It is listed.", severity=Severity.ERROR)
    for severity in (Severity.WARNING, worst, Severity.WARNING):
        findings.add("b", "It is not listed.", severity=severity)
    for told in (findings.all(), findings.copy().all()):
        assert len(told) == LIMIT + 1
        assert (told[-1].check, told[-1].severity) == ("more-problems", worst)
        assert "3 more" in told[-1].message


def test_long_numbers_in_a_banks_own_words_are_hidden() -> None:
    assert masked("OWN 12345678") == "OWN #"
    assert masked("NTRF 1234567") == "NTRF 1234567"
