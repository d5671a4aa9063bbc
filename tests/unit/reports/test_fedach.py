"""FedACH acknowledgements read, as they are printed and as they are delivered."""

from datetime import date, datetime
from pathlib import Path

import pytest

from ingather.base.dates import NEW_YORK
from ingather.reports.items import Carrier, Report
from ingather.reports.recognise import read_reports

SAMPLES = Path(__file__).parents[2] / "golden" / "nacha" / "corpus" / "fedach" / "testdata" / "ack"
NEAR = date(2026, 11, 23)
ACCEPTED = "lines/achfahk691000134ain20200512085211052.ack"
PENDED = "lines/ACHFAHK673960043AIN202605261654134.ack"
REJECTED = "raw/ACHFAHK673960043AIN202605281447969.ack"
UNNAMED = ("lines/achfahk691000134ain20200512085211959.ack", "raw/achfahk691000134ain20200512085211959.ack")


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def only(data: bytes) -> Report:
    (report,) = read_reports(data, near=NEAR)
    assert report.carrier is Carrier.FEDACH_ACKNOWLEDGEMENT
    return report


def test_a_file_accepted_without_errors() -> None:
    report = only(sample(ACCEPTED))
    files = report.acknowledgements
    assert report.complete
    assert (files.origination_file, files.status) == (["2005121611A"], ["ACCEPTED"])
    assert (files.destination, files.origin) == (["091000080"], ["691000134"])
    assert (files.accepted_entries, files.accepted_cents) == ([54], [16_839_098])
    assert (files.rejected_entries, files.rejected_cents) == ([0], [0])
    assert report.as_of == datetime(2020, 5, 12, 8, 52, 11, tzinfo=NEW_YORK)
    assert len(report.batch_answers) == 0
    assert report.report_id == "ACK-2005121611A-ACCEPTED"


def test_a_file_pended_says_why_for_the_file_and_each_batch() -> None:
    report = only(sample(PENDED))
    files, batches = report.acknowledgements, report.batch_answers
    assert (files.status, files.accepted_entries, files.rejected_entries) == (["PENDED"], [0], [0])
    assert files.reason[0].startswith("TH145-SENDING ELECTRONIC CONNECTION OWNER NOT AUTHORIZED")
    assert (batches.batch_number, batches.status, batches.company_identification) == ([1], ["PENDED"], ["22334455"])
    assert batches.reason == ["BH232-INVALID ORIGINATING DFI IDENTIFICATION NOT AUTHORIZED TO ORIGINATE"]


def test_the_stream_of_rows_says_a_file_is_rejected() -> None:
    report = only(sample(REJECTED))
    files = report.acknowledgements
    assert (files.origination_file, files.status) == (["2605281847A"], ["REJECTED"])
    assert files.reason[0].startswith("FH012-INVALID IMMEDIATE ORIGIN ON FILE HEADER (NOT ON ACD); TH145-")
    assert report.batch_answers.reason == ["BH033-INVALID ORIGINATING DFI IDENTIFICATION ON BATCH HEADER"]


@pytest.mark.parametrize("name", UNNAMED)
def test_a_file_rejected_for_its_own_date_cannot_be_named_and_that_is_said(name: str) -> None:
    report = only(sample(name))
    assert [problem.check for problem in report.problems] == ["field-unreadable", "file-unnamed"]
    assert not report.complete
    assert report.acknowledgements.rejected_cents == [16_080_598]
    assert "BH021-INVALID BATCH COMPANY IDENTIFICATION" in report.batch_answers.reason[0]


def test_lines_and_stream_say_the_same() -> None:
    lines, stream = (only(sample(name)) for name in UNNAMED)
    assert lines.acknowledgements.reason == stream.acknowledgements.reason
    assert lines.batch_answers.reason == stream.batch_answers.reason
    assert lines.acknowledgements.answered_at == stream.acknowledgements.answered_at


def test_a_file_accepted_but_for_a_batch_is_partial() -> None:
    data = (
        sample(PENDED)
        .replace(b"FILE PENDED WITH FILE", b"FILE ACCEPTED WITH BATCH")
        .replace(b"BATCH STATUS:  BATCH PENDED", b"BATCH STATUS:  BATCH REJECTED")
    )
    files = only(data.replace(b"ENTRY/ADDENDA:         1", b"ENTRY/ADDENDA:         3")).acknowledgements
    assert (files.status, files.accepted_entries, files.rejected_entries) == (["PARTIAL"], [2], [1])
    assert only(data).complete


def test_batches_that_reject_more_than_the_file_holds_contradict_it() -> None:
    data = (
        sample(PENDED)
        .replace(b"FILE PENDED WITH FILE", b"FILE ACCEPTED WITH BATCH")
        .replace(b"BATCH STATUS:  BATCH PENDED", b"BATCH STATUS:  BATCH REJECTED")
    )
    report = only(data.replace(b"ENTRY/ADDENDA:         1", b"ENTRY/ADDENDA:         0", 1))
    assert report.acknowledgements.accepted_entries == [-1]
    assert "status-contradicts-counts" in [problem.check for problem in report.problems]
    assert not report.complete


def test_several_acknowledgements_in_one_file_are_several_reports() -> None:
    reports = read_reports(sample(ACCEPTED) + sample(PENDED), near=NEAR)
    assert [report.acknowledgements.status for report in reports] == [["ACCEPTED"], ["PENDED"]]
    assert reports[1].acknowledgements.line[0] > reports[0].acknowledgements.line[0]


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        (b"FILE ACCEPTED WITH", b"FILE PONDERED WITH", "field-unreadable"),
        (b"FILE ID MODIFIER", b"FILE ID", "file-unnamed"),
        (b"END OF ACKNOWLEDGEMENT", b"", "trailer-missing"),
        (b"ENTRY/ADDENDA", b"ENTRIES", "field-missing"),
    ],
)
def test_what_is_missing_or_unknown_is_named(old: bytes, new: bytes, check: str) -> None:
    report = only(sample(ACCEPTED).replace(old, new))
    assert check in [problem.check for problem in report.problems]
    assert not report.complete


def test_a_cut_acknowledgement_never_raises() -> None:
    for name in (PENDED, REJECTED):
        data = sample(name)
        for end in range(120, len(data), 97):
            assert read_reports(data[:end], near=NEAR)
