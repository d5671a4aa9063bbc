"""Same-day debits: only where wanted, eligible and in time; everything else goes the standard way."""

from datetime import time
from pathlib import Path

import pytest

from ingather.actions.files.approval import approve_file
from ingather.base.ids import Prefix, parse_public_id
from ingather.jobs.night import planning
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.transmit import send_files
from ingather.nacha.reader import read
from ingather.nacha.refused import FormatRefused
from ingather.rules.same_day import same_day_limit_cents
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    all_files,
    at,
    at_the_bank,
    broken,
    changed_terms,
    night,
    order,
    play,
    staged,
    states,
)

NOON, AFTERNOON = time(12, 0), time(14, 30)
MOST = same_day_limit_cents(MONDAY)
TERMS = {"same_day__cutoffs": ["10:00", "14:00"], "writing__same_day_mark": "SD1700", "entry_limit_cents": 2 * MOST}
WANTED = Sale(due=MONDAY, same_day=True)


def marks(stage: Stage) -> dict[str, list[str]]:
    """Return the descriptive dates of each batch by the file's effective date."""
    dates = {file["name"]: file["effective_on"] for file in all_files(stage)}
    found = {}
    for name, data in at_the_bank(stage).items():
        batches = read(data).batches
        column = batches.texts("company_descriptive_date")
        found[dates[name]] = [bytes(column[row]).decode().strip() for row in range(len(batches))]
    return found


def effective(stage: Stage) -> dict[str, str]:
    """Return the effective date of each order's last entry."""
    return {name: order(stage, name)["entries"][-1]["effective_on"] for name in states(stage)}


def test_a_wanted_debit_settles_today_in_a_file_of_its_own_and_alone_is_marked(tmp_path: Path) -> None:
    stage = staged(tmp_path, [WANTED, Sale(due=MONDAY), Sale(due=TUESDAY)], profile=changed_terms(**TERMS))
    report = night(stage, MONDAY, NOON)
    assert len(report.sent) == 2
    assert effective(stage) == {"b000": "2026-11-16", "b001": "2026-11-17", "b002": "2026-11-17"}
    assert marks(stage) == {"2026-11-16": ["SD1700"], "2026-11-17": [""]}
    assert broken(stage) == []


@pytest.mark.parametrize(
    ("terms", "clock"),
    [({**TERMS, "same_day__cutoffs": []}, NOON), (TERMS, time(14, 0)), (TERMS, AFTERNOON)],
    ids=["bank-takes-none", "at-the-cut-off", "after-the-last-cut-off"],
)
def test_without_a_cut_off_ahead_it_goes_the_standard_way(
    tmp_path: Path, terms: dict[str, object], clock: time
) -> None:
    stage = staged(tmp_path, [WANTED], profile=changed_terms(**terms))
    night(stage, MONDAY, clock)
    assert effective(stage) == {"b000": "2026-11-17"}


def test_a_second_before_the_last_cut_off_is_in_time(tmp_path: Path) -> None:
    stage = staged(tmp_path, [WANTED], profile=changed_terms(**TERMS))
    night(stage, MONDAY, time(13, 59, 59))
    assert effective(stage) == {"b000": "2026-11-16"}


def test_an_entry_over_the_limit_never_goes_the_same_day(tmp_path: Path) -> None:
    over = [Sale(due=MONDAY, same_day=True, amount=amount) for amount in (MOST, MOST + 1)]
    stage = staged(tmp_path, over, profile=changed_terms(**TERMS, auto_approve_under_cents=10 * MOST))
    night(stage, MONDAY, NOON)
    assert effective(stage) == {"b000": "2026-11-16", "b001": "2026-11-17"}
    lower = staged(tmp_path / "lower", over[:1], profile=changed_terms(**TERMS, same_day__limit_cents=MOST - 1))
    night(lower, MONDAY, NOON)
    assert effective(lower) == {"b000": "2026-11-17"}


def test_what_is_due_later_waits_for_its_day_and_weekends_have_none(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(due=THURSDAY, same_day=True)], profile=changed_terms(**TERMS))
    assert night(stage, MONDAY, NOON).did == "nothing"
    night(stage, WEDNESDAY, NOON)
    assert effective(stage) == {"b000": "2026-11-19"}
    weekend = staged(tmp_path / "weekend", [Sale(due=FRIDAY, same_day=True)], profile=changed_terms(**TERMS))
    night(weekend, FRIDAY.replace(day=21), NOON)
    assert effective(weekend) == {"b000": NEXT_MONDAY.replace(day=24).isoformat()}


def test_a_same_day_file_that_missed_its_cut_off_is_voided_and_sealed_again_for_tomorrow(tmp_path: Path) -> None:
    stage = staged(tmp_path, [WANTED], profile=changed_terms(**TERMS, auto_approve_under_cents=0))
    (name,) = night(stage, MONDAY, NOON).sealed
    with stage.desk.as_actor("user:paul").action() as ctx:
        approve_file(ctx, parse_public_id(Prefix.FILE, name))
    at(stage, MONDAY, AFTERNOON)
    assert send_files(stage.desk).voided == [name]
    assert at_the_bank(stage) == {}
    night(stage, MONDAY, time(15, 0))
    assert effective(stage) == {"b000": "2026-11-17"}
    assert broken(stage) == []


def test_an_unapproved_same_day_file_is_stale_once_its_cut_off_has_passed(tmp_path: Path) -> None:
    stage = staged(tmp_path, [WANTED], profile=changed_terms(**TERMS, auto_approve_under_cents=0))
    (name,) = night(stage, MONDAY, NOON).sealed
    assert night(stage, MONDAY, time(13, 0)).voided == []
    assert night(stage, MONDAY, AFTERNOON).voided == [name]
    assert effective(stage) == {"b000": "2026-11-17"}


def test_a_late_standard_file_never_becomes_a_same_day_one(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], profile=changed_terms(**TERMS, auto_approve_under_cents=0))
    (name,) = night(stage, MONDAY).sealed
    # Tuesday noon is before Tuesday's same-day cut-off, and the file asks for Tuesday: it is built again all the same.
    assert night(stage, TUESDAY, NOON).voided == [name]
    assert effective(stage) == {"b000": "2026-11-18"}


def test_what_settles_the_same_day_is_collected_like_the_rest(tmp_path: Path) -> None:
    stage = staged(tmp_path, [WANTED], profile=changed_terms(**TERMS))
    night(stage, MONDAY, NOON)
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    assert states(stage) == {"b000": "collected"}
    assert broken(stage) == []


def test_ignoring_the_limit_is_refused_where_the_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "same_day_limit_cents", lambda _: 10 * MOST)
    stage = staged(tmp_path, [Sale(due=MONDAY, same_day=True, amount=MOST + 1)], profile=changed_terms(**TERMS))
    with pytest.raises(FormatRefused, match="does not settle on the day the file is made"):
        night(stage, MONDAY, NOON)
    assert states(stage) == {"b000": "open"}
