"""What is renamed is durable before and its folder after, and a file's intent is committed before it has its name."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ingather.actions.context import Context
from ingather.actions.files.sending import note_sending
from ingather.gateway.channel import TEMPORARY
from ingather.jobs import transmit
from ingather.rules.effective import Window
from ingather.store.tables import File
from tests.crash.killing import run
from tests.crash.power import events, misplaced
from tests.crash.stories import Story, begin, night
from tests.crash.syscalls import Verb, command
from tests.crash.tracing import can_trace

pytestmark = pytest.mark.xdist_group("kills-3")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Return a story of two files."""
    return begin(tmp_path_factory.mktemp("power"), orders=4, entries=2)[0]


@pytest.fixture
def story(kept: Story) -> Story:
    """Return the story at its beginning."""
    kept.begin_again()
    return kept


def _ways() -> list[bool]:
    return [True, False] if can_trace() else [False]


def test_a_night_makes_durable_before_it_renames_and_commits_before_it_sends(story: Story) -> None:
    for tracing in _ways():
        story.begin_again()
        seen = events(command(Verb.NIGHT, story), tracing=tracing)
        renamed = [event for event in seen if event.kind == "rename"]
        assert sum(Path(event.target).parent == story.outbound for event in renamed) == 2
        assert misplaced(seen, outbound=story.outbound) == []


def test_what_a_dead_night_renamed_is_made_durable_before_it_is_believed(story: Story) -> None:
    whole = run(night(story))
    story.begin_again()
    assert run(night(story), kill_at=whole.steps.index("after rename") + 1).killed
    seen = events(command(Verb.NIGHT, story, minute=5))
    assert str(story.outbound) in [event.path for event in seen if event.kind == "sync"][:2]
    assert misplaced(seen, outbound=story.outbound) == []


def _without(which: Callable[[int], bool]) -> Callable[[pytest.MonkeyPatch], None]:
    def plant(patch: pytest.MonkeyPatch) -> None:
        real = os.fsync

        def fsync(file: int) -> None:
            if not which(os.fstat(file).st_mode):
                real(file)

        patch.setattr(os, "fsync", fsync)

    return plant


def test_a_file_or_a_folder_that_is_not_made_durable_is_caught(story: Story) -> None:
    for tracing in _ways():
        for which, said in ((stat.S_ISREG, "before it was durable"), (stat.S_ISDIR, "not durable before the next")):
            story.begin_again()
            seen = events(command(Verb.NIGHT, story), plant=_without(which), tracing=tracing)
            assert any(said in fault for fault in misplaced(seen, outbound=story.outbound))


def test_a_name_given_before_the_intent_is_caught(story: Story) -> None:
    def plant(patch: pytest.MonkeyPatch) -> None:
        def publish_first(ctx: Context, file_id: int, *, window: Window) -> None:
            row = ctx.session.get_one(File, file_id)
            os.replace(story.outbound / f"{row.name}{TEMPORARY}", story.outbound / row.name)  # noqa: PTH105 -- watched
            note_sending(ctx, file_id, window=window)

        patch.setattr(transmit, "note_sending", publish_first)

    for tracing in _ways():
        story.begin_again()
        seen = events(command(Verb.NIGHT, story), plant=plant, tracing=tracing)
        assert any("before its intent" in fault for fault in misplaced(seen, outbound=story.outbound))
