"""The daily report, byte for byte after the layout's own samples (written for this project, invented data)."""

from datetime import date, datetime, timedelta, timezone

import pytest

from ingather.simulator.str_reports import RECORDS, ReportBody, ReportHead, Row, Value, render, write_report
from ingather.simulator.terms import BankTerms, ReportWidth

TERMS = BankTerms(odfi_routing="121042882", immediate_destination="121042882")
NEW_YORK_WINTER = timezone(timedelta(hours=-5))

RETURNS_DELIMITED = """\
H|1|EXAMUS33|000012345678|USD|EOD|DELTA|20261120|180000|-0500|43|20261120|STR-20261120-0043|STR-20261119-0042|UPDATE|
R|RETURN|R01|121042880000002|231380100000017|26|231380104|33050|ORD1002|BUYER TWO INC|7310\
|1234567890|CCD|0000001|20261119|20261120|||2611200000772
N|C01|121042880000001|231380104|1918171614|ORD1001|BUYER ONE LLC|1234567890|CCD|0000001
A|RETURN_FEE|250|D|2611200000773|2611200000772|ACH RETURN ITEM FEE
P|BAI2|557|33050|D|20261120|2611200000772|121042880000002|ACH RETURN
P|BAI2|567|250|D|20261120|2611200000773||RETURN ITEM FEE
B|OPENING|5208050|C|20261120
B|CLOSING|5174750|C|20261120
T|9|0|0|1|33050|1|0|1|2|0|0|33300|2880000002
"""
RETURN_FIXED = (
    "RRETURN          R011210428800000022313801000000172623138010400000000033050ORD1002        BUYER TWO INC         "
    "73101234567890CCD00000012026111920261120                                                    2611200000772       "
)
HEADER_FIXED = (
    "H01EXAMUS33000012345678        USDEOD     DELTA     20261120180000-050000004320261120STR-20261120-0043       "
    "STR-20261119-0042       UPDATE"
).ljust(224)
TRAILER_FIXED = (
    "T00000009000000000000000000000000000001000000000330500000000100000000000000010000000200000000000000000000000000000000"
    "000333002880000002"
).ljust(224)


def head() -> ReportHead:
    return ReportHead(
        as_of=datetime(2026, 11, 20, 18, tzinfo=NEW_YORK_WINTER),
        sequence=43,
        business_date=date(2026, 11, 20),
        report_id="STR-20261120-0043",
        previous_report_id="STR-20261119-0042",
    )


def a_day_with_a_return() -> ReportBody:
    returned = Row(
        type="R",
        values={
            "class": "RETURN",
            "reason": "R01",
            "original_trace": "121042880000002",
            "return_trace": "231380100000017",
            "transaction_code": "26",
            "rdfi": "231380104",
            "amount": 33_050,
            "individual_id": "ORD1002",
            "name": "BUYER TWO INC",
            "account_last4": "7310",
            "company_id": "1234567890",
            "sec": "CCD",
            "batch_number": "0000001",
            "original_settlement_date": "20261119",
            "return_settlement_date": "20261120",
            "posting_ref": "2611200000772",
        },
    )
    changed = Row(
        type="N",
        values={
            "change_code": "C01",
            "original_trace": "121042880000001",
            "rdfi": "231380104",
            "corrected_data": "1918171614",
            "individual_id": "ORD1001",
            "name": "BUYER ONE LLC",
            "company_id": "1234567890",
            "sec": "CCD",
            "batch_number": "0000001",
        },
    )
    fee = Row(
        type="A",
        values={
            "kind": "RETURN_FEE",
            "amount": 250,
            "sign": "D",
            "bank_ref": "2611200000773",
            "related_ref": "2611200000772",
            "text": "ACH RETURN ITEM FEE",
        },
    )
    return ReportBody(
        returns=[returned],
        changes=[changed],
        adjustments=[fee],
        postings=[
            posting("557", 33_050, "2611200000772", "121042880000002", "ACH RETURN"),
            posting("567", 250, "2611200000773", "", "RETURN ITEM FEE"),
        ],
    )


def posting(code: str, cents: int, bank_ref: str, customer_ref: str, words: str) -> Row:
    values: dict[str, Value] = {
        "code_type": "BAI2",
        "code": code,
        "amount": cents,
        "sign": "D",
        "value_date": "20261120",
        "bank_ref": bank_ref,
        "customer_ref": customer_ref,
        "text": words,
    }
    return Row(type="P", values=values)


def test_a_day_with_a_return_is_written_as_the_sample() -> None:
    written = write_report(head(), a_day_with_a_return(), TERMS, opening_cents=5_208_050)
    assert written.decode() == RETURNS_DELIMITED


def test_fixed_records_stand_in_the_columns_of_the_sample() -> None:
    fixed = BankTerms(odfi_routing="121042882", immediate_destination="121042882", report_width=ReportWidth.FIXED)
    lines = write_report(head(), a_day_with_a_return(), fixed, opening_cents=5_208_050).decode().split("\n")
    assert lines.pop() == ""
    assert {len(line) for line in lines} == {224}
    assert lines[0] == HEADER_FIXED
    assert lines[1] == RETURN_FIXED
    assert lines[-1] == TRAILER_FIXED


def test_every_record_fits_its_224_columns() -> None:
    widths = {kind: 1 + sum(column.width for column in columns) for kind, columns in RECORDS.items()}
    assert widths == {"H": 167, "S": 102, "R": 224, "N": 114, "D": 137, "A": 98, "P": 110, "V": 174, "B": 34, "T": 135}


def test_blanks_inside_corrected_data_stay_in_both_widths() -> None:
    row = Row(type="N", values={"corrected_data": "091000019   4088958398"})
    assert render(row, ReportWidth.DELIMITED).split("|")[4] == "091000019   4088958398"
    assert render(row, ReportWidth.FIXED)[28:57] == "091000019   4088958398".ljust(29)


def test_a_bar_inside_a_name_does_not_split_its_record() -> None:
    assert render(Row(type="R", values={"name": "A|B"}), ReportWidth.DELIMITED).count("|") == len(RECORDS["R"])


@pytest.mark.parametrize(("name", "value"), [("name", "N" * 23), ("amount", 10**14), ("amount", -1)])
def test_a_value_that_does_not_fit_is_refused_and_never_cut(name: str, value: str | int) -> None:
    with pytest.raises(ValueError, match=f"R {name} does not fit"):
        render(Row(type="R", values={name: value}), ReportWidth.FIXED)


def test_an_overdrawn_account_has_a_debit_balance() -> None:
    written = write_report(head(), ReportBody(), TERMS, opening_cents=-500).decode()
    assert "B|OPENING|500|D|20261120" in written
