"""STR reports: what is good is read beside what is bad, every fault has its line, and the totals are checked."""

from datetime import date

import pytest

from ingather.base.problems import Severity
from ingather.reports.items import Carrier, ControlTotals, Report
from ingather.reports.recognise import read_report, read_reports
from tests.golden.reports.expectations import SAMPLES
from tests.unit.reports.answers import HEADER, RETURN, str_text

NEAR = date(2026, 11, 20)


def read(data: bytes) -> Report:
    return read_report(data, near=NEAR)


def checks(report: Report) -> list[tuple[str, int]]:
    return [(problem.check, problem.line) for problem in report.problems]


def replaced(position: int, text: str) -> str:
    """Return the return record with one field, counted from 1 with its type, replaced."""
    fields = RETURN.split("|")
    fields[position - 1] = text
    return "|".join(fields)


def test_a_report_without_items_is_complete() -> None:
    report = read(str_text())
    assert report.carrier is Carrier.STR_DELIMITED
    assert (report.complete, report.control_totals, report.problems) == (True, ControlTotals.TIE, ())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_either_line_end_reads_the_same(end: str) -> None:
    report = read(str_text(RETURN, end=end))
    assert report.complete
    assert report.returns.posting_ref == ["2611200000772"]
    assert report.returns.original_trace == [121042880000002]


def test_further_fields_at_the_end_of_a_record_are_allowed() -> None:
    report = read(str_text(RETURN + "|NEW|FIELDS"))
    assert report.complete
    assert report.returns.amount_cents == [33050]


def test_optional_fields_may_be_left_off_at_the_end() -> None:
    report = read(str_text("|".join(RETURN.split("|")[:16])))
    assert report.complete
    assert report.returns.information == [""]
    assert report.returns.died_on == [None]


@pytest.mark.parametrize(
    ("position", "text", "check"),
    [
        (2, "REFUND", "field-unreadable"),
        (3, "X01", "field-unreadable"),
        (3, "", "field-missing"),
        (4, "12104288000000", "field-unreadable"),
        (4, "", "field-missing"),
        (7, "2313801", "field-unreadable"),
        (8, "330.50", "field-unreadable"),
        (8, "-33050", "field-unreadable"),
        (8, "9" * 19, "field-unreadable"),
        (10, "BUYER\x00TWO", "field-unreadable"),
        (16, "20261131", "field-unreadable"),
        (16, "10261120", "field-unreadable"),
        (15, "2026-11-19", "field-unreadable"),
    ],
)
def test_a_row_with_a_bad_field_is_left_out_and_named_and_the_next_is_read(
    position: int, text: str, check: str
) -> None:
    report = read(str_text(replaced(position, text), RETURN))
    assert (check, 2) in checks(report)
    assert report.returns.line == [3]
    assert not report.complete


def test_messages_name_the_field_and_never_repeat_the_value() -> None:
    report = read(str_text(replaced(16, "SECRETS1")))
    assert all("SECRETS1" not in problem.message for problem in report.problems)
    assert any("return_settlement_date" in problem.message for problem in report.problems)


@pytest.mark.parametrize("claim", ["records", "r_count", "r_amount", "trace_hash"])
def test_each_total_that_differs_is_told(claim: str) -> None:
    report = read(str_text(RETURN, claims={claim: 7}))
    assert [problem.check for problem in report.problems] == ["control-total"]
    assert report.control_totals is ControlTotals.DIFFER
    assert not report.complete
    assert len(report.returns) == 1


def test_a_lost_row_shows_in_the_totals() -> None:
    whole = str_text(RETURN, replaced(4, "121042880000003"))
    lines = whole.split(b"\n")
    report = read(b"\n".join(lines[:2] + lines[3:]))
    assert {problem.field for problem in report.problems} == {"record_count", "r_count", "r_amount", "trace_hash"}


def test_an_unknown_record_type_is_never_skipped_silently() -> None:
    report = read(str_text("Q|NEW|THING", RETURN))
    assert checks(report) == [("record-unknown", 2)]
    assert len(report.returns) == 1
    assert not report.complete


def test_a_report_cut_short_has_no_trailer_and_is_not_complete() -> None:
    report = read(b"\n".join(str_text(RETURN).split(b"\n")[:2]) + b"\n")
    assert checks(report) == [("trailer-missing", 0)]
    assert report.control_totals is ControlTotals.NONE
    assert not report.complete


def test_a_report_without_its_header_is_read_and_not_complete() -> None:
    report = read(b"\n".join(str_text(RETURN).split(b"\n")[1:]))
    assert {"record-order", "header-missing"} <= {problem.check for problem in report.problems}
    assert len(report.returns) == 1
    assert not report.complete


def test_reports_stacked_in_one_file_are_each_read() -> None:
    first, second = str_text(RETURN), str_text(RETURN, RETURN).replace(b"|43|20261120|", b"|44|20261123|")
    reports = read_reports(first + b"\n" + second, near=NEAR)
    assert [(report.sequence, len(report.returns), report.complete) for report in reports] == [
        (43, 1, True),
        (44, 2, True),
    ]
    assert reports[1].returns.line == [6, 7]
    fixed = (SAMPLES / "0041-zero-day.fixed.txt").read_bytes() + (SAMPLES / "0043-returns.fixed.txt").read_bytes()
    assert [(report.sequence, report.complete) for report in read_reports(fixed, near=NEAR)] == [(41, True), (43, True)]


def test_a_report_that_does_not_end_swallows_no_other() -> None:
    cut = b"\n".join(str_text(RETURN).split(b"\n")[:2]) + b"\n"
    (report,) = read_reports(cut + str_text(RETURN), near=NEAR)
    assert "record-repeated" in {problem.check for problem in report.problems}
    assert not report.complete


def test_identical_rows_are_both_kept() -> None:
    assert len(read(str_text(RETURN, RETURN)).returns) == 2


def test_a_correction_that_names_no_report_is_a_problem() -> None:
    report = read(str_text(RETURN).replace(b"|UPDATE|", b"|CORRECTION|"))
    assert checks(report) == [("correction-of-nothing", 1)]


def test_signs_are_seen_from_our_account() -> None:
    debit = "P|BAI2|557|33050|D|20261120|2611200000772|121042880000002|ACH RETURN"
    report = read(str_text(debit).replace(b"|0|0|0|0\n", b"|0|0|33050|0\n"))
    assert report.postings.amount_minor == [-33050]


def test_a_code_that_the_rules_do_not_have_is_told_once_and_kept() -> None:
    report = read(str_text(replaced(3, "R99"), replaced(3, "R99"), RETURN))
    assert checks(report) == [("unknown-return-code", 2)]
    assert report.returns.reason == ["R99", "R99", "R01"]
    assert report.complete


def test_text_that_is_not_utf8_is_read_with_a_warning() -> None:
    report = read(str_text(RETURN).replace(b"BUYER TWO INC", b"CAF\xc9 TWO"))
    assert report.returns.name == ["CAFÉ TWO"]
    assert [problem.severity for problem in report.problems] == [Severity.WARNING]
    assert report.complete


def test_a_byte_order_mark_and_blank_lines_do_no_harm() -> None:
    report = read(b"\xef\xbb\xbf" + str_text(RETURN).replace(b"\nR|", b"\n\nR|") + b"\n\n")
    assert [problem.check for problem in report.problems] == ["blank-line"]
    assert report.returns.line == [3]
    assert report.complete


def test_a_line_over_64_kib_is_named_and_not_read() -> None:
    report = read(str_text(replaced(17, "X" * (64 << 10)), RETURN))
    assert ("line-too-long", 2) in checks(report)
    assert report.returns.line == [3]


def test_only_a_thousand_problems_are_kept_and_the_rest_are_counted() -> None:
    report = read(str_text(*["Q|X"] * 1_200))
    assert len(report.problems) == 1_001
    assert "200 more" in report.problems[-1].message


def test_our_account_never_stands_in_a_reports_repr() -> None:
    report = read(str_text(RETURN))
    assert report.account == HEADER.split("|")[3]
    assert report.account not in repr(report)


def test_a_fixed_record_with_its_blanks_cut_is_a_warning_and_one_too_wide_an_error() -> None:
    header = (
        "H01EXAMUS33000012345678        USDEOD     DELTA     20261120180000-050000004320261120"
        "STR-20261120-0043       STR-20261119-0042       UPDATE"
    )
    trailer = "T" + "00000002" + "0" * (134 - 8)
    cut = read(f"{header}\n{trailer}\n".encode())
    assert cut.carrier is Carrier.STR_FIXED
    assert {problem.severity for problem in cut.problems} == {Severity.WARNING}
    assert cut.complete
    wide = read(f"{header.ljust(224)}\n{trailer.ljust(224)}X\n".encode())
    assert checks(wide) == [("record-width", 2)]
    assert not wide.complete
