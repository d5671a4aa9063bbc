"""Statements of ISO 20022: what an entry is, what came back in it, what ties, and what no XML can do to the reader."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingather.base.problems import errors_of
from ingather.reports.camt.reader import read_camt
from ingather.reports.items import ITEM_KINDS, Carrier, ControlTotals, Report
from ingather.reports.profile import ReportProfile
from tests.red import red_account
from tests.unit.reports.camt.messages import CAMT, NEAR, OWN, balance, detail, entry, statement


def read(data: bytes, profile: ReportProfile = CAMT) -> Report:
    [report] = read_camt(data, profile, near=NEAR)
    return report


def checks(report: Report) -> list[str]:
    return [problem.check for problem in report.problems]


WHOLE = statement(
    balance("OPBD", "100.00"),
    balance("CLBD", "1069.50"),
    "<TxsSummry><TtlNtries><NbOfNtries>3</NbOfNtries><Sum>1030.50</Sum><TtlNetNtry><Amt>969.50</Amt><CdtDbtInd>CRDT"
    "</CdtDbtInd></TtlNetNtry></TtlNtries><TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>1000</Sum></TtlCdtNtries>"
    "<TtlDbtNtries><NbOfNtries>2</NbOfNtries><Sum>30.50</Sum></TtlDbtNtries></TxsSummry>",
    entry("1000", "CRDT", batch="<Btch><MsgId>2611231830A</MsgId><NbOfTxs>12</NbOfTxs></Btch>", ref="S1"),
    entry("30.00", "DBIT", "PMNT/IDDT/UPDD", detail("ORD1", "30.00", back="<Cd>AM04</Cd>", item="I-9"), ref="S2"),
    entry("0.50", "DBIT", "PMNT/MDOP/CHRG", ref="S3"),
)


def test_a_statement_tells_its_place_its_balances_and_that_it_ties() -> None:
    report = read(WHOLE)
    assert (report.carrier, report.bank, report.account, report.currency) == (
        Carrier.CAMT_053,
        "EXAMUS33",
        "OUR-ACCOUNT",
        "USD",
    )
    assert (report.sequence, report.report_id, report.kind, report.business_date) == (
        7,
        "S-7",
        "EOD",
        date(2026, 11, 24),
    )
    assert report.as_of is not None
    assert report.as_of.isoformat() == "2026-11-24T18:00:00-05:00"
    assert report.balances.kind == ["OPENING", "CLOSING"]
    assert report.balances.amount_minor == [10_000, 106_950]
    assert report.control_totals is ControlTotals.TIE
    assert report.complete
    assert report.postings.event == ["settlement", "return", "fee"]
    assert report.postings.amount_minor == [100_000, -3_000, -50]
    assert report.postings.items == [12, 1, 0]
    assert report.postings.origination_file == ["2611231830A", "", ""]
    assert report.postings.value_on == [date(2026, 11, 25)] * 3
    assert report.adjustments.amount_minor == [-50]


@pytest.mark.parametrize(
    ("said", "instead"),
    [(b"<NbOfNtries>3", b"<NbOfNtries>4"), (b"1069.50", b"1069.51"), (b"<Sum>1000<", b"<Sum>1001<")],
)
def test_totals_that_differ_from_the_entries_are_told(said: bytes, instead: bytes) -> None:
    report = read(WHOLE.replace(said, instead))
    assert report.control_totals is ControlTotals.DIFFER
    assert checks(report) == ["control-total"]
    assert not report.complete


def test_an_iso_reason_never_becomes_a_return_code() -> None:
    returns = read(WHOLE).returns
    assert (returns.reason, returns.iso_reason) == ([""], ["AM04"])
    assert (returns.identification, returns.bank_item, returns.posting_ref) == (["ORD1"], ["I-9"], ["S2"])
    assert (returns.amount_cents, returns.name) == ([3_000], ["BUYER ONE"])
    assert returns.return_settled_on == [date(2026, 11, 24)]


@pytest.mark.parametrize(
    ("back", "reason", "iso", "words"),
    [
        ("<Prtry>R02</Prtry>", "R02", "", ""),
        ("<Prtry>NO FUNDS</Prtry>", "", "", "NO FUNDS"),
        ("<Cd>MD01</Cd>", "", "MD01", ""),
        ("<Cd>R0145X</Cd>", "", "", "R0145X"),
    ],
)
def test_only_the_banks_own_word_can_be_a_return_code(back: str, reason: str, iso: str, words: str) -> None:
    data = statement(entry("5", "DBIT", "PMNT/IDDT/UPDD", detail("ORD1", "5", back=back)))
    returns = read(data).returns
    assert (returns.reason, returns.iso_reason, returns.information) == ([reason], [iso], [words])


def test_a_reject_is_told_from_a_return_by_the_banks_own_code() -> None:
    parts = [
        entry(
            "5",
            "DBIT",
            "PMNT/IDDT/UPDD",
            detail("ORD1", "5", text="x", back="<Prtry>R03</Prtry>"),
            own="ACH Debit Reject",
        ),
        entry("6", "DBIT", "PMNT/IDDT/UPDD", detail("ORD2", "6"), own="ACH Debit Return"),
    ]
    report = read(statement(*parts), OWN)
    assert report.postings.event == ["rejection", "return"]
    assert (report.entry_answers.identification, report.entry_answers.status) == (["ORD1"], ["REJECTED"])
    assert report.returns.identification == ["ORD2"]


def test_what_the_texts_name_is_found_by_the_profiles_patterns() -> None:
    text = 'FILE 2611231830B BATCH 0000004 CO 1234567890 TRN 121042880000007 Reason: "R29"'
    data = statement(entry("5", "DBIT", "PMNT/IDDT/UPDD", detail("NOTPROVIDED", "5", back="<Cd>AM04</Cd>", text=text)))
    report = read(data, OWN)
    posting, back = report.postings, report.returns
    assert (posting.origination_file, posting.batch_number, posting.trace) == (["2611231830B"], [4], [121042880000007])
    assert (back.reason, back.iso_reason, back.original_trace) == (["R29"], ["AM04"], [121042880000007])
    assert (back.company_identification, back.identification) == (["1234567890"], [""])


def test_returns_inside_a_collective_entry_are_each_told() -> None:
    batch = "<Btch><NbOfTxs>2</NbOfTxs><TtlAmt Ccy='USD'>11</TtlAmt></Btch>"
    details = [detail(f"ORD{n}", f"{5 + n}", back="<Prtry>R01</Prtry>") for n in range(2)]
    report = read(statement(entry("11", "DBIT", "PMNT/IDDT/UPDD", *details, batch=batch)))
    assert report.returns.amount_cents == [500, 600]
    assert report.postings.reference == [""]
    assert report.control_totals is ControlTotals.NONE
    short = read(statement(entry("11", "DBIT", "PMNT/IDDT/UPDD", details[0], batch=batch)))
    assert short.control_totals is ControlTotals.DIFFER


def test_an_entry_longer_than_what_is_read_at_one_time_loses_none_of_its_transactions() -> None:
    details = [detail(f"ORD{number}", "1.00", back="<Prtry>R01</Prtry>") for number in range(1_000)]
    data = statement(entry("1000", "DBIT", "PMNT/IDDT/UPDD", *details))
    assert len(data) > 3 << 16
    assert read(data).returns.identification == [f"ORD{number}" for number in range(1_000)]


def test_a_return_whose_code_nobody_knows_is_known_by_its_reason() -> None:
    report = read(statement(entry("5", "DBIT", "XXXX/YYYY/ZZZZ", detail("ORD1", "5", back="<Cd>AC04</Cd>"))))
    assert report.postings.event == ["return"]
    assert report.returns.identification == ["ORD1"]
    assert checks(report) == ["code-unknown"]
    assert report.complete


def test_an_entry_that_takes_back_another_is_a_reversal() -> None:
    reversing = "<RvslInd>true</RvslInd>"
    parts = [
        entry("5", "CRDT", "PMNT/IDDT/PADD"),
        entry("5", "CRDT", "PMNT/IDDT/PADD", more=reversing),
        entry("5", "DBIT", "PMNT/IDDT/UPDD", more=reversing),
        entry("5", "CRDT", "PMNT/IDDT/FEES", more=reversing),
    ]
    assert read(statement(*parts)).postings.event == ["settlement", "reversal", "return", "fee"]


def test_a_code_that_may_be_an_account_number_is_not_said() -> None:
    report = read(statement(entry("5", "CRDT", f"XXXX/YYYY/{red_account(1)}")))
    assert checks(report) == ["code-unknown"]
    assert red_account(1) not in report.problems[0].message


def test_an_unknown_code_is_unknown_and_told_once() -> None:
    report = read(statement(*(entry("5", "CRDT", "XXXX/YYYY/ZZZZ") for _ in range(3))))
    assert report.postings.event == ["unknown"] * 3
    assert [problem.message for problem in report.problems] == [
        "Nobody says what the code ISO20022 XXXX/YYYY/ZZZZ means; 3 entries have it, the first on line 4."
    ]


@pytest.mark.parametrize("message", ["camt.052", "camt.054"])
def test_what_is_not_a_final_statement_is_provisional(message: str) -> None:
    report = read(statement(entry("5", "CRDT"), message=message, version="02"))
    assert report.kind == "INTRADAY"
    assert report.postings.provisional == [True]
    assert str(report.carrier) == message


@pytest.mark.parametrize(
    ("status", "provisional"),
    [("BOOK", False), ("PDNG", True), ("INFO", True), ("<Cd>BOOK</Cd>", False), ("<Cd>PDNG</Cd>", True)],
)
def test_a_status_is_read_as_text_and_as_code(status: str, provisional: bool) -> None:  # noqa: FBT001 -- a table's column
    report = read(statement(balance("OPBD", "1"), balance("CLBD", "1"), entry("5", "CRDT", status=status)))
    assert report.postings.provisional == [provisional]
    assert (report.control_totals is ControlTotals.TIE) == provisional


@pytest.mark.parametrize("amount", ["12..34", "-5.00", "5.001", "1e3", "", "9" * 30, "5,00", "²"])
def test_a_damaged_amount_is_a_problem_and_the_other_entries_are_read(amount: str) -> None:
    report = read(statement(entry(amount, "CRDT"), entry("7.1", "DBIT")))
    assert report.postings.amount_minor == [-710]
    assert "amount-unreadable" in checks(report)
    assert not report.complete


def test_charges_inside_an_entry_are_an_adjustment() -> None:
    charges = (
        "<Chrgs><Rcrd><Amt Ccy='USD'>2.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>{}</ChrgInclInd></Rcrd></Chrgs>"
    )
    for included, amounts in (("true", [-250]), ("false", [])):
        back = entry(
            "32.50",
            "DBIT",
            "PMNT/IDDT/UPDD",
            detail("A", "30", back="<Prtry>R01</Prtry>"),
            more=charges.format(included),
        )
        report = read(statement(back))
        assert report.adjustments.amount_minor == amounts
        assert report.returns.amount_cents == [3_000]


def test_a_page_of_a_final_statement_never_passes_for_the_whole() -> None:
    pages = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    report = read(statement(balance("OPBD", "0"), balance("CLBD", "9"), entry("5", "CRDT"), head=pages))
    assert report.control_totals is ControlTotals.NONE
    assert checks(report) == ["statement-pages"]
    assert not report.complete


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (WHOLE.replace(b".08", b".01"), "version-unknown"),
        (WHOLE.replace(b"xsd:camt.053", b"xsd:camt.052"), "message-differs"),
        (b"<Document><Other/></Document>", "message-unknown"),
        (b"<Document><BkToCstmrStmt/></Document>", "record-missing"),
        (WHOLE[:1200], "xml-malformed"),
        (WHOLE.replace(b"<Document", b'<!DOCTYPE x [<!ENTITY a "b">]><Document', 1), "xml-doctype"),
        (b"<a>" * 65, "xml-too-deep"),
        (WHOLE.replace(b"UTF-8", b"UTF-77"), "xml-encoding"),
        (WHOLE.replace(b"ORD1", b"&boom;"), "xml-malformed"),
    ],
)
def test_what_is_wrong_with_a_whole_message_is_an_error(data: bytes, check: str) -> None:
    report = read(data)
    assert check in [problem.check for problem in errors_of(report.problems)]
    assert not report.complete


def test_a_cut_message_keeps_what_was_read_and_says_so() -> None:
    report = read(WHOLE[: WHOLE.index(b"S2")])
    assert report.postings.amount_minor == [100_000]
    assert report.report_id == "S-7"
    assert not report.complete


def test_one_part_with_endless_elements_ends_the_reading() -> None:
    report = read(statement("<Bal/>" * 100_001))
    assert checks(report)[0] == "xml-too-large"


def test_several_accounts_of_a_message_are_reports_of_their_own() -> None:
    second = WHOLE[WHOLE.index(b"<Stmt>") : WHOLE.index(b"</BkToCstmrStmt>")]
    data = WHOLE.replace(
        b"</BkToCstmrStmt>", second.replace(b"OUR-ACCOUNT", b"OTHER").replace(b"S-7", b"S-8") + b"</BkToCstmrStmt>"
    )
    first, other = read_camt(data, CAMT, near=NEAR)
    assert (first.account, other.account, other.report_id) == ("OUR-ACCOUNT", "OTHER", "S-8")
    assert first.postings.amount_minor == other.postings.amount_minor
    assert first.complete
    assert other.complete


@settings(max_examples=300)
@given(
    at=st.integers(0, len(WHOLE)),
    cut=st.integers(0, 60),
    put=st.one_of(st.binary(max_size=20), st.sampled_from([b"<", b"</Ntry>", b"<Ntry>", b"\x00", b"9" * 40, b"&#1;"])),
)
def test_a_damaged_message_never_raises_and_its_columns_stay_equally_long(at: int, cut: int, put: bytes) -> None:
    for report in read_camt(WHOLE[:at] + put + WHOLE[at + cut :], OWN, near=NEAR):
        for name in ITEM_KINDS:
            items = getattr(report, name)
            assert {len(getattr(items, column)) for column in items.column_names()} == {len(items)}
