"""Every sample report yields exactly what its expectation says, and both widths say the same."""

import json
from dataclasses import fields

import pytest

from ingather.reports.items import ITEM_KINDS, Report
from ingather.reports.recognise import read_report
from tests.golden.reports.expectations import NEAR, SAMPLES, expected, plain

NAMES = sorted(path.name.removesuffix(".txt") for path in SAMPLES.glob("*.txt"))
STORY = (
    "0041-zero-day",
    "0042-settlement",
    "0042-same-again",
    "0042-conflict",
    "0043-returns",
    "0043-correction",
    "0045-after-a-gap",
    "0046-control-mismatch",
)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.txt").read_bytes()


def report(name: str) -> Report:
    return read_report(sample(name), near=NEAR)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_yields_what_its_expectation_says(name: str) -> None:
    assert json.loads(json.dumps(plain(report(name)))) == expected(name)


@pytest.mark.parametrize("name", STORY)
def test_both_widths_of_a_report_say_the_same(name: str) -> None:
    delimited, fixed = report(f"{name}.delimited"), report(f"{name}.fixed")
    for field in fields(delimited):
        if field.name in ITEM_KINDS or field.name not in {"carrier", "profile", "problems"}:
            assert getattr(delimited, field.name) == getattr(fixed, field.name), field.name
    assert [problem.check for problem in delimited.problems] == [problem.check for problem in fixed.problems]


def test_a_correction_names_what_it_corrects_and_adds_the_missing_return() -> None:
    corrected, correction = report("0043-returns.delimited"), report("0043-correction.delimited")
    assert correction.corrects == corrected.report_id
    assert correction.returns.reason == ["R01", "R02"]
    assert sum(correction.postings.amount_minor) == -108_300
    assert report("0045-after-a-gap.delimited").dishonours.stage == ["CONTESTED"]
    assert not report("0046-control-mismatch.delimited").complete


def test_a_closing_balance_is_the_opening_of_the_next_report() -> None:
    names = ("0041-zero-day", "0042-settlement", "0043-correction", "0045-after-a-gap")
    balances = [report(f"{name}.delimited").balances.amount_minor for name in names]
    assert [closing for _, closing in balances[:-1]] == [opening for opening, _ in balances[1:]]
