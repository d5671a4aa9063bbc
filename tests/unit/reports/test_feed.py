"""A report's identity does not depend on its bytes, nor on how they are laid out."""

from dataclasses import replace
from datetime import date

from ingather.reports.feed import identity_of
from ingather.reports.items import Carrier, Report

REPORT = Report(
    carrier=Carrier.STR_DELIMITED,
    bank="EXAMUS33",
    account="1",
    sequence=7,
    business_date=date(2026, 11, 2),
    report_id="STR-7",
    status="UPDATE",
)


def test_the_same_id_in_another_year_or_account_is_another_report() -> None:
    later = replace(REPORT, business_date=date(2027, 11, 2))
    assert identity_of(later) != identity_of(REPORT)
    assert identity_of(replace(REPORT, account="11", report_id="TR-7")) != identity_of(REPORT)


def test_the_same_report_in_the_other_width_has_the_same_identity() -> None:
    assert identity_of(replace(REPORT, carrier=Carrier.STR_FIXED)) == identity_of(REPORT)


def test_a_report_without_an_id_is_known_by_its_number() -> None:
    assert identity_of(replace(REPORT, report_id="")) != identity_of(replace(REPORT, report_id="", sequence=8))
