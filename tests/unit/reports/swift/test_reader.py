"""SWIFT statements and interim reports: pages, blocks, lines of money, code words over the ends of lines, sums."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingather.reports.code_map import CodeMap, CodeRule
from ingather.reports.items import ITEM_KINDS, Carrier, ControlTotals, PostingEvent, Report
from ingather.reports.profile import ReportProfile, Semantics
from ingather.reports.swift.reader import read_swift
from ingather.reports.tables import codes_before_packaged, packaged_codes

NEAR = date(2026, 11, 24)
SWIFT = ReportProfile(id="swift", version=1, carrier=Carrier.MT940, codes=packaged_codes())
OWN = replace(
    SWIFT,
    codes=codes_before_packaged(
        CodeMap(rules=(CodeRule(code_type="CTC", code="294", event=PostingEvent.RECEIPT),)),
    ),
    mined={
        "virtual_account": r"/BI/([0-9]+)",
        "payer_name": r"/BO1/([^/]*)",
        "origination_file": r"FILE ([0-9]{10}[A-Z])",
    },
)
STATEMENT = """:20:REF1
:25:EXAMUS33/OUR-ACCOUNT
:28C:263/1
:60F:C261123USD100,
:61:2611241124C1000,NDDTFILE 2611231830A//B1
:61:2611241124D30,NRTIORD1//B2
:61:2611241124DD0,50NCHGNONREF//B3
:86:RETURN ITEM FEE
:62F:C261124USD1069,50
:64:C261124USD1069,50
-
"""
INTERIM = """:20:REF2
:25:OUR-ACCOUNT
:28C:00326/00012
:34F:USDD0,
:34F:USDC0,
:13D:2611221010+0530
:61:2611221122C1250,00NTRFORD-1001//HK1
/CTC/294/ACH CREDIT
:86:/PT/FT/BI/8830000000017/BO1/BUYER ONE LLC/PC/PAYME
NTS
:61:2611221122RD20,00NTRFNONREF//HK2
:90D:0USD0,
:90C:2USD1270,00
-
"""


def read(text: str, profile: ReportProfile = SWIFT) -> Report:
    [report] = read_swift(text.encode(), profile, near=NEAR)
    return report


def checks(report: Report) -> list[str]:
    return [problem.check for problem in report.problems]


def test_a_statement_tells_its_place_its_money_and_that_it_ties() -> None:
    report = read(STATEMENT)
    assert (report.carrier, report.bank, report.account, report.currency) == (
        Carrier.MT940,
        "EXAMUS33",
        "OUR-ACCOUNT",
        "USD",
    )
    assert (report.sequence, report.report_id, report.kind, report.business_date) == (
        263,
        "263/1",
        "EOD",
        date(2026, 11, 24),
    )
    assert report.postings.event == ["settlement", "return", "fee"]
    assert report.postings.amount_minor == [100_000, -3_000, -50]
    assert report.postings.bank_ref == ["B1", "B2", "B3"]
    assert (report.returns.identification, report.returns.posting_ref, report.returns.amount_cents) == (
        ["ORD1"],
        ["B2"],
        [3_000],
    )
    assert (report.adjustments.kind, report.adjustments.amount_minor) == (["RETURN_FEE"], [-50])
    assert report.balances.kind == ["OPENING", "CLOSING", "AVAILABLE"]
    assert report.control_totals is ControlTotals.TIE
    assert report.complete
    assert read(STATEMENT, OWN).postings.origination_file == ["2611231830A", "", ""]


def test_interim_reports_are_numbered_as_the_profile_says() -> None:
    by_statement = replace(SWIFT, semantics=Semantics(interim_number="statement"))
    always_one = [INTERIM.replace("00326/00012", f"{number}/1") for number in (326, 327)]
    assert [read(text).sequence for text in (INTERIM, *always_one)] == [12, 1, 1]
    assert [read(text, by_statement).sequence for text in always_one] == [326, 327]
    assert read(INTERIM.replace("00326/00012", "326")).sequence == 326


@pytest.mark.parametrize(
    ("told", "bank"),
    [
        ("EXAMUS33/123456/USD", "EXAMUS33"),
        ("123456/USD", ""),
        ("123456", ""),
        ("EXAMUS33/123456", "EXAMUS33"),
    ],
)
def test_the_account_is_never_taken_for_the_bank(told: str, bank: str) -> None:
    report = read(STATEMENT.replace("EXAMUS33/OUR-ACCOUNT", told))
    assert (report.bank, report.account) == (bank, "123456")


def test_carriage_returns_alone_end_lines() -> None:
    assert read(STATEMENT.replace("\n", "\r")).postings.amount_minor == [100_000, -3_000, -50]


def test_balances_that_the_lines_do_not_make_are_told() -> None:
    report = read(STATEMENT.replace("1069,50", "1069,51"))
    assert report.control_totals is ControlTotals.DIFFER
    assert checks(report) == ["control-total"]


def test_blocks_name_the_bank_that_sent_the_message() -> None:
    received = "{1:F01OURBUS33AXXX0000000000}{2:O9401800261124EXAMUS33AXXX00000000002611241800N}{4:\n"
    assert read(received + STATEMENT.replace("\n-\n", "\n-}{5:{CHK:1}}\n").replace("EXAMUS33/", "")).bank == "EXAMUS33"
    sent = "{1:F01EXAMUS33AXXX0000000000}{2:I940OURBUS33XXXXN}{4:\r\n" + STATEMENT.replace("\n", "\r\n")
    assert read(sent.replace("EXAMUS33/", "")).bank == "EXAMUS33"


def test_pages_of_a_statement_are_one_report_and_each_page_ties() -> None:
    first = STATEMENT.replace("62F:C261124USD1069,50", "62M:C261124USD1069,50").replace(":64:C261124USD1069,50\n", "")
    second = STATEMENT.replace("263/1", "263/2").replace("60F:C261123USD100,", "60M:C261124USD1069,50")
    second = second.replace("USD1069,50\n:64", "USD2039,00\n:64").replace(
        ":60M:C261124USD2039,00", ":60M:C261124USD1069,50"
    )
    report = read(first + second)
    assert len(report.postings) == 6
    assert report.control_totals is ControlTotals.TIE
    assert report.balances.amount_minor[:2] == [10_000, 203_900]
    broken = read(first + second.replace("60M:C261124USD1069,50", "60M:C261124USD1069,40"))
    assert broken.control_totals is ControlTotals.DIFFER
    alone = read(first)
    assert checks(alone) == ["statement-pages"]
    assert not alone.complete


def test_an_interim_report_is_provisional_and_its_offset_is_hours_and_minutes() -> None:
    report = read(INTERIM, OWN)
    assert (report.carrier, report.kind, report.sequence, report.report_id) == (Carrier.MT942, "INTRADAY", 12, "326/12")
    assert report.as_of is not None
    assert report.as_of.utcoffset() == timedelta(hours=5, minutes=30)
    assert report.business_date == date(2026, 11, 22)
    assert report.postings.provisional == [True, True]
    assert report.postings.amount_minor == [125_000, 2_000]
    assert report.postings.event == ["receipt", "reversal"]
    assert report.postings.code_type == ["CTC", "SWIFT"]
    assert report.control_totals is ControlTotals.TIE


def test_a_virtual_account_is_found_where_the_profile_says_and_code_words_run_over_lines() -> None:
    receipts = read(INTERIM, OWN).receipts
    assert receipts.virtual_account == ["8830000000017"]
    assert receipts.payer_name == ["BUYER ONE LLC"]
    assert "/PC/PAYMENTS" in receipts.remittance[0]
    assert len(read(INTERIM).receipts) == 0


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        ("C5,", 500),
        ("D5,", -500),
        ("RC5,", -500),
        ("RD5,", 500),
        ("CD5,00", 500),
        ("DR5,1", -510),
        ("RCD5,", -500),
        ("EC5,", 500),
    ],
)
def test_the_mark_gives_the_sign(line: str, amount: int) -> None:
    report = read(STATEMENT.replace("C1000,", line))
    assert report.postings.amount_minor[0] == amount


def test_what_is_only_expected_is_not_in_the_balance() -> None:
    report = read(STATEMENT.replace(":62F:", ":61:2611241124EC7,NDDTX//B9\n:62F:"))
    assert report.postings.provisional == [False, False, False, True]
    assert report.control_totals is ControlTotals.TIE


def test_days_that_there_are_not_are_problems_and_the_money_still_counts() -> None:
    report = read(STATEMENT.replace("2611241124D30,", "2602301124D30,"))
    assert checks(report) == ["date-unreadable"]
    assert report.control_totals is ControlTotals.TIE
    assert report.postings.value_on == [date(2026, 11, 24)] * 3


@pytest.mark.parametrize("line", [":61:hello", ":61:261124X5,NMSCA", ":61:261124C5.00NMSCA", ":61:"])
def test_a_line_that_is_not_read_is_a_problem(line: str) -> None:
    report = read(STATEMENT.replace(":62F:", f"{line}\n:62F:"))
    assert checks(report) == ["line-unreadable"]
    assert len(report.postings) == 3
    assert not report.complete


def test_an_entry_date_belongs_to_the_year_that_is_near() -> None:
    report = read(STATEMENT.replace("2611241124D30,", "2701011231D30,"))
    assert report.returns.return_settled_on == [date(2026, 12, 31)]


def test_a_floor_above_zero_is_told_and_zero_lines_move_nothing() -> None:
    floored = read(INTERIM.replace("34F:USDD0,", "34F:USDD100,"))
    assert checks(floored) == ["floor-limit"]
    assert floored.complete
    zero = read(STATEMENT.replace(":62F:", ":61:2611241124C0,NDEFNONREF\n/X/C 5,00 BAI CD 010\n:62F:"))
    assert checks(zero) == ["zero-amount"]
    assert len(zero.postings) == 3


def test_a_collective_posting_of_returns_names_none_of_them() -> None:
    report = read(STATEMENT.replace("NRTIORD1", "NRTINONREF"))
    assert report.postings.event[1] == "return"
    assert len(report.returns) == 0


def test_sums_of_an_interim_report_that_differ_are_told() -> None:
    report = read(INTERIM.replace("90C:2USD", "90C:3USD"))
    assert report.control_totals is ControlTotals.DIFFER


def test_fields_that_no_statement_has_are_told() -> None:
    report = read(STATEMENT.replace(":62F:", ":99X:hello\n:62F:").replace(":86:RETURN ITEM FEE\n", ""))
    assert checks(report) == ["record-unknown"]
    assert not report.complete


@settings(max_examples=300)
@given(
    data=st.sampled_from([STATEMENT.encode(), INTERIM.encode()]),
    at=st.integers(0, 400),
    cut=st.integers(0, 30),
    put=st.one_of(
        st.binary(max_size=20), st.sampled_from([b"\n", b":61:", b":20:", b"\xff", b"9" * 40, b"{1:", "²".encode()])
    ),
)
def test_a_damaged_statement_never_raises_and_its_columns_stay_equally_long(
    data: bytes, at: int, cut: int, put: bytes
) -> None:
    for report in read_swift(data[:at] + put + data[at + cut :], OWN, near=NEAR):
        for name in ITEM_KINDS:
            items = getattr(report, name)
            assert {len(getattr(items, column)) for column in items.column_names()} == {len(items)}
