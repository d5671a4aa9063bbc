"""What the bank says of a received file, line by line."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

from ingather.simulator.bank import BankInABox
from ingather.simulator.behaviour import FileFate
from tests.unit.simulator.town import Batch, bank, debits, eastern, nacha_file, script

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
CONTENT = nacha_file(
    Batch(debits=debits(2, stem="ORD"), effective=TUESDAY),
    Batch(debits=debits(3, stem="PAY"), effective=TUESDAY),
    created=eastern(MONDAY),
)
IDENTITY = ["EXAMUS33", "121042882", "1234567890", "261123", "1500", "A", sha256(CONTENT).hexdigest()]


def answers(played: BankInABox) -> list[list[list[str]]]:
    """Hand the file over and return the fields of every line of every answer until midnight."""
    played.receive("two.ach", CONTENT, eastern(MONDAY))
    assert played.answer(eastern(MONDAY, 15, 14)) == []
    due = played.answer(eastern(MONDAY, 23))
    assert played.answer(eastern(MONDAY, 23)) == []
    return [[line.split("|") for line in item.data.decode().splitlines()] for item in due]


def test_an_accepted_file_is_answered_with_its_identity_counts_and_cents() -> None:
    [lines] = answers(bank())
    assert lines == [
        ["A", "1", *IDENTITY, "ACCEPTED", "2026-11-23T20:15:00Z", "5", "50004", "0", "0", ""],
        ["B", "0000001", "ACCEPTED", "1987654321", "2", "20001", ""],
        ["B", "0000002", "ACCEPTED", "1987654321", "3", "30003", ""],
        ["Z", "4"],
    ]


def test_a_refused_batch_makes_the_file_partly_accepted() -> None:
    [lines] = answers(bank(replace(script(), file_fate=FileFate(batch_reasons=((0, "COMPANY NOT ON FILE"),)))))
    assert lines[0][9:] == ["PARTIAL", "2026-11-23T20:15:00Z", "3", "30003", "2", "20001", ""]
    assert lines[1] == ["B", "0000001", "REJECTED", "1987654321", "2", "20001", "COMPANY NOT ON FILE"]


def test_a_refused_entry_is_named_by_batch_and_trace() -> None:
    [lines] = answers(bank(replace(script(), refused=frozenset({"PAY0001"}))))
    assert lines[0][9:] == ["PARTIAL", "2026-11-23T20:15:00Z", "4", "40003", "1", "10001", ""]
    assert lines[2] == ["B", "0000002", "ACCEPTED", "1987654321", "2", "20002", ""]
    assert lines[3] == ["E", "0000002", "121042880000004", "REJECTED", "10001", "NO SUCH RECEIVER"]


def test_a_file_of_which_nothing_is_taken_is_rejected() -> None:
    both = FileFate(batch_reasons=((0, "LIMIT"), (1, "LIMIT")))
    for fate in (both, FileFate(rejected_for="OVER LIMIT")):
        [lines] = answers(bank(replace(script(), file_fate=fate)))
        assert lines[0][9] == "REJECTED"
        assert lines[0][11:15] == ["0", "0", "5", "50004"]


def test_a_pended_file_is_told_twice_and_decided_later() -> None:
    pended, accepted = answers(bank("ack_pended"))
    assert pended == [["A", "1", *IDENTITY, "PENDED", "2026-11-23T20:15:00Z", "0", "0", "0", "0", ""], ["Z", "2"]]
    assert accepted[0][9:11] == ["ACCEPTED", "2026-11-23T22:15:00Z"]


def test_a_file_held_over_night_settles_from_its_release() -> None:
    played = bank(replace(script(), file_fate=FileFate(pended_for=timedelta(hours=30))))
    played.receive("two.ach", CONTENT, eastern(MONDAY))
    for day in (MONDAY, TUESDAY):
        played.close_day(day)
    assert played.books().waiting.entries == 5
    played.close_day(date(2026, 11, 25))
    assert {moved.settled_on for moved in played.books().moved} == {date(2026, 11, 25)}
