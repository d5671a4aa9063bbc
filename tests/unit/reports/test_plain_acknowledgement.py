"""Acknowledgements in plain words read: the file, its status, and every entry that is refused."""

from datetime import date, datetime, timedelta, timezone

import pytest

from ingather.reports.items import Carrier, Report
from ingather.reports.recognise import read_reports

NEAR = date(2026, 11, 23)
WHOLE = """ACKNOWLEDGEMENT MB-ACK-000001
CREATED 2026-11-16T18:05:01-05:00
FILE 1234567890-2611161800A
NAME marketplace.20261116.A.ach
STATUS PART
ENTRY 231380100000001 0S81S14G00W0Y 10.00 ACCEPTED 2026-11-17
ENTRY 231380100000002 0S81S14G00W0Z 10.01 REJECTED R02 the account is closed
ENTRY 231380100000003 0S81S14G00W10 10.02 REJECTED AM03 another currency
ENTRY 231380100000004 0S81S14G00W11 10.03 REJECTED NO ROOM
"""


def only(text: str) -> Report:
    (report,) = read_reports(text.encode(), near=NEAR)
    assert report.carrier is Carrier.PLAIN_ACKNOWLEDGEMENT
    return report


def test_the_file_is_named_and_what_became_of_it_counted() -> None:
    report = only(WHOLE)
    files = report.acknowledgements
    assert report.complete
    assert (files.origination_file, files.status) == (["2611161800A"], ["PARTIAL"])
    assert (files.created_on, files.created_at, files.modifier) == ([date(2026, 11, 16)], ["1800"], ["A"])
    assert (files.accepted_entries, files.accepted_cents) == ([1], [1_000])
    assert (files.rejected_entries, files.rejected_cents) == ([3], [3_006])
    assert report.as_of == datetime(2026, 11, 16, 18, 5, 1, tzinfo=timezone(timedelta(hours=-5)))
    assert report.report_id == "ACK-2611161800A-PARTIAL"


def test_entries_refused_keep_a_code_of_the_rules_one_of_iso_and_words_apart() -> None:
    entries = only(WHOLE).entry_answers
    assert entries.trace == [231380100000002, 231380100000003, 231380100000004]
    assert entries.identification == ["0S81S14G00W0Z", "0S81S14G00W10", "0S81S14G00W11"]
    assert entries.reason == ["R02", "", "NO ROOM"]
    assert entries.iso_reason == ["", "AM03", ""]


@pytest.mark.parametrize(
    ("said", "word"), [("ACCP", "ACCEPTED"), ("PDNG", "PENDED"), ("RJCT FF01 not a file", "REJECTED")]
)
def test_a_status_is_one_of_ours(said: str, word: str) -> None:
    files = only(WHOLE.split("ENTRY", 1)[0].replace("STATUS PART", f"STATUS {said}")).acknowledgements
    assert files.status == [word]
    assert files.reason == ["FF01 not a file" if " " in said else ""]


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ("STATUS PART", "STATUS WELL", "field-unreadable"),
        ("STATUS PART\n", "", "record-missing"),
        ("FILE 1234567890-2611161800A", "FILE NOTPROVIDED", "file-unnamed"),
        ("-2611161800A", "-2613161800A", "field-unreadable"),
        ("CREATED 2026-11-16T18:05:01-05:00", "CREATED yesterday", "field-unreadable"),
        ("CREATED 2026-11-16T18:05:01-05:00", "CREATED 2026-11-16T18:05:01", "field-unreadable"),
        ("NAME", "REMARK", "record-unknown"),
        ("10.01 REJECTED", "10.1.1 REJECTED", "field-unreadable"),
        ("10.01 REJECTED", "10.01 PONDERED", "field-unreadable"),
        ("STATUS PART", "STATUS ACCP", "status-contradicts-counts"),
        ("STATUS PART", "STATUS RJCT", "status-contradicts-counts"),
        (WHOLE[WHOLE.index("ENTRY 231380100000002") :], "", "status-contradicts-counts"),
        ("STATUS PART", "STATUS PART\nSTATUS PART", "record-repeated"),
    ],
)
def test_what_is_missing_or_unknown_is_named(old: str, new: str, check: str) -> None:
    report = only(WHOLE.replace(old, new))
    assert check in [problem.check for problem in report.problems]
    assert not report.complete


def test_a_cut_acknowledgement_never_raises() -> None:
    for end in range(16, len(WHOLE)):
        assert read_reports(WHOLE[:end].encode(), near=NEAR)
