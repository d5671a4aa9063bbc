"""Report profiles in a book: taken once by version, ended by a day, read with; and what departs from their habits."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.report_habits import note_habits
from ingather.actions.report_profiles import end_profile, profiles_of, take_profile
from ingather.domain.refusals import ExitCode, NoSuch, WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.reports.habits import USUAL_AFTER
from ingather.reports.items import Report
from ingather.reports.recognise import read_reports
from ingather.reports.tables import packaged_profile_texts
from ingather.store.reading import cases
from ingather.store.tables import Feed, ReportHabit
from tests.journey.stage import MONDAY, Sale, staged
from tests.unit.cli.shell import at_book
from tests.unit.reports.answers import RETURN, str_text
from tests.unit.reports.test_laid_out import BY_NAME

POSTING = "P|BAI2|557|33050|D|20261120|2611200000772|121042880000002|ACH RETURN"


def taken(stage: Stage, text: str) -> tuple[str, bool]:
    with stage.desk.action() as ctx:
        return take_profile(ctx, stage.desk.originator_id(), text)


def test_a_version_is_taken_once_and_never_changed(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    assert taken(stage, BY_NAME) == ("example-returns/1", True)
    assert taken(stage, BY_NAME) == ("example-returns/1", False)
    with pytest.raises(WrongState, match="another text"):
        taken(stage, BY_NAME.replace("EXAMUS33", "OTHERUS1"))
    second = BY_NAME.replace("version = 1", "version = 2\neffective_from = 2026-12-01")
    assert taken(stage, second) == ("example-returns/2", True)
    with stage.desk.view() as ctx:
        found = profiles_of(ctx, stage.desk.originator_id())
    assert [profile.name for profile in found] == ["example-returns/1", "example-returns/2"]
    assert [profile.in_force(date(2026, 11, 20)) for profile in found] == [True, False]


def test_what_ships_is_neither_taken_nor_replaced(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    text = packaged_profile_texts()["generic-ack/1"]
    assert taken(stage, text) == ("generic-ack/1", False)
    with pytest.raises(WrongState, match="Ingather ships"):
        taken(stage, text + "# mine\n")


def test_the_overlap_ends_on_a_day_and_the_text_stays(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    taken(stage, BY_NAME)
    originator_id = stage.desk.originator_id()
    last = date(2026, 12, 15)
    with stage.desk.action() as ctx:
        assert end_profile(ctx, originator_id, "example-returns/1", on=last)
        assert not end_profile(ctx, originator_id, "example-returns/1", on=last)
    with stage.desk.view() as ctx:
        (profile,) = profiles_of(ctx, originator_id)
    assert (profile.in_force(last), profile.in_force(last + timedelta(days=1))) == (True, False)
    assert taken(stage, BY_NAME) == ("example-returns/1", False)
    for name in ("example-returns/2", "generic-ack/1", "example-returns/x", "no such"):
        with stage.desk.action() as ctx, pytest.raises(NoSuch):
            end_profile(ctx, originator_id, name, on=last)


def test_the_verbs_take_show_list_and_end(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    file = tmp_path / "returns.toml"
    file.write_text(BY_NAME)
    assert at_book(stage, "report", "profile", "take", str(file)).code == ExitCode.USAGE
    first = at_book(stage, "report", "profile", "take", str(file), "--as", "maria", "--json")
    assert (first.code, first.json) == (0, {"did": "something", "profile": "example-returns/1"})
    again = at_book(stage, "report", "profile", "take", str(file), "--as", "maria", "--json")
    assert again.json["did"] == "nothing"
    file.write_text(BY_NAME + "# changed\n")
    assert at_book(stage, "report", "profile", "take", str(file), "--as", "maria").code == ExitCode.HAS_ERRORS
    listed = at_book(stage, "report", "profile", "list", "--json").json
    assert [row["name"] for row in listed if row["of"] == "the book"] == ["example-returns/1"]
    assert at_book(stage, "report", "profile", "show", "example-returns/1").out == BY_NAME
    end = ("report", "profile", "end", "example-returns/1", "--on", "2026-12-15", "--as", "maria", "--json")
    assert at_book(stage, *end).json == {"did": "something", "profile": "example-returns/1"}
    assert at_book(stage, "report", "profile", "end", "x/1", "--on", "soon", "--as", "maria").code == ExitCode.USAGE


def read(*records: str) -> Report:
    debit = sum(record.startswith("P|") for record in records)
    text = str_text(*records)
    if debit:
        text = text.replace(b"|0|0|0|0|", f"|0|{debit}|0|0|".encode(), 1)
    (report,) = read_reports(text, near=MONDAY)
    return replace(report, problems=())


def noted(stage: Stage, report: Report, on: date) -> int:
    with stage.desk.action() as ctx:
        feed = ctx.session.scalars(select(Feed)).one()
        return note_habits(ctx, feed, report, on)


def drifts(stage: Stage) -> list[str]:
    with stage.desk.view() as ctx:
        return [row["sentence"] for row in cases.listed(ctx.session, state="open") if row["kind"] == "report_drift"]


def test_a_field_that_starts_coming_empty_is_a_case_once_and_then_the_new_habit(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    emptied = RETURN.replace("ORD1002", "")
    for ahead in range(USUAL_AFTER):
        assert noted(stage, read(RETURN), MONDAY + timedelta(days=ahead)) == 0
    day = MONDAY + timedelta(days=USUAL_AFTER)
    assert noted(stage, read(emptied, emptied, RETURN), day) == 1
    (sentence,) = drifts(stage)
    assert "the field returns.identification is empty in 2 of 3 records" in sentence
    assert "generic-str-delimited/1" in sentence
    assert noted(stage, read(emptied), day + timedelta(days=1)) == 0
    assert len(drifts(stage)) == 1


def test_the_verb_says_what_reports_usually_hold_since_when_and_when_one_departed(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    show = ("report", "profile", "show", "generic-str-delimited/1", "--habits")
    assert "No report was read" in at_book(stage, *show).out
    for ahead in range(USUAL_AFTER):
        noted(stage, read(RETURN), MONDAY + timedelta(days=ahead))
    day = MONDAY + timedelta(days=USUAL_AFTER)
    emptied = RETURN.replace("ORD1002", "")
    noted(stage, read(emptied, emptied, RETURN), day)
    told = {row["what"]: row for row in at_book(stage, *show, "--json").json["habits"]}
    field = told["returns.identification"]
    assert (field["first_on"], field["last_on"], field["drifted_on"]) == (str(MONDAY), str(day), str(day))
    assert told["returns.reason"]["drifted_on"] is None
    assert "returns.identification" in at_book(stage, *show).out


def test_what_was_often_empty_is_no_drift(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    emptied = RETURN.replace("ORD1002", "")
    for ahead in range(USUAL_AFTER):
        noted(stage, read(RETURN, emptied), MONDAY + timedelta(days=ahead))
    assert noted(stage, read(emptied), MONDAY + timedelta(days=USUAL_AFTER)) == 0


def test_a_code_that_nothing_knows_is_a_case_at_once_and_a_known_one_when_there_is_a_habit(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    assert noted(stage, read(POSTING), MONDAY) == 0
    assert noted(stage, read(POSTING.replace("|557|", "|997|")), MONDAY) == 1
    assert noted(stage, read(POSTING.replace("|557|", "|997|")), MONDAY) == 0
    for ahead in range(USUAL_AFTER):
        assert noted(stage, read(POSTING), MONDAY + timedelta(days=ahead)) == 0
    assert noted(stage, read(POSTING.replace("|557|", "|165|")), MONDAY + timedelta(days=30)) == 1
    unknown, new = drifts(stage)
    assert "BAI2:997" in unknown
    assert "No table and no profile" in unknown
    assert "BAI2:165" in new
    assert "Preauthorized ACH Credit" in new


def test_an_account_that_is_empty_is_no_field_that_is(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    for ahead in range(USUAL_AFTER):
        noted(stage, read("B|OPENING|125000|C|20261119", "B|CLOSING|125000|C|20261120"), MONDAY + timedelta(days=ahead))
    empty = read("B|OPENING|0|C|20261119", "B|CLOSING|0|C|20261120")
    assert noted(stage, empty, MONDAY + timedelta(days=30)) == 0


def test_habits_are_a_few_rows_however_many_reports_there_are(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    counts = []
    for ahead in range(3):
        noted(stage, read(RETURN, POSTING), MONDAY + timedelta(days=ahead))
        with stage.desk.view() as ctx:
            counts.append(len(ctx.session.scalars(select(ReportHabit)).all()))
    assert counts[0] == counts[2] < 60
    with stage.desk.view() as ctx:
        row = ctx.session.scalars(select(ReportHabit).where(ReportHabit.what == "returns.reason")).one()
        assert (row.rows, row.filled, row.first_on, row.last_on) == (3, 3, MONDAY, MONDAY + timedelta(days=2))
