"""What reports usually hold: a field of blanks alone says nothing, and long numbers of a bank's code are hidden."""

from dataclasses import replace

from ingather.reports.code_map import CodeMap
from ingather.reports.habits import habits_of
from ingather.reports.item_rows import Rows
from ingather.reports.items import Carrier, Changes, Postings, Report
from tests.red import red_account


def filled(report: Report) -> dict[str, int]:
    return {habit.what: habit.filled for habit in habits_of(report, CodeMap())}


def test_corrected_data_of_blanks_alone_are_empty() -> None:
    rows = Rows(Changes)
    rows.add(line=1, code="C01", corrected=" " * 29)
    report = Report(carrier=Carrier.NACHA, changes=rows.items())
    assert filled(report)["changes.corrected"] == 0
    said = replace(report, changes=replace(report.changes, corrected=["1234".ljust(29)]))
    assert filled(said)["changes.corrected"] == 1


def test_a_code_that_may_be_an_account_number_is_hidden() -> None:
    rows = Rows(Postings)
    rows.add(line=1, code_type="OWN", code=red_account(2), amount_minor=1)
    assert "OWN:#" in filled(Report(carrier=Carrier.CAMT_053, postings=rows.items()))
