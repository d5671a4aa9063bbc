"""``ingather report``: what is missing, what a report says, reading it again, and declaring a day complete."""

import pytest

from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.behaviour import Fate
from ingather.simulator.state import Kind
from tests.journey.answers import bank_days, of_kind
from tests.journey.stage import MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Sale, Script, deliver, staged
from tests.unit.cli.shell import at_book

NOW = ("--as-of", "2026-11-19T21:00:00-05:00")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a stage that was told of Monday, Tuesday and Thursday, and of a return on Tuesday's debits."""
    stage = staged(
        tmp_path_factory.mktemp("feeds"),
        [Sale(amount=100)],
        behaviour=Script(fates={("B 000", 1): Fate(return_code="R02")}),
    )
    days = of_kind(bank_days(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY), Kind.REPORT)
    deliver(stage, *days[:2], days[3])
    return stage


def newest(stage: Stage) -> str:
    """Return the id of the last report the book has."""
    return str(at_book(stage, "report", "list", "--json").json[-1]["id"])


def test_what_is_missing_is_listed_with_its_case(stage: Stage) -> None:
    (feed,) = at_book(stage, "report", "feeds", "--json").json
    assert (feed["complete_through"], feed["newest_report"], feed["gaps"]) == ("2026-11-17", "2026-11-19", 1)
    assert feed["complete_behind_gaps"] == ["2026-11-19"]
    said = at_book(stage, "report", "gaps", "--json")
    (gap,) = said.json
    assert (said.code, gap["feed"], gap["kind"], gap["what"]) == (20, feed["id"], "report_gap", "3")
    assert "report_gap" in at_book(stage, "report", "gaps").words
    assert "...5678" in at_book(stage, "report", "feeds").words


def test_a_report_tells_where_it_stands_and_what_it_says(stage: Stage) -> None:
    name = newest(stage)
    shown = at_book(stage, "report", "show", name, "--json").json
    assert (shown["business_on"], shown["sequence"], shown["final"]) == ("2026-11-19", 4, True)
    assert shown["profile"] == "generic-str-delimited/1"
    items = at_book(stage, "report", "items", name, "--json").json
    assert [row["kind"] for row in items["balances"]] == ["OPENING", "CLOSING"]
    assert "It tells of no returns." in at_book(stage, "report", "items", name, "--kind", "returns").words
    assert at_book(stage, "report", "items", name, "--kind", "nothing").code == 2
    assert at_book(stage, "report", "problems", name).words == "Nothing is wrong with it."
    assert at_book(stage, "report", "show", "rep_0000000000001").code == 1


def test_reading_again_gives_the_same_items(stage: Stage) -> None:
    assert "gives the same items" in at_book(stage, "report", "again", newest(stage)).words
    found = at_book(stage, "report", "again", "--all", "--json")
    assert (found.code, {row["same"] for row in found.json}) == (0, {True})
    assert at_book(stage, "report", "again").code == 2


def test_one_person_asks_and_another_signs(stage: Stage) -> None:
    feed = at_book(stage, "report", "feeds", "--json").json[0]["id"]
    sign = ("report", "sign-off", "--feed", feed, "--day", "2026-11-18", "--reason", "the bank wrote", *NOW)
    assert at_book(stage, *sign, "--as", "maria", "--json").json["state"] == "asked"
    assert "sign_off_asked" in at_book(stage, "report", "gaps").words
    assert at_book(stage, *sign, "--as", "maria").code == 1
    assert at_book(stage, *sign, "--as", "john", "--json").json["state"] == "signed"
    assert at_book(stage, "report", "gaps").words == "Nothing is missing."
    assert at_book(stage, "report", "sign-off", "--feed", feed, "--day", "x", "--reason", "y", "--as", "z").code == 2
