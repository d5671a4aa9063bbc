"""Statements as other people's banks write them: each is read whole, or says what could not be read of it."""

import json
from datetime import date
from pathlib import Path

import pytest

from ingather.reports.camt.reader import read_camt
from ingather.reports.items import Carrier, ControlTotals, Report
from ingather.reports.profile import ReportProfile
from ingather.reports.swift.reader import read_swift
from ingather.reports.tables import packaged_codes
from tests.golden.reports.expectations import plain

HERE = Path(__file__).parent
NEAR = date(2026, 11, 20)
CAMT = ReportProfile(id="camt", version=1, carrier=Carrier.CAMT_053, codes=packaged_codes())
SWIFT = ReportProfile(id="swift", version=1, carrier=Carrier.MT940, codes=packaged_codes())
SAMPLES = sorted(
    path
    for folder in ("camt", "mt940")
    for path in (HERE / folder).iterdir()
    if path.suffix in {".xml", ".sta", ".mt940", ".mt942"}
)
# What the files themselves say: most of them were anonymised, and no longer tie.
TIE = {
    "bankstatementparser-camt053_multicurrency.xml",
    "genkgo-camt053.v2.multi.statement.xml",
    "citi-style-usd-ach-credit-virtual-account.mt940",
    "intraday-virtual-account.mt942",
    "jejik-generic.sta",
    "jejik-rabobank-iban.sta",
    "jejik-sns.sta",
    "wolph-citi.sta",
    "wolph-february_30.sta",
    "wolph-long_statement_number.sta",
    "wolph-raphaelm.sta",
    "wolph-transaction_details_wrapped.sta",
    "wolph-wrapped_timestamp.sta",
}


def reports(path: Path) -> tuple[Report, ...]:
    data = path.read_bytes()
    return read_camt(data, CAMT, near=NEAR) if path.suffix == ".xml" else read_swift(data, SWIFT, near=NEAR)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_statement_yields_what_its_expectation_says(path: Path) -> None:
    found = json.loads(json.dumps([plain(report) for report in reports(path)]))
    assert found == json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_totals_tie_exactly_where_the_file_says_so(path: Path) -> None:
    found = {report.control_totals for report in reports(path)}
    assert (found == {ControlTotals.TIE}) == (path.name in TIE)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_what_moves_no_money_says_why(path: Path) -> None:
    for report in reports(path):
        assert len(report.postings) or len(report.balances) or report.problems
