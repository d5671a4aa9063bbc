"""``ingather case`` and ``watch``: what people type, what they read, and how the commands end."""

from pathlib import Path

import pytest

from ingather.actions.cases import open_case
from ingather.domain.cases import CaseKind
from ingather.jobs.rehearsal.stage import Stage
from tests.journey.stage import MONDAY, TUESDAY, Sale, at, order, order_key, staged
from tests.unit.cli.shell import at_book

NOW = ("--as-of", "2026-11-16T18:00:00-05:00")
LATER = ("--as-of", "2026-11-23T08:00:00-05:00")
ROW = {
    "id", "kind", "state", "subject", "sentence", "owner", "suspense_minor", "opened_on", "due_on", "clock",
    "days_left", "escalated", "outcome",
}  # fmt: skip
SHOWN = ROW | {
    "order", "entry", "holds_release", "evidence", "closed_by", "counted_from", "evidence_needed", "rests_on",
    "way_out", "history",
}  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage with three open cases: due in two days, in eight, and on no day."""
    stage = staged(tmp_path, [Sale()])
    at(stage, MONDAY)
    key = order_key(stage, "b000")
    with stage.desk.action() as ctx:
        for kind, of in ((CaseKind.CHANGE, None), (CaseKind.UNKNOWN_RETURN_CODE, key), (CaseKind.LATE_RETURN, None)):
            open_case(
                ctx, kind, originator_id=stage.desk.originator_id(), once="a", subject="it", sentence="It is so.",
                order_id=of,
            )  # fmt: skip
    stage.desk.remember()
    return stage


def ids(stage: Stage, *options: str) -> list[str]:
    """Return the kinds of the cases that are listed."""
    return [row["kind"] for row in at_book(stage, "case", "list", *NOW, *options, "--json").json]


def test_cases_are_listed_by_their_last_day_with_the_days_left(stage: Stage) -> None:
    found = at_book(stage, "case", "list", *NOW, "--json").json
    assert [(row["kind"], row["due_on"], row["days_left"]) for row in found] == [
        ("unknown_return_code", "2026-11-18", 2), ("notification_of_change", "2026-11-24", 8),
        ("late_return", None, None),
    ]  # fmt: skip
    assert all(set(row) == ROW for row in found)
    page = at_book(stage, "case", "list", *NOW).words
    assert "due 2026-11-18, 2 day(s) left, returns_desk" in page
    assert "due 2026-11-18, 5 day(s) overdue" in at_book(stage, "case", "list", *LATER).words


def test_cases_are_chosen_by_kind_owner_and_being_overdue(stage: Stage) -> None:
    assert ids(stage, "--overdue") == []
    overdue = at_book(stage, "case", "list", "--overdue", *LATER, "--json").json
    assert [row["kind"] for row in overdue] == ["unknown_return_code"]
    assert ids(stage, "--kind", "late_return") == ["late_return"]
    assert ids(stage, "--owner", "compliance") == []
    assert at_book(stage, "case", "list", "--kind", "nothing", *NOW).code == 2


def test_a_case_says_its_clock_its_way_out_and_its_history(stage: Stage) -> None:
    (case,) = [row for row in at_book(stage, "case", "list", "--json").json if row["kind"] == "unknown_return_code"]
    assert at_book(stage, "case", "note", case["id"], "The ODFI was called.", "--as", "maria", *NOW).code == 0
    found = at_book(stage, "case", "show", case["id"], *NOW, "--json").json
    assert set(found) == SHOWN
    assert found["way_out"].endswith(f"ingather order show {order(stage, 'b000')['id']}")
    assert [(fact["kind"], fact["actor"]) for fact in found["history"]] == [
        ("opened", "system:night"), ("noted", "user:maria"),
    ]  # fmt: skip
    page = at_book(stage, "case", "show", case["id"], *NOW).words
    assert "by the clock house, counted from opening (case_clocks/unknown_return_code@2000-01-01)" in page
    assert f"ingather case close {case['id']} --outcome TEXT --evidence TEXT" in page
    assert "noted by user:maria: text The ODFI was called." in page
    assert at_book(stage, "case", "show", "case_0000000000000", *NOW).code == 1


def test_what_its_kind_needs_evidence_for_is_not_closed_without(stage: Stage) -> None:
    (case,) = [row for row in at_book(stage, "case", "list", "--json").json if row["kind"] == "unknown_return_code"]
    close = ("case", "close", case["id"], "--outcome", "it means R03", "--as", "omar", *NOW)
    refused = at_book(stage, *close)
    assert (refused.code, "--evidence TEXT" in refused.words) == (1, True)
    assert at_book(stage, *close, "--evidence", "letter of 16 November").words == f"{case['id']} is closed."
    page = at_book(stage, "case", "show", case["id"], *NOW).words
    assert "closed by user:omar: outcome it means R03, evidence letter of 16 November" in page
    (free,) = [row for row in at_book(stage, "case", "list", "--json").json if row["kind"] == "late_return"]
    assert at_book(stage, "case", "close", free["id"], "--outcome", "accepted", "--as", "omar", *NOW).code == 0


def test_a_case_is_escalated_by_a_person_with_a_reason(stage: Stage) -> None:
    (case,) = at_book(stage, "case", "list", "--kind", "late_return", "--json").json
    said = at_book(stage, "case", "escalate", case["id"], "--reason", "no answer", "--as", "maria", *NOW, "--json")
    assert said.json == {"did": "something", "id": case["id"], "owner": "supervisor"}
    assert ids(stage, "--owner", "supervisor") == ["late_return"]


def test_a_review_is_opened_by_hand_once(stage: Stage) -> None:
    opened = at_book(stage, "case", "review", "fraud_monitoring", "--as", "maria", *NOW)
    assert (opened.code, "is open; close it with what was found" in opened.words) == (0, True)
    assert at_book(stage, "case", "review", "fraud_monitoring", "--as", "maria", *NOW).code == 1
    assert ids(stage, "--kind", "fraud_monitoring_review") == ["fraud_monitoring_review"]
    assert at_book(stage, "case", "review", "everything", "--as", "maria", *NOW).code == 2


def test_a_watch_says_what_is_wrong_what_to_type_and_where_the_rest_is_said(stage: Stage) -> None:
    quiet = at_book(stage, "watch", "--as-of", "2026-11-16T18:05:00-05:00", "--json")
    assert (quiet.code, quiet.json) == (0, {"ok": True, "alarms": [], "exit_code": 0})
    found = at_book(stage, "watch", *LATER, "--json")
    assert found.code == found.json["exit_code"] == 13
    alarms = {each["id"]: each for each in found.json["alarms"]}
    assert set(alarms) == {"no-night", "overdue-case"}
    assert set(alarms["no-night"]) == {"id", "severity", "subject", "since", "sentence", "type", "runbook"}
    assert alarms["overdue-case"]["type"][0] == "ingather case list --overdue --kind unknown_return_code"
    page = at_book(stage, "watch", *LATER)
    assert (page.code, "$ ingather night" in page.words, "docs/runbook.md#no-night" in page.words) == (13, True, True)


def test_a_night_says_its_alarms_and_ends_as_it_did_before(stage: Stage) -> None:
    at(stage, TUESDAY)
    told = at_book(stage, "night", *LATER, "--json")
    assert (told.code, [each["id"] for each in told.json["alarms"]]) == (0, ["overdue-case"])
    page = at_book(stage, "night", *LATER)
    assert (page.code, "docs/runbook.md#overdue-case" in page.words) == (0, True)
