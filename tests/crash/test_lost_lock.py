"""A night whose lock is lost, and a second one that starts meanwhile, at each step: no order is debited twice.

On PostgreSQL the lock lives on one connection. It is ended by the server here, at each step of the sending in turn.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
import pytest

from ingather.domain.refusals import Refusal, WrongState
from ingather.jobs.night.run import run_night
from ingather.store.engine import open_engine
from ingather.store.locks import night_lock
from tests.crash.checking import LOST, faults, in_doubt
from tests.crash.stories import Bank, Story, begin, evening
from tests.postgres import empty_database

pytestmark = pytest.mark.xdist_group("moments")
_EVERY = ("sealed", "approved", "laid", "intent", "read_back", "transmitted")
_STEPS = _EVERY if "INGATHER_TEST_MOMENTS" in os.environ else ("laid", "intent")
_HELD = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND database = %s"


@dataclass(slots=True)  # mutable -- it strikes once
class Strike:
    """What happens at the first step of this name: the lock's connection ends, and a second night runs to its end."""

    story: Story
    step: str
    minute: int
    struck: bool = False
    second: list[str] = field(default_factory=list)

    def __call__(self, step: str, /, **_: object) -> None:
        """Strike once."""
        if step != self.step or self.struck:
            return
        self.struck = True
        end_lock(self.story)
        desk = self.story.desk(evening(self.minute), node=7)
        self.second = run_night(desk).sent
        desk.engine.dispose()


def end_lock(story: Story) -> None:
    """End the connection that holds the night's lock, as a network or a server does."""
    plain = (story.url or "").replace("+psycopg", "", 1)
    with psycopg.connect(plain, autocommit=True) as other:
        row = other.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
        assert row is not None
        ended = other.execute(_HELD, (0x1264_7468, row[0])).fetchall()
    assert ended == [(True,)]


def _struck(story: Story, step: str, *, late: bool, bank: Bank) -> list[str]:
    """Play a night that loses its lock at a step, a second one inside of it, and one that finds out what became."""
    story.begin_again()
    strike = Strike(story=story, step=step, minute=150 if late else 10)
    desk = story.desk(evening(5), node=6, tell=strike)
    stopped = ""
    try:
        run_night(desk)
    except Refusal as refusal:
        stopped = type(refusal).__name__
    desk.engine.dispose()
    assert strike.struck
    story.between_runs(bank)
    last = story.desk(evening(160 if late else 20), node=8)
    run_night(last)
    last.engine.dispose()
    found = faults(story, minute=170)
    # A late night's orders go out the next day, unless the first had sent them: they wait, and nothing is lost.
    found = [each for each in found if not (late and each.startswith((LOST, "said to be")))]
    if not late and in_doubt(story) and bank is Bank.LEAVES:
        found.append("in doubt although the bank shows everything")
    if step in {"laid", "intent"} and stopped != "WrongState":
        found.append("it went on without its lock")
    return found


def test_two_nights_at_one_file_debit_nobody_twice(
    tmp_path: Path, postgres_url: str, postgres_cluster: str, record_property: Callable[[str, object], None]
) -> None:
    """A ``late`` second night comes when the date is out of reach, and would build the file anew."""
    story, stage = begin(tmp_path, url=postgres_url, orders=4, entries=4)
    stage.desk.engine.dispose()
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    broken = []
    plays = [(step, late) for step in _STEPS for late in (False, True)]
    for step, late in plays:
        with empty_database(postgres_cluster, like=name) as url:
            here = replace(story, url=url)
            found = _struck(here, step, late=late, bank=Bank.POLLS)
            broken += [f"{step}{', late' if late else ''}: {fault}" for fault in found]
    record_property("nights that lost their lock", len(plays))
    assert not broken, "\n".join(broken)


def test_a_lock_knows_that_it_was_lost(tmp_path: Path, postgres_url: str) -> None:
    story = Story(folder=tmp_path, kept=tmp_path, url=postgres_url)
    engine = open_engine(postgres_url)
    with night_lock(engine) as lock:
        lock.confirm()
        end_lock(story)
        with pytest.raises(WrongState, match="lock is gone"):
            lock.confirm()
        with night_lock(engine) as other:
            other.confirm()
    engine.dispose()
