"""What is typed to reverse and refund, by two persons, and what the command line says of it."""

from datetime import date
from pathlib import Path

import pytest

from ingather.jobs.rehearsal.stage import Stage
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    all_files,
    at,
    broken,
    order,
    play,
    staged,
)
from tests.unit.cli.shell import Said, at_book

NOON = "2026-11-18T12:00:00-05:00"
WORDS = ("--words", "the order was sent twice")


@pytest.fixture
def settled(tmp_path: Path) -> Stage:
    """Return a stage whose orders settled on Tuesday, on Wednesday."""
    stage = staged(tmp_path, [Sale(amount=10_000), Sale(amount=700, holder="business")])
    play(stage, MONDAY, TUESDAY)
    at(stage, WEDNESDAY)
    return stage


def typed(stage: Stage, *words: str, who: str = "maria", when: str = NOON) -> Said:
    """Type a command as a person at an instant."""
    return at_book(stage, *words, "--as", who, "--as-of", when)


def test_a_reversal_is_asked_approved_shown_and_told(settled: Stage) -> None:
    name = order(settled, "b000")["id"]
    asked = typed(settled, "order", "reverse", name, "--reason", "wrong_amount", *WORDS)
    assert asked.code == 0
    assert "waits for a second person; it must settle by 2026-11-24." in asked.words
    assert "Record what is owed after all as another instalment" in asked.words
    key = asked.words.split()[0]
    assert typed(settled, "follow-up", "approve", key).code == 1
    assert typed(settled, "follow-up", "refuse", key, "--reason", "no").code == 1
    listed = at_book(settled, "follow-up", "list", "--json").json
    assert [(row["id"], row["state"], row["duty"]) for row in listed] == [
        (key, "asked", "a second person approves it until 2026-11-24"),
    ]
    assert typed(settled, "follow-up", "approve", key, who="omar").words == f"{key} is approved by user:omar."
    shown = at_book(settled, "follow-up", "show", key)
    assert "asked for by user:maria on 2026-11-18, decided by user:omar" in shown.words
    assert "rests on clocks/reversal@2000-01-01" in shown.words
    told = typed(settled, "follow-up", "notified", key, "--on", "2026-11-18", "--proof", "mail 7")
    assert told.words == f"{key} has the buyer's notice of 2026-11-18 on record."
    assert "the buyer was told on 2026-11-18: mail 7" in at_book(settled, "follow-up", "show", key).words
    assert typed(settled, "follow-up", "withdraw", key, "--reason", "no error").code == 0
    assert at_book(settled, "follow-up", "show", key, "--json").json["ended_because"] == "withdrawn"
    assert at_book(settled, "follow-up", "list", "--state", "asked").code == 0
    assert broken(settled) == []


def test_an_improper_reason_and_the_sixth_day_end_with_a_sentence(settled: Stage) -> None:
    name = order(settled, "b000")["id"]
    improper = typed(settled, "order", "reverse", name, "--reason", "remorse", *WORDS)
    assert (improper.code, f"ingather order refund {name}" in improper.words) == (1, True)
    late = typed(settled, "order", "reverse", name, "--reason", "duplicate", *WORDS, when="2026-11-24T12:00:00-05:00")
    assert (late.code, "2026-11-24" in late.words) == (1, True)
    assert at_book(settled, "follow-up", "list", "--json").json == []


def test_a_whole_file_is_reversed_by_its_id(settled: Stage) -> None:
    file = all_files(settled)[0]["id"]
    asking = ("file", "reverse", file, "--reason", "wrong_receiver", *WORDS, "--discovered")
    assert typed(settled, *asking, "yesterday").code == 2
    assert typed(settled, *asking, "2026-11-17T11:59:00-05:00").code == 1
    asked = typed(settled, *asking, "2026-11-18T11:00:00-05:00")
    assert asked.code == 0
    assert "2 debits over 107.00 USD" in asked.words
    assert "A file that corrects it must go with it" in asked.words
    assert typed(settled, "follow-up", "approve", file).code == 1
    approved = typed(settled, "follow-up", "approve", file, who="omar")
    assert approved.words == f"{file} has 2 reversals approved over 107.00 USD."
    assert typed(settled, "follow-up", "notified", file, "--proof", "letters").code == 0
    assert typed(settled, "follow-up", "withdraw", file, "--reason", "no error").code == 0
    assert typed(settled, "follow-up", "withdraw", file, "--reason", "no error").code == 1
    again = typed(settled, *asking, "2026-11-18T11:00:00-05:00", "--json").json
    assert (again["debits"], again["left_out"], again["correcting"]) == (2, 0, True)
    assert typed(settled, "follow-up", "refuse", file, "--reason", "no error", who="omar").code == 0


def test_a_refund_is_asked_and_waits_or_goes_out(settled: Stage) -> None:
    play(settled, WEDNESDAY, THURSDAY, FRIDAY)
    when = "2026-11-21T12:00:00-05:00"
    consumer, business = order(settled, "b000")["id"], order(settled, "b001")["id"]
    asked = typed(settled, "order", "refund", consumer, "--amount", "25.00", "--reason", "goods came back", when=when)
    assert asked.code == 0
    assert "waits for a second person: the debit can come back until 2027-01-19" in asked.words
    assert asked.words.endswith("75.00 USD of the order are left.")
    quick = typed(settled, "order", "refund", business, "--amount", "7", "--reason", "goods came back", when=when)
    assert "goes out with the next night; 0.00 USD" in quick.words
    waits = typed(
        settled, "order", "refund", consumer, "--amount", "75.00", "--reason", "the rest", "--after-window", "--json",
        when=when,
    ).json  # fmt: skip
    assert (waits["state"], waits["not_before"], waits["left_minor"]) == ("wanted", "2027-01-20", 0)
    over = typed(settled, "order", "refund", consumer, "--amount", "0.01", "--reason", "more", when=when)
    assert (over.code, "0.00 USD left" in over.words) == (11, True)
    assert typed(settled, "order", "refund", consumer, "--amount", "1,00", "--reason", "more", when=when).code == 2
    assert at_book(settled, "follow-up", "show", "fup_0000000000000").code == 1
    assert date.fromisoformat(waits["window_ends"]) == date(2027, 1, 19)
