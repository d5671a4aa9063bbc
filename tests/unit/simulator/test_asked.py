"""Requests to the bank: each is taken once, followed at the next close, or kept as refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pytest

from ingather.simulator.behaviour import EntryView, Fate
from ingather.simulator.chance import Chance
from tests.unit.simulator.requests import FIRST_TRACE, ask, outcomes, sheet, told
from tests.unit.simulator.town import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    NEXT_TUESDAY,
    TUESDAY,
    WEDNESDAY,
    Script,
    bank,
    debits,
    eastern,
    play,
    sent_on_monday,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreeing(Script):
    """A script whose banks return what is asked for."""

    def decide(self, entry: EntryView, chance: Chance) -> Fate:
        return Fate(return_code=entry.asked) if entry.asked else Script.decide(self, entry, chance)


@pytest.mark.parametrize(("kind", "code"), [("return_requested", "R06"), ("late_return_consented", "R31")])
def test_a_return_that_was_asked_for_comes_when_the_receivers_bank_agrees(kind: str, code: str) -> None:
    played = bank(Agreeing(fates={}))
    sent_on_monday(played, *debits(2))
    play(played, MONDAY, 2)
    ask(played, kind=kind, original_trace=FIRST_TRACE, reference="ORD0000", amount_cents=10_000)
    returned = [row for evening in play(played, WEDNESDAY, 8).values() for row in told(evening, "R")]
    assert [row[2:4] for row in returned] == [[code, str(FIRST_TRACE)]]
    assert outcomes(played) == ["the receiver's bank will return it"]
    assert played.books().by_reference["ORD0000"].standing_cents == 0


def test_a_bank_that_declines_returns_nothing() -> None:
    played = bank()
    sent_on_monday(played, *debits(1))
    play(played, MONDAY, 2)
    ask(played, kind="return_requested", original_trace=FIRST_TRACE)
    play(played, WEDNESDAY, 8)
    assert outcomes(played) == ["the receiver's bank declined"]
    assert played.books().by_reference["ORD0000"].standing_cents == 10_000


def test_an_entry_that_came_back_meanwhile_comes_back_once() -> None:
    played = bank(Agreeing(fates={("ORD0000", 1): Fate(return_code="R01", banking_days=2)}))
    sent_on_monday(played, *debits(1))
    play(played, MONDAY, 2)
    ask(played, kind="return_requested", original_trace=FIRST_TRACE)
    returned = [row[2] for evening in play(played, WEDNESDAY, 9).values() for row in told(evening, "R")]
    assert len(returned) == 1
    assert played.books().by_reference["ORD0000"].returned_cents == 10_000


def test_r70_is_so_only_when_nobody_asked_for_the_return() -> None:
    for asked_for in (False, True):
        played = bank(Script(fates={("ORD0000", 1): Fate(return_code="R06")}))
        sent_on_monday(played, *debits(1))
        if asked_for:
            ask(played, request="req_0", kind="return_requested", original_trace=FIRST_TRACE)
        play(played, MONDAY, 3)
        ask(played, kind="dishonour", code="R70", original_trace=FIRST_TRACE)
        stages = [row[1] for evening in play(played, FRIDAY, 8).values() for row in told(evening, "D")]
        assert stages == ["DISHONOURED", "CONTESTED"][: 1 + asked_for]


def test_a_refused_change_is_sent_again_when_its_bank_corrects_it() -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(change_code="C03", garbled=True, corrects=True)}))
    sent_on_monday(played, *debits(1))
    [first] = [row for evening in play(played, MONDAY, 5).values() for row in told(evening, "N")]
    assert first[4].startswith(" ")
    ask(played, kind="refuse_change", code="C65", original_trace=FIRST_TRACE, change_code="C03")
    evenings = play(played, NEXT_MONDAY, 8)
    [second] = [row for evening in evenings.values() for row in told(evening, "N")]
    assert (second[1], second[2]) == ("C03", str(FIRST_TRACE))
    assert first[4] == f" {second[4]}"[:29]
    assert outcomes(played) == ["the receiver's bank corrects the change"]


def test_a_refused_change_stays_refused_when_its_bank_lets_it_be() -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(change_code="C01")}))
    sent_on_monday(played, *debits(1))
    play(played, MONDAY, 5)
    ask(played, kind="refuse_change", code="C68", original_trace=FIRST_TRACE, change_code="C01")
    assert not [row for evening in play(played, NEXT_MONDAY, 9).values() for row in told(evening, "N")]
    assert outcomes(played) == ["the change was refused"]


def test_a_copy_of_a_statement_is_for_a_person() -> None:
    played = bank()
    ask(played, kind="statement_copy", return_trace=231380100000001)
    assert play(played, MONDAY, 1)
    assert outcomes(played) == ["a person sees to it"]


def test_a_request_is_taken_once_however_often_it_comes() -> None:
    played = bank(Script(fates={("ORD0000", 1): Fate(return_code="R01", banking_days=3)}))
    sent_on_monday(played, *debits(1))
    play(played, MONDAY, 8)
    for _ in range(3):
        ask(played, kind="dishonour", code="R68", original_trace=FIRST_TRACE)
    play(played, NEXT_TUESDAY, 1)
    ask(played, kind="dishonour", code="R68", original_trace=FIRST_TRACE)
    play(played, date(2026, 12, 2), 3)
    assert outcomes(played) == ["dishonoured"]
    assert played.books().by_reference["ORD0000"].dishonoured_cents == 10_000


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "dance"},
        {"kind": "dishonour", "code": "R68", "original_trace": "twelve"},
        {"request": "", "kind": "dishonour", "code": "R68", "original_trace": FIRST_TRACE},
    ],
)
def test_a_row_that_cannot_be_read_is_kept_as_refused(row: Mapping[str, str | int]) -> None:
    played = bank()
    ask(played, **row)
    [refused] = played.books().refused_requests
    assert refused.reason == "the row cannot be read"
    assert refused.name == "REQ-20261123-1.csv"
    assert not played.books().requests


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"kind": "dishonour", "code": "R68", "original_trace": 1}, "no such return"),
        ({"kind": "dishonour", "code": "R01", "original_trace": FIRST_TRACE}, "R01 is no reason to dishonor"),
        ({"kind": "return_requested", "original_trace": 1}, "no such entry"),
        (
            {"kind": "return_requested", "original_trace": FIRST_TRACE, "reference": "ORD0001"},
            "no such entry",
        ),
        (
            {"kind": "return_requested", "original_trace": FIRST_TRACE + 1},
            "the entry is not with the receiver",
        ),
        ({"kind": "refuse_change", "code": "C61", "original_trace": FIRST_TRACE}, "no such change"),
        (
            {"kind": "refuse_change", "code": "C01", "original_trace": FIRST_TRACE},
            "C01 is no reason to refuse a change",
        ),
    ],
)
def test_what_cannot_be_followed_is_kept_with_its_reason(row: Mapping[str, str | int], reason: str) -> None:
    played = bank(Script(fates={("ORD0001", 1): Fate(return_code="R02")}))
    sent_on_monday(played, *debits(2))
    play(played, MONDAY, 4)
    ask(played, **row)
    play(played, FRIDAY, 1)
    assert outcomes(played) == [reason]
    assert [refused.reason for refused in played.books().refused_requests] == [reason]


def test_a_sheet_that_is_no_text_is_refused_and_a_text_for_people_left_alone() -> None:
    played = bank()
    played.receive_request("REQ-20261123-1.csv", b"\xff\xfe\x00", eastern(MONDAY))
    played.receive_request("REQ-20261123-1.txt", b"Please dishonor.", eastern(MONDAY))
    played.receive_request("REQ-20261123-2.csv", sheet(), eastern(MONDAY))
    assert [refused.reason for refused in played.books().refused_requests] == ["the sheet cannot be read"]
    assert not play(played, TUESDAY, 1)[TUESDAY][:-1]
