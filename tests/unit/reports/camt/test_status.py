"""Status reports: accepted, pended, rejected, and why; a rejected transaction is never a returned one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingather.reports.camt.status import read_status
from ingather.reports.items import ITEM_KINDS, Carrier, ControlTotals, Report
from ingather.reports.profile import ReportProfile
from tests.unit.reports.camt.messages import NEAR

PAIN = ReportProfile(
    id="pain",
    version=1,
    carrier=Carrier.PAIN_002,
    mined={"origination_file": r"^ING-([0-9]{10}[A-Z0-9])$", "batch_number": r"/([0-9]{1,7})$"},
)


def status(group: str, *batches: str, version: str = "10", original: str = "ING-2611231830A", more: str = "") -> bytes:
    told = f"<GrpSts>{group}</GrpSts>" if group else ""
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>P-1</MsgId><CreDtTm>2026-11-23T23:40:00Z</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{original}</OrgnlMsgId><OrgnlMsgNmId>pain.008</OrgnlMsgNmId>{told}{more}"
        "</OrgnlGrpInfAndSts>" + "".join(batches) + "</CstmrPmtStsRpt></Document>"
    ).encode()


def batch(name: str, told: str, *transactions: str) -> str:
    said = f"<PmtInfSts>{told}</PmtInfSts>" if told else ""
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{name}</OrgnlPmtInfId>{said}{''.join(transactions)}</OrgnlPmtInfAndSts>"


def transaction(reference: str, told: str, reason: str = "", amount: str = "5.00") -> str:
    why = f"<StsRsnInf><Rsn>{reason}</Rsn><AddtlInf>told</AddtlInf></StsRsnInf>" if reason else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{told}</TxSts>{why}"
        f"<OrgnlTxRef><Amt><InstdAmt Ccy='USD'>{amount}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>"
    )


WHOLE = status(
    "PART",
    batch("B/1", "RJCT"),
    batch(
        "B/2",
        "",
        transaction("ORD1", "RJCT", "<Cd>AC01</Cd>"),
        transaction("ORD2", "ACSP"),
        transaction("ORD3", "RJCT", "<Prtry>R03</Prtry>", "7"),
    ),
    more="<NbOfTxsPerSts><DtldNbOfTxs>2</DtldNbOfTxs><DtldSts>RJCT</DtldSts></NbOfTxsPerSts>",
)


def read(data: bytes) -> Report:
    [report] = read_status(data, PAIN, near=NEAR)
    return report


def test_a_report_answers_the_file_its_batches_and_its_entries() -> None:
    report = read(WHOLE)
    files, batches, entries = report.acknowledgements, report.batch_answers, report.entry_answers
    assert (files.origination_file, files.status) == (["2611231830A"], ["PARTIAL"])
    assert files.answered_at == [datetime(2026, 11, 23, 23, 40, tzinfo=UTC)]
    assert (files.accepted_entries, files.rejected_entries, files.rejected_cents) == ([1], [2], [1_200])
    assert (batches.batch_number, batches.status) == ([1], ["REJECTED"])
    assert (entries.identification, entries.batch_number) == (["ORD1", "ORD3"], [2, 2])
    assert (entries.reason, entries.iso_reason) == (["told", "R03"], ["AC01", ""])
    assert len(report.returns) == 0
    assert report.control_totals is ControlTotals.TIE
    assert report.complete


@pytest.mark.parametrize(
    ("told", "status_read"),
    [
        ("ACCP", "ACCEPTED"),
        ("ACSP", "ACCEPTED"),
        ("ACSC", "ACCEPTED"),
        ("ACTC", "ACCEPTED"),
        ("RJCT", "REJECTED"),
        ("PDNG", "PENDED"),
    ],
)
def test_a_group_status_is_one_of_four(told: str, status_read: str) -> None:
    report = read(status(told, version="03"))
    assert report.acknowledgements.status == [status_read]
    assert report.complete


def test_a_file_is_named_by_the_pattern_or_by_an_id_that_is_a_files_own_name() -> None:
    assert read(status("ACCP", original="2611231830B")).acknowledgements.origination_file == ["2611231830B"]
    unnamed = read(status("ACCP", original="HELLO"))
    assert unnamed.acknowledgements.origination_file == [""]
    assert [problem.check for problem in unnamed.problems] == ["file-unnamed"]


def test_without_a_group_status_the_parts_say_it_and_never_more_than_they_say() -> None:
    rejected = transaction("ORD1", "RJCT", "<Cd>AC01</Cd>")
    assert read(status("", batch("B/1", "", rejected))).acknowledgements.status == ["PARTIAL"]
    every = "<OrgnlNbOfTxs>1</OrgnlNbOfTxs>"
    assert read(status("", batch("B/1", "", rejected), more=every)).acknowledgements.status == ["REJECTED"]
    assert read(status("", batch("B/1", "ACCP"))).acknowledgements.status == ["ACCEPTED"]
    assert read(status("")).acknowledgements.status == ["PENDED"]


def test_a_status_that_its_own_entries_contradict_is_a_problem() -> None:
    report = read(status("ACCP", batch("B/1", "", transaction("ORD1", "RJCT", "<Cd>AC01</Cd>"))))
    assert [problem.check for problem in report.problems] == ["status-contradicts-counts"]
    for told, parts in (
        ("RJCT", [transaction("ORD1", "ACSP")]),
        ("PART", [transaction("ORD1", "ACSP")]),
    ):
        report = read(status(told, batch("B/1", "", *parts)))
        assert [problem.check for problem in report.problems] == ["status-contradicts-counts"]
    for told, of_batch in (("ACCP", "RJCT"), ("RJCT", "ACCP"), ("PART", "ACCP")):
        report = read(status(told, batch("B/1", of_batch)))
        assert [problem.check for problem in report.problems] == ["status-contradicts-counts"]
    assert read(status("PART", batch("B/1", "RJCT"))).complete
    differs = read(WHOLE.replace(b"<DtldNbOfTxs>2", b"<DtldNbOfTxs>3"))
    assert differs.control_totals is ControlTotals.DIFFER


def test_of_several_reasons_the_one_that_says_sent_before_is_told() -> None:
    two = "<StsRsnInf><Rsn><Cd>NARR</Cd></Rsn></StsRsnInf><StsRsnInf><Rsn><Cd>DU01</Cd></Rsn></StsRsnInf>"
    assert read(status("RJCT", more=two)).acknowledgements.reason == ["DU01"]


@settings(max_examples=200)
@given(at=st.integers(0, len(WHOLE)), cut=st.integers(0, 60), put=st.binary(max_size=20))
def test_a_damaged_report_never_raises(at: int, cut: int, put: bytes) -> None:
    report = read(WHOLE[:at] + put + WHOLE[at + cut :])
    for name in ITEM_KINDS:
        items = getattr(report, name)
        assert {len(getattr(items, column)) for column in items.column_names()} == {len(items)}
