"""Every public sample of BAI2 yields what its expectation says, and the specification's own ties."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from ingather.reports.items import ITEM_KINDS, Carrier, ControlTotals, Report
from ingather.reports.recognise import read_reports

SAMPLES = Path(__file__).parent / "samples"
NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix in {".txt", ".bai2"})
REFUSED = {"kenwilcox-BAI-sample.txt", "moov-errors-sample-parseError.txt"}
NEAR = date(2026, 11, 23)


def reports(name: str) -> tuple[Report, ...]:
    return read_reports((SAMPLES / name).read_bytes(), near=NEAR)


def told(report: Report) -> dict[str, object]:
    """Return a report in short: its place, its items by kind, its sums and the checks of its problems."""
    amounts = report.postings.amount_minor
    return {
        "report_id": report.report_id,
        "bank": report.bank,
        "business_date": report.business_date.isoformat() if report.business_date else None,
        "as_of": report.as_of.isoformat() if report.as_of else None,
        "kind": report.kind,
        "status": report.status,
        "currency": report.currency,
        "lines": report.lines,
        "items": {kind: len(getattr(report, kind)) for kind in ITEM_KINDS if len(getattr(report, kind))},
        "credits": sum(amount for amount in amounts if amount > 0),
        "debits": -sum(amount for amount in amounts if amount < 0),
        "events": dict(sorted(Counter(map(str, report.postings.event)).items())),
        "balances": dict(zip(report.balances.kind, report.balances.amount_minor, strict=True)),
        "control_totals": str(report.control_totals),
        "tolerances": list(report.tolerances),
        "problems": [[problem.check, problem.line, str(problem.severity)] for problem in report.problems],
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_yields_what_its_expectation_says(name: str) -> None:
    expected = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    assert [told(report) for report in reports(name)] == expected


@pytest.mark.parametrize("name", sorted(set(NAMES) - REFUSED))
def test_a_sample_without_faults_is_complete_and_ties(name: str) -> None:
    for report in reports(name):
        assert report.carrier is Carrier.BAI2
        assert report.complete
        assert report.control_totals is ControlTotals.TIE


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_sample_with_faults_is_not_complete(name: str) -> None:
    assert not any(report.complete for report in reports(name))


def test_the_specifications_own_sample_ties_and_says_what_it_shows() -> None:
    found = reports("moov-sample2.txt")
    assert [report.control_totals for report in found] == [ControlTotals.TIE] * 5
    lockbox = found[1]
    assert dict(zip(lockbox.balances.kind, lockbox.balances.amount_minor, strict=True)) == {
        "OPENING": -500_000,
        "AVAILABLE": -1_500_000,
    }
    credit = found[2].postings
    assert (credit.code[0], credit.amount_minor[0], credit.value_on[0]) == ("218", 20_000_000, date(2004, 6, 22))
    assert (credit.bank_ref[0], credit.customer_ref[0]) == ("SP4738", "YRC065321")
    assert credit.text[0] == "PROCEEDS OF LETTER OF CREDIT FROM THE ARAMCO OIL CO"
    assert found[4].status == "CORRECTION"
