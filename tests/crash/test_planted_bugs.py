"""The checks that honest runs pass catch each bug they are meant for: one is planted at a time, in the child alone."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from ingather.actions.context import Context
from ingather.actions.files import sealing
from ingather.actions.files.sending import Sendable, note_sending, note_transmitted, note_untouched
from ingather.actions.orders import cancel_order
from ingather.domain.orders import OrderState
from ingather.gateway.channel import TEMPORARY
from ingather.gateway.folder import FolderChannel
from ingather.gateway.host import HostMemory
from ingather.jobs import transmit
from ingather.jobs.desk import Desk
from ingather.jobs.night import run as night_run
from ingather.jobs.rehearsal.scenarios import START
from ingather.jobs.rehearsal.stage import banking_days
from ingather.rules.effective import Window
from ingather.store import allocation
from ingather.store.locks import HeldLock
from ingather.store.tables import File, Order
from tests.crash.checking import MISSING, TWICE, UNASKED, faults
from tests.crash.killing import Job, Plant, Steps, ended, run
from tests.crash.stories import Bank, Story, begin, evening, night

pytestmark = pytest.mark.xdist_group("kills-2")


def _kinds(story: Story) -> set[str]:
    return {fault.partition(":")[0] for fault in faults(story)}


def _caught_at(story: Story, bank: Bank, plant: Plant, *, since: str) -> str | None:
    """Return the first step whose kill lets the checks see a double debit, after the first one named ``since``."""
    on_final_name = story.on_final_name(bank)
    whole = run(night(story), on_final_name=on_final_name, plant=plant)
    ended(whole)
    start = whole.steps.index(since) + 1
    for point, name in enumerate(whole.steps[start:], start + 1):
        story.begin_again()
        assert run(night(story), kill_at=point, on_final_name=on_final_name, plant=plant).killed
        story.between_runs(bank)
        run(night(story, minute=5), on_final_name=on_final_name, plant=plant)
        story.between_runs(bank)
        if TWICE in _kinds(story):
            return name
    return None


def _never_in_doubt(patch: pytest.MonkeyPatch) -> None:
    def untouched(desk: Desk, file: Sendable, *, why: str, laid: bool = False) -> None:
        _ = laid
        with desk.action() as ctx:
            note_untouched(ctx, file.file_id, evidence=why)

    patch.setattr(transmit, "_doubt", untouched)


def test_sending_again_what_is_not_seen_is_caught(tmp_path: Path) -> None:
    story, _ = begin(tmp_path, orders=6)
    assert _caught_at(story, Bank.POLLS, _never_in_doubt, since="before rename")


def test_sending_before_the_intent_is_recorded_is_caught(tmp_path: Path) -> None:
    story, _ = begin(tmp_path, orders=6)

    def plant(patch: pytest.MonkeyPatch) -> None:
        def publish_first(ctx: Context, file_id: int, *, window: Window) -> None:
            row = ctx.session.get_one(File, file_id)
            (story.outbound / f"{row.name}{TEMPORARY}").rename(story.outbound / row.name)
            note_sending(ctx, file_id, window=window)

        patch.setattr(transmit, "note_sending", publish_first)

    assert _caught_at(story, Bank.POLLS, plant, since="laid") == "before commit"


def test_a_new_name_on_retry_is_caught(tmp_path: Path) -> None:
    story, _ = begin(tmp_path, orders=6)

    def plant(patch: pytest.MonkeyPatch) -> None:
        def under_a_new_name(call: Callable[..., Any]) -> Callable[..., Any]:
            return lambda self, name, *content: call(self, f"{os.getpid()}.{name}", *content)

        for name in ("put_temporary", "publish", "read_back"):
            patch.setattr(FolderChannel, name, under_a_new_name(getattr(FolderChannel, name)))
        _never_in_doubt(patch)

    assert _caught_at(story, Bank.LEAVES, plant, since="before rename")


def test_success_said_without_reading_back_is_caught(tmp_path: Path) -> None:
    story, _ = begin(tmp_path, orders=6)
    loses = story.on_final_name(Bank.LOSES)
    ended(run(night(story), on_final_name=loses))
    assert not faults(story)

    def plant(patch: pytest.MonkeyPatch) -> None:
        def believe(desk: Desk, channel: object, route: object, file: Sendable, *, laid: bool = False) -> None:
            _ = channel, route, laid
            with desk.action() as ctx:
                note_transmitted(ctx, file.file_id, evidence="the call raised nothing")

        patch.setattr(transmit, "_settle_doubt", believe)

    story.begin_again()
    ended(run(night(story), on_final_name=loses, plant=plant))
    assert _kinds(story) == {MISSING}


def _interrupted(story: Story, meanwhile: Job) -> Job:
    """Return a night in which something else happens between the reading of the orders and their sealing."""

    def job(step: Steps) -> Any:  # noqa: ANN401 -- whatever the night returns
        begun: list[str] = []

        def tell(name: str, /, **_: object) -> None:
            step(name)
            if name == "page" and not begun:
                begun.append(name)
                meanwhile(step)

        return night_run.run_night(story.desk(evening(), node=1, tell=tell)).did

    return job


def _blind_claim(ctx: Context, row: File, new: sealing.NewFile) -> None:
    _ = row
    ctx.session.execute(
        update(Order)
        .where(Order.id.in_([int(key) for key in new.entries.order_id if key is not None]))
        .values(state=OrderState.SEALED, presentations=1, version=Order.version + 1, collect_on=None)
        .execution_options(synchronize_session=False),
    )


def test_a_claim_without_the_version_that_was_read_is_caught(tmp_path: Path) -> None:
    story, stage = begin(tmp_path, orders=6)
    with stage.desk.view() as ctx:
        first = ctx.session.query(Order.id).order_by(Order.id).limit(1).scalar()

    def cancel(_: Steps) -> None:
        with story.desk(evening(1), node=2, actor="ana").action() as ctx:
            cancel_order(ctx, first, reason="the buyer changed their mind")

    ended(run(_interrupted(story, cancel)))
    assert not faults(story)
    story.begin_again()
    ended(run(_interrupted(story, cancel), plant=lambda patch: patch.setattr(sealing, "claim_orders", _blind_claim)))
    assert UNASKED in _kinds(story)


def test_two_nights_without_claim_uniques_and_numbers_are_caught(tmp_path: Path) -> None:
    story, _ = begin(tmp_path, orders=6)
    tomorrow = banking_days(START, 2)[1]
    both = _interrupted(story, lambda _: night_run.run_night(story.desk(evening(on=tomorrow), node=2)).did)

    def no_lock(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(night_run, "night_lock", lambda _: nullcontext(HeldLock(lambda: None)))

    ended(run(both, plant=no_lock))
    assert not faults(story, minute=24 * 60 + 9)

    def plant(patch: pytest.MonkeyPatch) -> None:
        def take_any(ctx: Context, new: sealing.NewFile) -> None:
            allocation.take(ctx.session, sealing.trace_series(new.odfi), len(new.entries.order_id))

        no_lock(patch)
        patch.setattr(sealing, "claim_orders", _blind_claim)
        patch.setattr(sealing, "_take_numbers", take_any)

    story.begin_again()
    with closing(sqlite3.connect(story.book)) as book:
        book.execute("DROP INDEX uq_entries_live_debit")
        book.execute("DROP INDEX uq_entries_order_presentation")
    ended(run(both, plant=plant))
    assert TWICE in _kinds(story)


def test_a_restored_book_without_a_register_is_caught(tmp_path: Path) -> None:
    story, _ = begin(tmp_path, orders=6)

    def forget(patch: pytest.MonkeyPatch) -> None:
        for name in ("note_send", "remember_head"):
            patch.setattr(HostMemory, name, lambda *_: None)

    def restore_and_run(plant: Plant | None) -> str:
        story.begin_again()
        ended(run(night(story), plant=plant))
        story.between_runs(Bank.POLLS)
        for tail in ("", "-wal", "-shm"):
            Path(f"{story.book}{tail}").unlink(missing_ok=True)
        for kept in story.kept.glob("book.sqlite*"):
            shutil.copy(kept, story.folder / kept.name)
        return run(night(story, minute=5), plant=plant).error

    assert restore_and_run(None).startswith("BookRestored")
    assert TWICE not in _kinds(story)
    assert not restore_and_run(forget)
    assert TWICE in _kinds(story)
