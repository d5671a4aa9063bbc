"""How the day's files come: with gaps, late, twice, out of order."""

from dataclasses import replace

from ingather.simulator.behaviour import Delivering
from ingather.simulator.scenarios import SCENARIOS
from tests.unit.simulator.town import (
    MONDAY,
    WEDNESDAY,
    bank,
    debits,
    play,
    reports,
    script,
    sent_on_monday,
)


def test_a_gap_leaves_out_two_reports_and_never_their_numbers() -> None:
    played = bank("feed_gap")
    names = [report.name for report in reports(play(played, MONDAY, 14))]
    assert [name[-8:-4] for name in names] == ["0001", "0002", "0003", "0004", "0007", "0008", "0009"]
    assert played.books().never_sent == ("STR-20261130-0005", "STR-20261201-0006")


def test_a_late_report_comes_with_the_bytes_it_would_have_had() -> None:
    late, prompt = (
        bank(replace(SCENARIOS["feed_gap_delivered"], delivering=how))
        for how in (
            SCENARIOS["feed_gap_delivered"].delivering,
            Delivering(),
        )
    )
    came = []
    for played in (late, prompt):
        sent_on_monday(played, *debits(40))
        came.append(reports(play(played, MONDAY, 21)))
    assert [item.name[-8:-4] for item in came[0][4:9]] == ["0007", "0005", "0008", "0006", "0009"]
    assert {item.name: item.data for item in came[0]} == {item.name: item.data for item in came[1]}


def test_everything_twice_and_out_of_order_is_the_same_bytes() -> None:
    behaviour = replace(script(ORD0001=("R01", 1)), delivering=Delivering(repeats=True, shuffles=True))
    played, plain = bank(behaviour), bank(script(ORD0001=("R01", 1)))
    for each in (played, plain):
        sent_on_monday(each, *debits(3))
    twice, once = (play(each, MONDAY, 3)[WEDNESDAY] for each in (played, plain))
    assert sorted(item.data for item in twice) == sorted([item.data for item in once] * 2)
    assert [item.name for item in twice] != sorted(item.name for item in twice)
