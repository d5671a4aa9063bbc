"""The worker's timetable: what is due, once however often it was missed, and nights only while a cut-off is ahead."""

from datetime import date, datetime, time, timedelta

from ingather.base.dates import NEW_YORK
from ingather.domain.work import WorkKind
from ingather.rules.effective import Window
from ingather.rules.policy_work import WorkTerms
from ingather.rules.schedule import DueRun, due_runs, next_due, on_timetable

BANK = {"first": Window(cutoff=time(20), zone=NEW_YORK)}
FRIDAY = date(2026, 11, 20)
THANKSGIVING = date(2026, 11, 26)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=NEW_YORK)


def due(now: datetime, kind: WorkKind, **terms: object) -> list[DueRun]:
    found = due_runs(now, terms=WorkTerms.model_validate(terms), windows=BANK)
    return [run for run in found if run.kind is kind]


def test_a_bank_is_asked_every_ten_minutes_and_a_missed_poll_is_made_up_for_once() -> None:
    (poll,) = due(at(FRIDAY, 9, 29), WorkKind.POLL)
    assert (poll.about, poll.due_at) == ("first", at(FRIDAY, 9, 20))
    assert due(at(FRIDAY, 9, 20), WorkKind.POLL) == [poll]
    assert due(at(FRIDAY, 9, 30), WorkKind.POLL) != [poll]


def test_a_night_is_due_before_each_cut_off_and_no_longer_after_it() -> None:
    assert due(at(FRIDAY, 17, 59), WorkKind.NIGHT) == []
    (night,) = due(at(FRIDAY, 18), WorkKind.NIGHT)
    assert (night.about, night.due_at) == ("first 20:00", at(FRIDAY, 18))
    assert due(at(FRIDAY, 19, 59), WorkKind.NIGHT) == [night]
    assert due(at(FRIDAY, 20), WorkKind.NIGHT) == []


def test_same_day_cut_offs_have_nights_of_their_own() -> None:
    windows = {"first": Window(cutoff=time(20), zone=NEW_YORK, same_day_cutoffs=(time(10), time(14)))}
    found = due_runs(at(FRIDAY, 13), terms=WorkTerms(), windows=windows)
    assert [run.about for run in found if run.kind is WorkKind.NIGHT] == ["first 14:00"]


def test_no_night_and_no_release_falls_on_a_day_that_is_no_banking_day() -> None:
    for day in (FRIDAY + timedelta(days=1), THANKSGIVING):
        assert due(at(day, 19), WorkKind.NIGHT) == []
    (release,) = due(at(THANKSGIVING, 12), WorkKind.RELEASE)
    assert release.due_at == at(THANKSGIVING - timedelta(days=1), 6)


def test_a_blank_hour_is_never_due() -> None:
    assert due(at(FRIDAY, 12), WorkKind.SETTLE) == []
    assert len(due(at(FRIDAY, 12), WorkKind.SETTLE, settle_at="09:00")) == 1
    assert due(at(FRIDAY, 12), WorkKind.RELEASE, release_at="") == []


def test_what_brings_money_is_asked_before_what_sends_and_what_only_tells_comes_last() -> None:
    found = due_runs(at(FRIDAY, 19), terms=WorkTerms(), windows=BANK)
    kinds = [run.kind for run in found]
    assert kinds[0] is WorkKind.POLL
    assert kinds[-2:] == [WorkKind.WATCH, WorkKind.DELIVER]
    assert kinds.index(WorkKind.NIGHT) < kinds.index(WorkKind.SEND)


def test_the_next_run_is_after_now_and_never_further_than_the_shortest_interval() -> None:
    now = at(FRIDAY, 0)
    for _ in range(400):
        following = next_due(now, terms=WorkTerms(), windows=BANK)
        assert timedelta() < following - now <= timedelta(minutes=10)
        now = following


def test_the_night_of_the_day_the_clocks_change_is_due_by_the_bank_s_own_clock() -> None:
    (night,) = due(at(date(2026, 11, 2), 18), WorkKind.NIGHT)
    assert night.due_at.astimezone(NEW_YORK).time() == time(18)
    (before,) = due(at(date(2026, 10, 30), 18), WorkKind.NIGHT)
    assert (night.due_at - before.due_at) == timedelta(days=3, hours=1)


def test_what_stands_on_the_timetable_no_longer_is_known() -> None:
    terms = WorkTerms(release_at=None)
    for run in due_runs(at(FRIDAY, 19), terms=terms, windows=BANK):
        assert on_timetable(run.kind, run.about, terms=terms, windows=BANK)
    gone = ((WorkKind.NIGHT, "first 19:00"), (WorkKind.POLL, "second"), (WorkKind.RELEASE, ""), (WorkKind.SETTLE, ""))
    assert not any(on_timetable(kind, about, terms=terms, windows=BANK) for kind, about in gone)
