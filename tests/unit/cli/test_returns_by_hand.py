"""``ingather return record``: what the bank said on the telephone is applied, with what shows it."""

from pathlib import Path

from ingather.jobs.rehearsal.stage import banking_days
from tests.journey.stage import MONDAY, Sale, order, play, staged, states
from tests.unit.cli.shell import at_book

BY = ("--as", "ada", "--as-of", "2026-11-18T12:00:00-05:00")


def test_a_return_is_recorded_with_what_shows_it(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()])
    play(stage, *banking_days(MONDAY, 2))
    said = ("return", "record", order(stage, "b000")["id"], "--code", "r02", "--evidence", "call at 11:40, ticket 7")
    early = at_book(stage, *said, "--on", "2026-11-16", *BY)
    assert (early.code, "settled between 2026-11-17 and 2026-11-18" in early.words) == (1, True)
    made = at_book(stage, *said, "--on", "2026-11-18", "--json", *BY)
    assert (made.code, made.json["did"], states(stage)["b000"]) == (0, "something", "failed")
    shown = at_book(stage, "return", "show", made.json["id"], "--json").json
    assert (shown["evidence"], shown["report"], shown["code"]) == ("call at 11:40, ticket 7", None, "R02")
    again = at_book(stage, *said, "--on", "2026-11-18", *BY)
    assert (again.code, "o debit of order" in again.words) == (1, True)
    stage.desk.engine.dispose()
