"""The worker: what cron would do, done on a clock by one process; nothing done twice, and nothing lost when it dies."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.rules import take_policy
from ingather.actions.work import begin_run
from ingather.base.dates import NEW_YORK
from ingather.domain.refusals import WorkRunning
from ingather.domain.work import RunState, WorkKind
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.work import Ran, timetable, work, work_once
from ingather.store.locks import night_lock, work_lock
from ingather.store.tables import WorkRun
from tests.journey.stage import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    at,
    broken,
    play,
    returned,
    staged,
    states,
)
from tests.unit.cli.shell import at_book

SALES = (Sale(), Sale(amount=700), Sale(amount=900, due=WEDNESDAY))
FATES = {("B 001", 1): returned("R03")}
CLOSES_AT = time(20, 30)
POLICY = 'id = "strict"\nversion = 1\n[screening]\nrequired = false\n[work]\npoll_minutes = 60\nsend_minutes = 120\n'
HOLDER = "here:1"


def begun(folder: Path, *, book: str | None = None, extra: str = "") -> Stage:
    stage = staged(folder, SALES, behaviour=Script(fates=FATES), book=book)
    with stage.desk.action() as ctx:
        take_policy(ctx, stage.desk.originator_id(), f"{POLICY}watch_minutes = 240\n{extra}")
    return stage


def waiting(stage: Stage, *, until: datetime) -> Callable[[float], bool]:
    """Return a wait that moves the stage's clock to the next hour, and lets the bank close its day in the evening."""

    def wait(seconds: float) -> bool:
        assert seconds <= 60
        before = stage.clock.now.astimezone(NEW_YORK)
        stage.clock.move(before + timedelta(minutes=30))
        day = before.date()
        closes = datetime.combine(day, CLOSES_AT, tzinfo=NEW_YORK)
        if before < closes <= stage.clock.now:
            stage.bank_evening(day)
        return stage.clock.now >= until

    return wait


def runs(stage: Stage, kind: WorkKind) -> list[WorkRun]:
    with stage.desk.view() as ctx:
        found = list(ctx.session.scalars(select(WorkRun).where(WorkRun.kind == kind).order_by(WorkRun.due_at)))
        ctx.session.expunge_all()
    return found


def tick(stage: Stage, day: date, hour: int, minute: int = 0) -> dict[str, Ran]:
    at(stage, day, time(hour, minute))
    return {ran.kind: ran for ran in work_once(stage.desk, holder=HOLDER)}


def test_a_worker_left_alone_brings_orders_to_where_cron_brings_them(tmp_path: Path) -> None:
    by_cron = begun(tmp_path / "cron")
    play(by_cron, MONDAY, TUESDAY, WEDNESDAY, THURSDAY)
    stage = begun(tmp_path / "work")
    at(stage, MONDAY, time(17, 30))
    until = datetime.combine(THURSDAY, time(23), tzinfo=NEW_YORK)
    ended = list(work(stage.desk, holder=HOLDER, wait=waiting(stage, until=until)))
    assert states(stage) == states(by_cron)
    assert len(all_files(stage)) == len(all_files(by_cron))
    assert [ran for ran in ended if ran.fault] == []
    assert [run.due_at.astimezone(NEW_YORK).date() for run in runs(stage, WorkKind.NIGHT)] == [
        MONDAY, TUESDAY, WEDNESDAY, THURSDAY,
    ]  # fmt: skip
    assert broken(stage) == []


def test_nothing_due_is_done_twice(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    assert tick(stage, MONDAY, 18)["night"].result["orders"] == 2
    assert tick(stage, MONDAY, 18, 5) == {}
    assert "night" not in tick(stage, MONDAY, 19)
    assert len(all_files(stage)) == 1


def test_a_second_worker_is_refused_and_the_lock_dies_with_its_holder(tmp_path: Path, book_url: str) -> None:
    stage = begun(tmp_path, book=book_url)
    with work_lock(stage.desk.engine), pytest.raises(WorkRunning):
        work_once(stage.desk, holder="there:2")
    assert "poll" in tick(stage, MONDAY, 9)


def test_the_run_of_a_worker_that_died_is_made_by_the_next(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    at(stage, MONDAY, time(18))
    (due,) = (run for run in timetable(stage.desk)[0] if run.kind is WorkKind.NIGHT)
    with stage.desk.action() as ctx:
        assert begin_run(ctx, due, holder="dead:9", retry_after=timedelta(minutes=5)) is not None
    ended = {ran.kind: ran for ran in work_once(stage.desk, holder=HOLDER)}
    assert ended["night"].result["orders"] == 2
    (row,) = runs(stage, WorkKind.NIGHT)
    assert (row.state, row.holder) == (RunState.DONE, HOLDER)


def test_a_run_that_fails_stops_no_other_and_is_tried_again_after_a_while(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    with night_lock(stage.desk.engine):
        first = tick(stage, MONDAY, 18)
        assert "another night is running" in (first["night"].fault or "")
        assert first["poll"].fault is None
        assert first["watch"].fault is None
        assert "night" not in tick(stage, MONDAY, 18, 4)
    assert tick(stage, MONDAY, 18, 5)["night"].result["orders"] == 2


def test_a_night_missed_until_its_cut_off_is_not_made_up_for(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    assert "night" not in tick(stage, MONDAY, 20, 1)
    assert runs(stage, WorkKind.NIGHT) == []


def test_people_read_the_runs_and_the_timetable(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    assert "No worker has run at this book" in at_book(stage, "work", "runs").words
    done = at_book(stage, "work", "--as-of", "2026-11-16T18:00:00-05:00")
    assert done.code == 0
    assert "night" in done.words
    assert "Nothing is due." in at_book(stage, "work", "--once", "--as-of", "2026-11-16T18:00:00-05:00").words
    listed = at_book(stage, "work", "runs", "--kind", "night", "--json").json
    assert [(row["state"], row["result"]["orders"]) for row in listed] == [("done", 2)]
    due = at_book(stage, "work", "due", "--as-of", "2026-11-16T18:00:00-05:00")
    assert "The next run is due at 2026-11-17 00:00 UTC." in due.words
    assert "night" in due.words
    assert "release" in due.words
