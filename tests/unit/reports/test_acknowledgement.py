"""Acknowledgements: every part is read, and an answer that contradicts itself is not complete."""

from datetime import date

import pytest

from ingather.reports.items import Carrier, Report
from ingather.reports.recognise import read_report

FILE = "A|1|EXAMUS33|231380104|1234567890|261119|1830|A||ACCEPTED|2026-11-19T18:41:07-05:00|3|208050|0|0|"


def read(*records: str) -> Report:
    text = "".join(f"{record}\n" for record in (*records, f"Z|{len(records) + 1}"))
    return read_report(text.encode(), near=date(2026, 11, 19))


def test_the_file_is_named_by_creation_date_time_and_modifier() -> None:
    report = read(FILE)
    assert report.carrier is Carrier.ACKNOWLEDGEMENT
    assert report.complete
    assert report.acknowledgements.origination_file == ["2611191830A"]
    assert report.acknowledgements.accepted_cents == [208050]
    assert report.as_of is not None
    assert report.as_of.utcoffset() is not None


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ("ACCEPTED", "REJECTED", "status-contradicts-counts"),
        ("ACCEPTED", "PARTIAL", "status-contradicts-counts"),
        ("|0|0|", "|1|500|", "status-contradicts-counts"),
        ("ACCEPTED", "MAYBE", "field-unreadable"),
        ("2026-11-19T18:41:07-05:00", "2026-11-19T18:41:07", "field-unreadable"),
        ("261119|1830|A", "||", "file-unnamed"),
        ("261119", "261139", "field-unreadable"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_not_complete(old: str, new: str, check: str) -> None:
    report = read(FILE.replace(old, new))
    assert check in {problem.check for problem in report.problems}
    assert not report.complete


def test_a_file_the_bank_could_not_read_is_named_by_its_hash() -> None:
    unread = f"A|1|EXAMUS33||||||{'ab' * 32}|REJECTED|2026-11-19T18:41:07-05:00|0|0|0|0|UNREADABLE"
    report = read(unread)
    assert report.complete
    assert report.acknowledgements.origination_file == [""]
    assert report.acknowledgements.sha256 == ["ab" * 32]


def test_batches_and_entries_keep_their_reasons() -> None:
    batch = "B|0000002|REJECTED|1234567890|1|20000|COMPANY NAME"
    entry = "E|0000001|121042880000003|REJECTED|75000|R03"
    report = read(FILE, batch, entry)
    assert (report.batch_answers.batch_number, report.batch_answers.reason) == ([2], ["COMPANY NAME"])
    assert (report.entry_answers.trace, report.entry_answers.reason) == ([121042880000003], ["R03"])


def test_a_second_file_in_one_acknowledgement_is_not_taken() -> None:
    report = read(FILE, FILE)
    assert [problem.check for problem in report.problems] == ["record-repeated"]


def test_a_lost_record_shows_in_the_count() -> None:
    text = f"{FILE}\nZ|3\n"
    report = read_report(text.encode(), near=date(2026, 11, 19))
    assert [problem.check for problem in report.problems] == ["control-total"]
