"""Backups from any moment of a night or of days with the bank's answers: put back, nobody is debited twice, none lost.

Each is restored, reconciled, released by two persons and worked on with. What the bank shows, or the evidence that is
given, comes back into the book as it was; what cannot be proven waits. INGATHER_TEST_MOMENTS says how many moments.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ingather.base.ids import encode_key
from ingather.domain.refusals import BookRestored
from ingather.jobs import backup as backups
from ingather.jobs.backup import restore
from ingather.jobs.inbound import run_inbound
from ingather.jobs.night.run import run_night
from ingather.jobs.recovery.comparing import reconcile_restored
from ingather.jobs.rehearsal.scenarios import START
from ingather.jobs.rehearsal.stage import banking_days
from ingather.simulator.scenarios import SCENARIOS
from tests.crash.checking import LOST, TWICE, faults, references
from tests.crash.killing import Steps, ended, run, telling
from tests.crash.moments import come_back, copied, note, programs, put_back, take
from tests.crash.stories import Bank, Story, begin, evening, night, settle_in
from tests.postgres import empty_database
from tests.seeds import seed

pytestmark = pytest.mark.xdist_group("moments")
_MOMENTS = int(os.environ.get("INGATHER_TEST_MOMENTS", "6"))
_FULL = "INGATHER_TEST_MOMENTS" in os.environ
_DAYS_MOMENTS, _POSTGRES_MOMENTS = (_MOMENTS, _MOMENTS) if _FULL else (3, 2)
_DAYS = banking_days(START, 5)
_ORDERS = "SELECT id, state, presentations, last_code, first_settled_on, held FROM orders ORDER BY id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """A small night as it may be played again and again, and the steps at which a backup may be taken."""

    story: Story
    steps: dict[Bank, tuple[str, ...]]

    def lose_and_restore(self, step: int, bank: Bank = Bank.LEAVES) -> None:
        """Play the night with a backup at a step, to its end, then lose the book and put the backup back."""
        story, backup = self.story, self.story.folder.with_name("backup")
        story.begin_again()
        shutil.rmtree(backup, ignore_errors=True)
        on_final_name = story.on_final_name(bank)
        ended(run(night(story), kill_at=step, on_final_name=on_final_name, deed=lambda: take(story, backup)))
        note(story, backup)
        put_back(story, backup)

    def evidence(self) -> dict[str, bytes]:
        """Return what the bank has collected, as it would give it to us."""
        return {path.name.partition("-")[2]: path.read_bytes() for path in self.story.collected.iterdir()}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Tell a night of two files once."""
    story, _ = begin(tmp_path_factory.mktemp("moments"), orders=24, entries=12)
    steps = {}
    for bank in (Bank.LEAVES, Bank.COLLECTS):
        story.begin_again()
        whole = run(night(story), on_final_name=story.on_final_name(bank))
        ended(whole)
        steps[bank] = whole.steps
    return Night(story=story, steps=steps)


def _drawn(points: list[tuple[Bank, int]], count: int) -> list[tuple[Bank, int]]:
    draw = Random(seed())  # noqa: S311 -- a test wants repeatable draws
    return sorted(draw.sample(points, min(count, len(points))))


def test_a_backup_of_any_moment_of_a_night_comes_back_whole(
    played: Night, record_property: Callable[[str, object], None]
) -> None:
    story, broken = played.story, []
    points = [(bank, point) for bank, steps in played.steps.items() for point in telling(steps)]
    points = _drawn(points, _MOMENTS)
    for bank, point in points:
        played.lose_and_restore(point, bank)
        desk = story.desk(evening(20), node=5, actor="user:ana")
        compared = come_back(desk, evidence=played.evidence())
        desk.engine.dispose()
        ended(run(night(story, minute=30), on_final_name=story.on_final_name(bank)))
        where = f"backup at step {point}, {played.steps[bank][point - 1]}, {bank}"
        broken += [f"{where}: open {name}" for name in compared.open]
        broken += [f"{where}: {fault}" for fault in faults(story)]
    record_property("moments of a night on SQLite", len(points))
    assert not broken, "\n".join(broken)


def test_what_the_bank_does_not_show_is_held_until_its_bytes_are_given(played: Night) -> None:
    at_the_beginning = 1
    played.lose_and_restore(at_the_beginning, Bank.COLLECTS)
    story = played.story
    desk = story.desk(evening(20), node=5, actor="user:ana")
    compared = reconcile_restored(desk, evidence={})
    assert len(compared.open) == 2
    assert compared.held == 24
    for work in (run_night, run_inbound):
        with pytest.raises(BookRestored):
            work(desk)
    again = reconcile_restored(desk, evidence=played.evidence())
    assert not again.open
    come_back(desk)
    desk.engine.dispose()
    ended(run(night(story, minute=30)))
    assert not faults(story)


def test_two_persons_may_answer_for_what_is_lost_and_it_stays_held(played: Night) -> None:
    played.lose_and_restore(1, Bank.COLLECTS)
    story = played.story
    desk = story.desk(evening(20), node=5, actor="user:ana")
    come_back(desk, waved=True)
    assert run_night(desk).did == "nothing"
    desk.engine.dispose()
    assert not [fault for fault in faults(story) if not fault.startswith((LOST, "bytes at the bank"))]
    assert story.rows("SELECT DISTINCT held, state FROM orders") in ([(1, "open")], [(True, "open")])


def test_a_host_without_its_memory_is_told_so_and_resends_nothing(played: Night) -> None:
    middle = played.steps[Bank.COLLECTS].index("approved") + 1
    played.lose_and_restore(middle, Bank.COLLECTS)
    story = played.story
    for name in ("sent.register", "audit.head"):
        (Path(story.keys) / name).unlink()
    desk = story.desk(evening(20), node=5, actor="user:ana")
    compared = come_back(desk, waved=True)
    assert "host-memory" in compared.open
    assert run_night(desk).in_doubt
    desk.engine.dispose()
    assert not [fault for fault in faults(story) if fault.startswith(TWICE)]


def test_a_memory_as_old_as_the_backup_is_no_memory(played: Night) -> None:
    story = played.story
    kept = story.folder.with_name("kept-keys")
    story.begin_again()
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(story.keys, kept)
    played.lose_and_restore(1, Bank.COLLECTS)
    shutil.rmtree(story.keys)
    shutil.copytree(kept, story.keys)
    desk = story.desk(evening(20), node=5, actor="user:ana")
    compared = reconcile_restored(desk, evidence={})
    assert compared.open == ["host-memory"]
    assert compared.held == 24
    desk.engine.dispose()


def test_a_comparison_and_a_release_killed_anywhere_are_repeated(
    played: Night, record_property: Callable[[str, object], None]
) -> None:
    story = played.story
    played.lose_and_restore(played.steps[Bank.LEAVES].index("intent") + 1)
    lost = story.folder.with_name("lost")
    copied(story.folder, lost)

    def back(step: Steps, *, minute: int = 20) -> None:
        come_back(story.desk(evening(minute), node=minute, actor="user:ana", tell=step))

    whole = run(back)
    ended(whole)
    points = telling(whole.steps)
    drawn = Random(seed()).sample(points, min(_MOMENTS, len(points)))  # noqa: S311 -- a test wants repeatable draws
    broken = []
    for point in sorted(drawn):
        copied(lost, story.folder)
        settle_in(Path(story.keys))
        assert run(back, kill_at=point).killed
        again = run(partial(back, minute=25))
        where = f"killed at step {point}, {whole.steps[point - 1]}"
        if again.error and "no restored copy" not in again.error:
            broken.append(f"{where}: {again.error}")
        ended(run(night(story, minute=30)))
        broken += [f"{where}: {fault}" for fault in faults(story)]
    record_property("comparisons and releases killed", len(drawn))
    assert not broken, "\n".join(broken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days with the bank's answers, retries among them, and the backups that were taken on the way."""

    story: Story
    end: Path
    taken: dict[str, Path]
    present: list[tuple[Any, ...]]

    def begin_at_the_end(self) -> None:
        """Put everything back as it was when the book was lost."""
        shutil.rmtree(self.story.folder)
        shutil.copytree(self.end, self.story.folder)
        settle_in(Path(self.story.keys))


def _tell_days(folder: Path, *, every: int, moments: int, url: str | None = None) -> Days:
    story, stage = begin(
        folder, url=url, orders=40, due=banking_days(START, 8), entries=8, behaviour=SCENARIOS["marketplace"]
    )
    seen: list[str] = []
    taken: dict[str, Path] = {}
    first = seed() % every

    def copy(step: str, /, **_: object) -> None:
        seen.append(step)
        if len(seen) % every == first and len(taken) < moments:
            backup = folder / f"backup-{len(seen):03d}"
            backups.back_up(stage.desk.engine, backup, clock=stage.desk.clock, programs=programs)
            taken[f"{len(seen):03d} {step}"] = backup

    stage.desk = replace(stage.desk, tell=copy)
    for day in _DAYS[:4]:
        stage.play_day(day)
    stage.desk = replace(stage.desk, tell=lambda *_, **__: None)
    note(story, next(iter(taken.values())))
    present = story.rows(_ORDERS)
    assert max(row[2] for row in present) == 2
    stage.desk.engine.dispose()
    shutil.copytree(story.folder, folder / "end")
    return Days(story=story, end=folder / "end", taken=taken, present=present)


def _come_back(days: Days, story: Story) -> list[str]:
    desk = story.desk(evening(180, on=_DAYS[3]), node=5, actor="user:ana")
    compared = come_back(desk)
    broken = [f"open {name}" for name in compared.open]
    if story.rows(_ORDERS) != days.present:
        broken.append("orders do not stand as they did")
    assert run_night(replace(desk, clock=lambda: evening(on=_DAYS[4]))).sealed_orders
    desk.engine.dispose()
    at_the_bank = references(story)
    twice = [row[0] for row in story.rows(_ORDERS) if at_the_bank[encode_key(row[0])] > row[2]]
    return [*broken, *(f"{TWICE}: {encode_key(key)}" for key in twice)]


def test_days_of_answers_and_retries_come_back_as_they_were(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    days, broken = _tell_days(tmp_path, every=max(1, 60 // _DAYS_MOMENTS), moments=_DAYS_MOMENTS), []
    for moment, backup in days.taken.items():
        days.begin_at_the_end()
        put_back(days.story, backup)
        broken += [f"backup at {moment}: {fault}" for fault in _come_back(days, days.story)]
    record_property("moments of days with answers on SQLite", len(days.taken))
    assert len(days.taken) == _DAYS_MOMENTS
    assert not broken, "\n".join(broken)


def test_moments_come_back_on_postgresql(
    tmp_path: Path, postgres_url: str, postgres_cluster: str, record_property: Callable[[str, object], None]
) -> None:
    days = _tell_days(tmp_path, url=postgres_url, every=max(1, 60 // _POSTGRES_MOMENTS), moments=_POSTGRES_MOMENTS)
    broken = []
    for moment, backup in days.taken.items():
        days.begin_at_the_end()
        with empty_database(postgres_cluster) as url:
            restore(backup, url, programs=programs)
            broken += [f"backup at {moment}: {fault}" for fault in _come_back(days, replace(days.story, url=url))]
    record_property("moments of days with answers on PostgreSQL", len(days.taken))
    assert len(days.taken) == _POSTGRES_MOMENTS
    assert not broken, "\n".join(broken)


def _forget_the_mark(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(backups, "mark_restored", lambda _: None)


def _ignore_the_register(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ingather.gateway.host.HostMemory.sent", lambda _: [])


def _hold_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ingather.actions.restored.findings.hold_doubtful", lambda *_, **__: 0)


@pytest.mark.parametrize("plant", [_forget_the_mark, _ignore_the_register, _hold_nothing])
def test_what_would_debit_twice_is_caught(
    played: Night, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    story = played.story
    if plant is _forget_the_mark:
        plant(monkeypatch)
    played.lose_and_restore(1, Bank.COLLECTS)
    if plant is _forget_the_mark:
        # The bug would show on a host whose memory is lost as well.
        for name in ("sent.register", "audit.head"):
            (Path(story.keys) / name).unlink()
    else:
        plant(monkeypatch)
        desk = story.desk(evening(20), node=5, actor="user:ana")
        come_back(desk, waved=True, let_held_go=plant is _ignore_the_register)
        desk.engine.dispose()
    with suppress(BookRestored):
        run_night(story.desk(evening(30), node=6))
    story.between_runs(Bank.POLLS)
    assert [fault for fault in faults(story) if fault.startswith(TWICE)]
