"""NACHA return and change files become the same items as any other carrier's."""

from datetime import date

import pytest

from ingather.reports.items import Carrier, ControlTotals, Report
from ingather.reports.recognise import read_report
from tests.red import ACCOUNTS
from tests.unit.reports.answers import nacha_answer, nacha_batch, nacha_file

FIRST, SECOND = ACCOUNTS[0], ACCOUNTS[1]


def read(*batches: bytes, created_on: str = "261124", near: date = date(2026, 11, 24)) -> Report:
    return read_report(nacha_file(*batches, created_on=created_on), near=near)


def test_a_return_is_read_with_everything_matching_needs() -> None:
    report = read(nacha_batch(nacha_answer("R01", 7, account=FIRST, amount=33050)))
    assert (report.carrier, report.kind, report.control_totals) == (Carrier.NACHA, "RETURNS", ControlTotals.TIE)
    assert report.problems == ()
    returns = report.returns
    assert (returns.klass, returns.reason) == (["RETURN"], ["R01"])
    assert (returns.original_trace, returns.return_trace) == ([121042880000007], [231380100000007])
    assert (returns.amount_cents, returns.transaction_code) == ([33050], [26])
    assert (returns.identification, returns.rdfi) == (["ORD7"], ["23138010"])
    assert returns.account_last4 == [FIRST[-4:]]
    assert (returns.company_identification, returns.standard_entry_class) == (["1234567890"], ["CCD"])
    assert returns.original_effective_on == [date(2026, 11, 23)]
    assert returns.return_settled_on == [date(2026, 11, 24)]
    assert report.business_date == date(2026, 11, 24)
    assert report.bank == "231380104"


def test_a_settlement_day_around_new_year_falls_in_the_year_next_to_the_files_date() -> None:
    answer = nacha_answer("R01", 7, account=FIRST, amount=100)
    late = read(nacha_batch(answer, settled="365"), created_on="270104", near=date(2026, 6, 1))
    assert late.returns.return_settled_on == [date(2026, 12, 31)]
    early = read(nacha_batch(answer, settled="004"), created_on="261231", near=date(2026, 6, 1))
    assert early.returns.return_settled_on == [date(2027, 1, 4)]
    blank = read(nacha_batch(answer, settled=""))
    assert blank.returns.return_settled_on == [None]


def test_a_returned_reversal_is_told_from_a_returned_debit() -> None:
    report = read(nacha_batch(nacha_answer("R17", 7, account=FIRST, amount=100), description="REVERSAL"))
    assert report.returns.klass == ["REVERSAL_RETURN"]


def test_addenda_information_and_date_of_death_are_kept() -> None:
    report = read(
        nacha_batch(
            nacha_answer("R17", 1, account=FIRST, amount=100, information="QUESTIONABLE"),
            nacha_answer("R15", 2, account=SECOND, amount=100, died="261101"),
        )
    )
    assert report.returns.information == ["QUESTIONABLE", ""]
    assert report.returns.died_on == [None, date(2026, 11, 1)]


def test_a_change_keeps_its_columns_and_blanks() -> None:
    corrected = f"231380104   {SECOND}"
    report = read(nacha_batch(nacha_answer("C03", 7, account=FIRST, corrected=corrected), sec="COR"))
    assert report.kind == "CHANGES"
    assert report.changes.code == ["C03"]
    assert report.changes.corrected == [corrected.ljust(29)]
    assert report.changes.original_trace == [121042880000007]
    assert len(report.returns) == 0


def test_no_account_number_stands_in_the_repr_of_a_report() -> None:
    report = read(nacha_batch(nacha_answer("C01", 7, account=FIRST, corrected=SECOND), sec="COR"))
    shown = repr(report)
    assert FIRST not in shown
    assert SECOND not in shown


def test_a_dishonoured_return_is_no_second_return() -> None:
    information = "   231380100000017328012*04"
    report = read(nacha_batch(nacha_answer("R69", 7, account=FIRST, amount=100, information=information)))
    assert len(report.returns) == 0
    found = report.dishonours
    assert (found.stage, found.code) == (["DISHONOURED"], ["R69"])
    assert (found.return_trace, found.original_reason) == ([231380100000017], ["R01"])
    assert found.return_settled_on == [date(2026, 11, 24)]
    assert found.information == ["2*04"]


@pytest.mark.parametrize(("code", "stage"), [("R73", "CONTESTED"), ("R74", "CORRECTED")])
def test_a_contest_names_the_dishonour_it_answers(code: str, stage: str) -> None:
    information = "32723138010000001732801" + "121042880000901" + "330" + "68"
    report = read(nacha_batch(nacha_answer(code, 7, account=FIRST, amount=100, information=information)))
    found = report.dishonours
    assert found.stage == [stage]
    assert (found.dishonour_trace, found.dishonour_settled_on) == ([121042880000901], [date(2026, 11, 26)])


def test_entries_that_are_no_answer_are_a_problem() -> None:
    entry, _ = nacha_answer("R01", 7, account=FIRST, amount=100, transaction_code="27")
    forward = nacha_batch((entry[:78] + b"0" + entry[79:], b""))
    report = read(forward)
    assert "entry-without-answer" in {problem.check for problem in report.problems}
    assert not report.complete


def test_a_return_whose_totals_differ_is_read_and_not_complete() -> None:
    data = nacha_file(nacha_batch(nacha_answer("R01", 7, account=FIRST, amount=33050)))
    report = read_report(data.replace(b"0000033050", b"0000033060", 1), near=date(2026, 11, 24))
    assert report.returns.amount_cents == [33060]
    assert report.control_totals is ControlTotals.DIFFER
    assert not report.complete


def test_line_ends_do_not_matter() -> None:
    data = nacha_file(nacha_batch(nacha_answer("R01", 7, account=FIRST, amount=33050)))
    for end in (b"\r\n", b""):
        report = read_report(data.replace(b"\n", end), near=date(2026, 11, 24))
        assert report.returns.amount_cents == [33050]
        assert report.complete


def test_a_bank_may_fail_the_checks_its_profile_lists_but_none_that_shows_missing_returns() -> None:
    data = nacha_file(nacha_batch(nacha_answer("R01", 7, account=FIRST, amount=100)))
    near = date(2026, 11, 24)
    spoiled = data.replace(b"A094101", b"*094101", 1)
    assert not read_report(spoiled, near=near).complete
    assert read_report(spoiled, near=near, tolerated=frozenset({"id-modifier"})).complete
    wrong = data.replace(b"0000000100", b"0000000101", 1)
    sums = frozenset({"batch-debit-total", "batch-credit-total", "file-debit-total", "file-credit-total"})
    assert not read_report(wrong, near=near, tolerated=sums).complete
