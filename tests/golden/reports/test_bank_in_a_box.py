"""Everything the bank in a box writes, with writers of its own, is read whole and says the same in every carrier."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ingather.reports.items import Carrier, Report
from ingather.reports.recognise import read_report
from ingather.rules.changes import read_change
from ingather.simulator.scenarios import SCENARIOS
from ingather.simulator.state import Delivery
from ingather.simulator.terms import ReportWidth
from tests.unit.simulator.town import MONDAY, TERMS, TUESDAY, Batch, bank, debits, eastern, nacha_file

DAYS = 50
WIDTHS = {ReportWidth.DELIMITED: Carrier.STR_DELIMITED, ReportWidth.FIXED: Carrier.STR_FIXED}


def played(scenario: str, width: ReportWidth = ReportWidth.DELIMITED) -> list[Delivery]:
    """Return all that a bank hands over in fifty days after one file of consumers and businesses."""
    box = bank(scenario, terms=replace(TERMS, report_width=width))
    batches = (
        Batch(debits=debits(12, stem="BIZ"), effective=TUESDAY),
        Batch(debits=debits(12, stem="WEB", cents=2_000), effective=TUESDAY, sec="WEB", description="PURCHASE"),
    )
    box.receive("one.ach", nacha_file(*batches, created=eastern(MONDAY)), eastern(MONDAY))
    handed: list[Delivery] = []
    for ahead in range(DAYS):
        day = MONDAY + timedelta(days=ahead)
        handed += box.answer(eastern(day, 17))
        handed += box.close_day(day)
        handed += box.answer(eastern(day, 23))
    return handed


def read(deliveries: list[Delivery]) -> list[Report]:
    return [read_report(item.data, near=date(2026, 11, 23)) for item in deliveries]


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_every_delivery_of_a_scenario_is_recognised_and_read_whole(scenario: str) -> None:
    handed = played(scenario)
    cut = {item.name.replace("-WHOLE", "") for item in handed if "-WHOLE" in item.name}
    reports = {item.name: report for item, report in zip(handed, read(handed), strict=True) if item.name not in cut}
    assert len(reports) > 20
    for name, report in reports.items():
        assert report.carrier is not Carrier.UNKNOWN
        told = {problem.check for problem in report.problems}
        # A code that is in no rule book is kept as it stands, and so is a file with the next one behind it.
        assert told - {"unknown-change-code", *(["several-files"] if "JOINED" in name else [])} == set()
        assert report.complete
    assert not any(report.complete for item, report in zip(handed, read(handed), strict=True) if item.name in cut)


@pytest.mark.parametrize("scenario", ["marketplace", "noc_account", "late_unauthorized"])
def test_the_nacha_files_and_the_daily_reports_name_the_same_returns_and_changes(scenario: str) -> None:
    said: dict[str, list[Counter[tuple[object, ...]]]] = {"nacha": [], "str": []}
    for family, counters in said.items():
        reports = [report for report in read(played(scenario)) if str(report.carrier).startswith(family)]
        returned: Counter[tuple[object, ...]] = Counter()
        changed: Counter[tuple[object, ...]] = Counter()
        for report in reports:
            items, changes = report.returns, report.changes
            returned.update(
                zip(
                    items.reason,
                    items.original_trace,
                    items.return_trace,
                    items.amount_cents,
                    items.identification,
                    items.company_identification,
                    items.return_settled_on,
                    strict=True,
                )
            )
            changed.update(zip(changes.code, changes.original_trace, changes.corrected, strict=True))
        counters.extend((returned, changed))
    assert said["nacha"] == said["str"]
    assert sum(map(len, said["nacha"])) > 0


def test_both_widths_of_the_daily_report_say_the_same() -> None:
    by_width = {}
    for width, carrier in WIDTHS.items():
        reports = [report for report in read(played("marketplace", width)) if report.carrier is carrier]
        by_width[carrier] = [(r.sequence, r.business_date, r.returns, r.settlements, r.postings) for r in reports]
    assert by_width[Carrier.STR_DELIMITED] == by_width[Carrier.STR_FIXED]
    assert len(by_width[Carrier.STR_FIXED]) > 20


def test_what_the_bank_corrects_can_be_applied() -> None:
    changes = [report.changes for report in read(played("noc_account"))]
    corrections = [read_change(*pair) for items in changes for pair in zip(items.code, items.corrected, strict=True)]
    assert corrections
    assert all(correction.applies for correction in corrections)
