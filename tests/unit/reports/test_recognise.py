"""Carriers are recognised by content, and no content whatever makes the reader raise."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingather.reports.items import ITEM_KINDS, Carrier
from ingather.reports.recognise import read_report, read_reports, recognise
from tests.red import ACCOUNTS
from tests.unit.reports.answers import RETURN, nacha_answer, nacha_batch, nacha_file, str_text

NEAR = date(2026, 11, 20)
SAMPLES = Path(__file__).parents[3] / "nacha_samples" / "reports"
STR = str_text(RETURN)
FIXED = (SAMPLES / "0043-returns.fixed.txt").read_bytes()
ACK = (SAMPLES / "partial.ack.txt").read_bytes()
NACHA = nacha_file(nacha_batch(nacha_answer("R01", 7, account=ACCOUNTS[0], amount=33050)))
KNOWN = {
    Carrier.STR_DELIMITED: STR,
    Carrier.STR_FIXED: FIXED,
    Carrier.ACKNOWLEDGEMENT: ACK,
    Carrier.NACHA: NACHA,
}


@pytest.mark.parametrize("carrier", KNOWN)
def test_a_report_is_recognised_by_its_first_record(carrier: Carrier) -> None:
    data = KNOWN[carrier]
    assert recognise(data) is carrier
    assert recognise(b"\xef\xbb\xbf" + data) is carrier
    assert recognise(b"\r\n" + data.replace(b"\n", b"\r\n")) is carrier


SWIFT = b":20:STARTUMS\n:25:12345678\n:28C:263/1\n"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- a bank -->\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{}">'


@pytest.mark.parametrize(
    ("data", "carrier"),
    [
        (b"01,122099999,123456789,061119,0200,1,,,2/\n", Carrier.BAI2),
        (b"\n  01,122099999,123456789,061119,0200,1,,,2/02,031001234,", Carrier.BAI2),
        (SWIFT + b":60F:C261119USD829753,58\n:62F:C261119USD829753,58\n-", Carrier.MT940),
        (SWIFT + b":34F:USDD0,\n:13D:2611221010+0800\n", Carrier.MT942),
        (b"{1:F01EXAMUS33AXXX0000000000}{2:O9401200}{4:\r\n" + SWIFT, Carrier.MT940),
        (b"{1:F01EXAMUS33AXXX0000000000}{2:I942EXAMUS33XXXXN}{4:\r\n" + SWIFT, Carrier.MT942),
        (b"ABNANL2A\n940\nABNANL2A\n" + SWIFT, Carrier.MT940),
        (XML.format("camt.052.001.08").encode(), Carrier.CAMT_052),
        (XML.format("camt.053.001.02").encode(), Carrier.CAMT_053),
        (XML.format("camt.054.001.04").encode(), Carrier.CAMT_054),
        (XML.format("camt.053.001.13").encode("utf-16"), Carrier.CAMT_053),
        (XML.format("pain.002.001.03").encode(), Carrier.PAIN_002),
        (b"<x:Document><x:BkToCstmrStmt>", Carrier.CAMT_053),
        (b"AJ001A01A08052\n          ******  ACKNOWLEDGEMENT OF ACH FILE DEPOSITS  ******\n",
         Carrier.FEDACH_ACKNOWLEDGEMENT),
    ],
)  # fmt: skip
def test_every_carrier_is_recognised_by_its_own_signs(data: bytes, carrier: Carrier) -> None:
    assert recognise(data) is carrier


def test_a_fixed_report_is_recognised_without_its_header_and_with_more_behind_it() -> None:
    lines = FIXED.splitlines(keepends=True)
    (headless,) = read_reports(b"".join(lines[1:]), near=NEAR)
    assert headless.carrier is Carrier.STR_FIXED
    assert "header-missing" in {problem.check for problem in headless.problems}
    (wider,) = read_reports(b"".join(line.rstrip(b"\n") + b"  \n" for line in lines), near=NEAR)
    assert (wider.carrier, wider.complete) == (Carrier.STR_FIXED, True)


def test_an_account_statement_under_the_name_of_another_message_is_what_its_element_says() -> None:
    mixed = XML.format("camt.053.001.02") + "<BkToCstmrAcctRpt><GrpHdr/>"
    assert recognise(mixed.encode()) is Carrier.CAMT_052


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b'<?xml version="1.0"?><Document/>', "XML"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.02"/>', "pain.008.001.02"),
        (b'{"a": 1}', "JSON"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"date,amount\n2026-11-20,12\n", "no report of a kind we read"),
    ],
)
def test_what_is_not_read_is_one_problem_that_says_what_it_looks_like(data: bytes, words: str) -> None:
    report = read_report(data, near=NEAR)
    assert report.carrier is Carrier.UNKNOWN
    assert [problem.check for problem in report.problems] == ["report-unknown"]
    assert words in report.problems[0].message
    assert not report.complete


@given(data=st.binary(max_size=600))
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    read_report(data, near=NEAR)


@settings(max_examples=300)
@given(
    data=st.sampled_from(sorted(KNOWN.values())),
    at=st.integers(0, 1_500),
    cut=st.integers(0, 40),
    put=st.one_of(st.binary(max_size=40), st.sampled_from([b"|", b"\n", b"\xff", b"\x00", b"\xc2\xb2", b"9" * 30])),
)
@example(data=STR, at=60, cut=8, put=b"99999999")
@example(data=FIXED, at=52, cut=8, put="²0261120".encode())
def test_a_damaged_report_never_raises_and_its_columns_stay_equally_long(
    data: bytes, at: int, cut: int, put: bytes
) -> None:
    report = read_report(data[:at] + put + data[at + cut :], near=NEAR)
    for name in ITEM_KINDS:
        items = getattr(report, name)
        assert {len(getattr(items, column)) for column in items.column_names()} == {len(items)}
    if report.carrier is Carrier.UNKNOWN:
        assert report.problems
