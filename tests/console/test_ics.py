"""Calendars of last days: what a calendar program reads, by a reader of its own."""

from datetime import UTC, date, datetime

from ingather.console.ics import LastDay, calendar_of
from tests.console.calendar_reader import events_of

AT = datetime(2026, 11, 25, 23, 40, tzinfo=UTC)
LONG = "Überprüfung, wörtlich; C:\\Fälle " + "東京" * 40 + "\nzweite Zeile"


def test_an_event_says_its_day_its_words_and_two_alarms() -> None:
    day = LastDay(uid="case_1@ingather", on=date(2026, 12, 31), summary=LONG, address="https://x.test/cases/case_1")
    (event,) = events_of(calendar_of("Ingather, desk", [day], at=AT))
    assert event["SUMMARY"] == LONG
    assert (event["DTSTART"], event["DTEND"]) == ("20261231", "20270101")
    assert (event["UID"], event["DTSTAMP"]) == ("case_1@ingather", "20261125T234000Z")
    assert event["alarms"] == ["-PT15H", "PT9H"]


def test_no_line_is_longer_than_75_bytes_and_each_ends_as_it_must() -> None:
    text = calendar_of("x", [LastDay(uid="u", on=date(2026, 12, 1), summary=LONG, address="y" * 300)], at=AT)
    lines = text.split("\r\n")
    assert lines[-1] == ""
    assert max(len(line.encode()) for line in lines) <= 75
    assert "\n" not in "".join(lines)
