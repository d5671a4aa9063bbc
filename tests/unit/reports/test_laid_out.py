"""What a report profile can say of a bank's records, each read from a small report: names, dates, signs, codes."""

from datetime import date

import pytest

from ingather.base.problems import Severity
from ingather.reports.fitting import fits
from ingather.reports.items import Carrier, ControlTotals, Report
from ingather.reports.profile import ReportProfile
from ingather.reports.profile_language import read_profile
from ingather.reports.recognise import read_reports, read_with
from ingather.reports.tables import packaged_profile_texts
from tests.unit.reports.answers import HEADER, RETURN, str_text

NEAR = date(2026, 11, 20)
BY_NAME = """\
id = "example-returns"
version = 1
carrier = "str-delimited"

[delivery]
delimiter = ","
quote = '"'
header_row = "names"

[report]
bank = "EXAMUS33"
account = "330000"
currency = "USD"
day_from = "returns.return_settled_on"

[[records]]
title = "return"
place = "items"
items = "returns"
fields = [
  { label = "class", name = "klass", constant = "RETURN" },
  { label = "reason", source = "Return Code", type = "code", pattern = "R[0-9]{2}", required = true },
  { label = "amount", name = "amount_cents", source = "Amount", type = "decimal", required = true },
  { label = "trace", name = "original_trace", source = "Original Trace", type = "trace", required = true },
  { label = "settled", name = "return_settled_on", source = "Settled", type = "date", format = "MM/DD/YYYY" },
  { label = "name", source = "Individual Name" },
  { label = "account", name = "account_last4", source = "Account", transforms = ["digits", "last-four"] },
]
"""
ROWS = (
    'Amount,"Return Code",Original Trace,Settled,Individual Name,Account,New Column\n'
    '"1,330.50",R01,121042880000002,11/20/2026,"Buyer, Two ""Inc""",9-8765-4321,x\n'
    "12.5,R02,121042880000003,11/19/2026,,,\n"
)


def read(profile: str | ReportProfile, text: str | bytes) -> Report:
    known = read_profile(profile) if isinstance(profile, str) else profile
    (report,) = read_with(text.encode() if isinstance(text, str) else text, known, near=NEAR)
    return report


def checks(report: Report) -> list[tuple[str, int]]:
    return [(problem.check, problem.line) for problem in report.problems]


def changed(was: str, now: str, text: str = BY_NAME) -> str:
    assert was in text
    return text.replace(was, now)


def test_columns_are_found_by_name_wherever_they_stand() -> None:
    report = read(BY_NAME, ROWS)
    assert report.complete
    assert report.returns.amount_cents == [133_050, 1_250]
    assert report.returns.reason == ["R01", "R02"]
    assert report.returns.name == ['Buyer, Two "Inc"', ""]
    assert report.returns.account_last4 == ["4321", ""]
    assert report.returns.klass == ["RETURN", "RETURN"]
    assert report.returns.line == [2, 3]


def test_what_no_record_says_the_profile_does() -> None:
    report = read(BY_NAME, ROWS)
    assert (report.bank, report.currency, report.business_date) == ("EXAMUS33", "USD", date(2026, 11, 20))
    assert (report.kind, report.mode, report.control_totals) == ("EOD", "DELTA", ControlTotals.NONE)


def test_a_required_column_that_is_not_there_is_one_problem() -> None:
    report = read(BY_NAME, ROWS.replace("Amount", "Sum"))
    assert checks(report) == [("column-missing", 1)]
    assert len(report.returns) == 0
    assert read(BY_NAME, ROWS.replace("Settled", "Date")).complete


def test_a_report_of_a_header_row_alone_is_empty_and_whole() -> None:
    report = read(BY_NAME, ROWS.splitlines()[0])
    assert (report.complete, len(report.returns)) == (True, 0)


def test_it_is_recognised_by_its_columns_before_any_carrier() -> None:
    profile = read_profile(BY_NAME)
    (report,) = read_reports(ROWS.encode(), near=NEAR, profiles=[profile])
    assert report.profile == "example-returns/1"
    (unknown,) = read_reports(ROWS.encode(), near=NEAR)
    assert unknown.carrier is Carrier.UNKNOWN
    (other,) = read_reports(str_text(RETURN), near=NEAR, profiles=[profile])
    assert other.profile == "generic-str-delimited/1"


def test_a_profile_of_another_bank_is_not_taken() -> None:
    other = read_profile(changed('carrier = "str-delimited"', 'carrier = "str-delimited"\nbank = "OTHERUS1"'))
    (report,) = read_reports(ROWS.encode(), near=NEAR, profiles=[other])
    assert report.carrier is Carrier.UNKNOWN


@pytest.mark.parametrize(
    ("spec", "text", "value"),
    [
        ('type = "decimal"', "330.50", 33_050),
        ('type = "decimal"', "-330.5", -33_050),
        ('type = "decimal"', "330.50-", -33_050),
        ('type = "decimal"', "(330.50)", -33_050),
        ('type = "decimal"', "330", 33_000),
        ('type = "decimal"', "1234567.00", 123_456_700),
        ('type = "decimal", mark = ","', "1.330,50", 133_050),
        ('type = "decimal", decimals = 0', "330", 330),
        ('type = "cents"', "33050", 33_050),
        ('type = "cents"', "+33050", 33_050),
        ('type = "cents"', "33050-", -33_050),
        ('type = "integer", transforms = ["digits"]', "USD 33050", 33_050),
    ],
)
def test_amounts_are_read_as_they_are_written(spec: str, text: str, value: int) -> None:
    report = read(
        changed('source = "Amount", type = "decimal"', f'source = "Amount", {spec}'),
        f'Return Code,Amount,Original Trace\nR01,"{text}",121042880000002\n',
    )
    assert report.returns.amount_cents == [value], report.problems


@pytest.mark.parametrize(
    "text", ["330.505", "1,23.00", "330,50", "--1", "1e3", "", "٣٣", "9" * 19, "+5-", ".", "1.2.3"]
)
def test_an_amount_that_is_none_is_named_and_left_out(text: str) -> None:
    report = read(BY_NAME, f'Return Code,Amount,Original Trace\nR01,"{text}",121042880000002\n')
    assert len(report.returns) == 0
    assert [problem.check for problem in report.problems][:1] in (["field-unreadable"], ["field-missing"])


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        ("MM/DD/YYYY", "11/20/2026", date(2026, 11, 20)),
        ("MM/DD/YYYY", "1/2/2026", date(2026, 1, 2)),
        ("YYYY-MM-DD", "2026-11-20", date(2026, 11, 20)),
        ("YYMMDD", "261120", date(2026, 11, 20)),
        ("DD-MMM-YY", "20-NOV-26", date(2026, 11, 20)),
        ("YYYYDDD", "2026324", date(2026, 11, 20)),
        ("YYDDD", "26324", date(2026, 11, 20)),
        ("DDD", "324", date(2026, 11, 20)),
        ("MMDD", "1120", date(2026, 11, 20)),
        ("MMDD", "0102", date(2027, 1, 2)),
        ("MMDD", "0228", date(2027, 2, 28)),
    ],
)
def test_dates_are_read_as_they_are_written(form: str, text: str, day: date) -> None:
    rows = f"Return Code,Amount,Original Trace,Settled\nR01,1.00,121042880000002,{text}\n"
    assert read(changed("MM/DD/YYYY", form), rows).returns.return_settled_on == [day]


@pytest.mark.parametrize("text", ["11/31/2026", "13/01/2026", "2026-11-20", "11/20/26", "02/29/2027"])
def test_a_day_that_does_not_exist_is_named(text: str) -> None:
    rows = f"Return Code,Amount,Original Trace,Settled\nR01,1.00,121042880000002,{text}\n"
    assert checks(read(BY_NAME, rows)) == [("field-unreadable", 2)]


def test_the_29th_of_february_needs_a_leap_year_near() -> None:
    rows = "Return Code,Amount,Original Trace,Settled\nR01,1.00,121042880000002,0229\n"
    profile = read_profile(changed("MM/DD/YYYY", "MMDD"))
    assert checks(read(profile, rows)) == [("field-unreadable", 2)]
    (report,) = read_with(rows.encode(), profile, near=date(2028, 3, 3))
    assert report.returns.return_settled_on == [date(2028, 2, 29)]


def test_years_of_two_digits_turn_at_the_pivot() -> None:
    profile = changed('format = "MM/DD/YYYY"', 'format = "YYMMDD", pivot = 70')
    rows = "Return Code,Amount,Original Trace,Settled\nR01,1.00,121042880000002,{}01231\n"
    assert read(profile, rows.format(7)).returns.return_settled_on == [date(1970, 12, 31)]


SIGNED = """\
id = "example-postings"
version = 1
carrier = "str-fixed"

[delivery]
record_length = 40
record_ends = "none"

[selector]
start = 1
end = 2
unknown = "warn"

[[codes]]
code_type = "OWN"
code = "77"
event = "return"
text = "ACH RET"

[mined]
trace = "TRN ([0-9]{15})"

[[records]]
selector = ["10", "11"]
title = "posting"
place = "items"
items = "postings"
fields = [
  { label = "code_type", constant = "OWN" },
  { label = "code", start = 3, end = 4 },
  { label = "amount", name = "amount_minor", start = 5, end = 11, type = "integer", required = true },
  { label = "sign", signs = "amount_minor", start = 12, end = 13, type = "sign", map = { DB = "D", CR = "C" } },
  { label = "text", start = 14, end = 40 },
]

[[records]]
selector = "99"
title = "end"
place = "trailer"
fields = [
  { label = "postings", total = "count:10", start = 3, end = 6, type = "integer", required = true },
  { label = "net", total = "net:postings.amount_minor", start = 7, end = 15, type = "cents", required = true },
]
"""


def fixed(*records: str, between: str = "") -> str:
    return between.join(record.ljust(40) for record in records)


GLUED = (
    "1077" + "0033050" + "DB" + "ACH RET TRN 121042880000002",
    "1178" + "0000500" + "CR" + "SOMETHING",
    "2000",
    "99" + "0002" + "-00032550",
)


@pytest.mark.parametrize("between", ["", "\n", "\r\n"])
def test_records_of_a_width_need_no_line_ends(between: str) -> None:
    report = read(SIGNED, fixed(*GLUED, between=between))
    assert report.postings.amount_minor == [-33_050, 500]
    assert report.postings.event == ["return", "unknown"]
    assert report.postings.trace == [121042880000002, 0]
    assert report.control_totals is ControlTotals.TIE
    assert report.complete


def test_what_the_profile_lets_pass_is_a_warning_and_is_told() -> None:
    report = read(SIGNED, fixed(*GLUED))
    assert checks(report) == [("record-unknown", 3), ("code-unknown", 2)]
    assert {problem.severity for problem in report.problems} == {Severity.WARNING}


def test_a_mismatch_that_is_tolerated_is_logged_on_the_report() -> None:
    wrong = fixed(*GLUED[:3], "99" + "0002" + "-00099999")
    assert not read(SIGNED, wrong).complete
    report = read(
        changed("version = 1", 'version = 1\ntolerances = ["control_mismatch", "missing_trailer"]', SIGNED), wrong
    )
    assert report.tolerances == ("control_mismatch",)
    assert (report.control_totals, report.complete) == (ControlTotals.DIFFER, True)


def test_a_missing_trailer_is_let_pass_only_where_the_profile_says_so() -> None:
    short = fixed(*GLUED[:2])
    assert not read(SIGNED, short).complete
    report = read(changed("version = 1", 'version = 1\ntolerances = ["missing_trailer"]', SIGNED), short)
    assert (report.complete, report.tolerances, report.control_totals) == (
        True,
        ("missing_trailer",),
        ControlTotals.NONE,
    )


def test_an_amount_without_its_sign_is_no_amount() -> None:
    unsigned = fixed("1077" + "0033050" + "  " + "ACH RET", *GLUED[1:])
    report = read(SIGNED, unsigned)
    assert ("field-missing", 1) in checks(report)
    assert report.postings.amount_minor == [500]
    mapped = changed('map = { DB = "D"', 'map = { "" = "D", DB = "D"', SIGNED)
    assert read(mapped, unsigned).postings.amount_minor == [-33_050, 500]


def test_a_blank_total_claims_nothing() -> None:
    free = SIGNED.replace(
        'type = "integer", required = true },\n  { label = "net"', 'type = "integer" },\n  { label = "net"'
    )
    free = free.replace('type = "cents", required = true', 'type = "cents"')
    for trailer, totals in (
        ("99", ControlTotals.NONE),
        ("990002", ControlTotals.TIE),
        ("990003", ControlTotals.DIFFER),
    ):
        assert read(free, fixed(*GLUED[:2], trailer)).control_totals is totals


def test_records_of_another_width_are_told_once() -> None:
    text = packaged_profile_texts()["generic-str-fixed/1"]
    report = read(text, "\n".join(["H01", *["R"] * 30]))
    (found,) = (problem for problem in report.problems if problem.check == "record-width" and problem.line == 1)
    assert "behind it: 30" in found.message


def test_what_no_quotes_can_split_is_split_at_the_marks() -> None:
    profile = read_profile(BY_NAME)
    report = read(profile, ROWS.replace("12.5,R02", '12.5\rx,"R02"'))
    assert ("field-unreadable", 3) in checks(report)
    assert not fits(ROWS.replace('Amount,"Return', 'Amount\rx,"Return').encode(), profile)


def test_further_columns_may_be_refused() -> None:
    text = packaged_profile_texts()["generic-str-delimited/1"]
    strict = read_profile(text.replace("columns = true", "columns = false"))
    assert checks(read(strict, str_text(RETURN + "|NEW"))) == [("fields-further", 2)]
    assert read(strict, str_text(RETURN)).complete


OVERLAP = (date(2026, 11, 15), date(2026, 12, 15))


def versions() -> tuple[ReportProfile, ReportProfile]:
    """Return version 2, whose returns have two fields the other way round, and 3, that has another header too."""
    text = packaged_profile_texts()["generic-str-delimited/1"]
    swapped = text.replace(
        'label = "class", name = "klass", at = 2', 'label = "class", name = "klass", at = 3'
    ).replace('label = "reason", at = 3', 'label = "reason", at = 2')
    second = swapped.replace("version = 1", f"version = 2\neffective_from = {OVERLAP[0]}", 1)
    third = swapped.replace("version = 1", "version = 3", 1).replace('values = ["1", "01"]', 'values = ["3"]')
    return read_profile(second), read_profile(third)


def told(data: bytes) -> tuple[str, bool]:
    (report,) = read_reports(data, near=NEAR, profiles=versions())
    return report.profile, report.complete


def test_two_versions_live_at_once_and_the_one_that_reads_whole_is_taken() -> None:
    fields = RETURN.split("|")
    new = "|".join([fields[0], fields[2], fields[1], *fields[3:]])
    assert told(str_text(RETURN)) == ("generic-str-delimited/1", True)
    assert told(str_text(new)) == ("generic-str-delimited/2", True)
    assert told(str_text()) == ("generic-str-delimited/2", True)
    later = HEADER.replace("H|1|", "H|3|")
    assert told(str_text(new).replace(HEADER.encode(), later.encode())) == ("generic-str-delimited/3", True)
    for _ in range(3):
        assert told(str_text("Q|what is this")) == ("generic-str-delimited/2", False)


def test_of_two_versions_that_both_read_it_the_newest_is_taken() -> None:
    text = packaged_profile_texts()["generic-str-delimited/1"]
    known = [read_profile(text.replace("version = 1", f"version = {number}", 1)) for number in (3, 11, 2)]
    for profiles in (known, known[::-1]):
        (report,) = read_reports(str_text(RETURN), near=NEAR, profiles=profiles)
        assert report.profile == "generic-str-delimited/11"


def test_a_version_reads_no_report_of_a_day_before_it() -> None:
    before = str_text().replace(b"|20261120|", b"|20261113|")
    assert told(before) == ("generic-str-delimited/1", True)


def test_reports_in_one_file_are_each_read_with_the_version_of_their_day() -> None:
    text = packaged_profile_texts()["generic-str-delimited/1"]
    old = read_profile(text.replace("version = 1", f"version = 4\neffective_to = {OVERLAP[0]}", 1))
    new = read_profile(text.replace("version = 1", "version = 5\neffective_from = 2026-11-16", 1))
    before = str_text().replace(b"|20261120|", b"|20261113|")
    reports = read_reports(before + str_text(), near=NEAR, profiles=[old, new])
    assert [report.profile for report in reports] == ["generic-str-delimited/4", "generic-str-delimited/5"]
    assert all(report.complete for report in reports)


def test_a_report_that_only_fits_a_version_that_is_over_says_so() -> None:
    over = read_profile(changed("version = 1", "version = 1\neffective_to = 2026-11-01"))
    (report,) = read_reports(ROWS.encode(), near=NEAR, profiles=[over])
    assert [problem.check for problem in report.problems] == ["profile-not-in-force"]
    assert "example-returns/1" in report.problems[0].message


def test_a_banks_own_profile_that_is_over_is_told_where_another_reads_the_report() -> None:
    own = 'id = "own"\nversion = 1\ncarrier = "bai2"\neffective_to = 2026-11-01\n'
    bai2 = (
        b"01,122099999,123456789,261119,0200,1,,,2/\n02,031001234,122099999,1,261118,2359,,2/\n"
        b"03,0123456,USD,010,500000,,/\n49,500000,2/\n98,500000,1,4/\n99,500000,1,6/\n"
    )
    (report,) = read_reports(bai2, near=NEAR, profiles=[read_profile(own)])
    assert (report.profile, report.complete) == ("bai2/1", True)
    assert [problem.check for problem in report.problems] == ["profile-not-in-force"]
    (report,) = read_reports(bai2, near=NEAR, profiles=[read_profile(own.replace("2026-11-01", "2026-12-01"))])
    assert (report.profile, report.problems) == ("own/1", ())
