"""The stories the kills are played on: a small book with its bank, set back to its beginning as often as needed."""

import gc
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Engine

from ingather import wiring
from ingather.base.dates import NEW_YORK
from ingather.gateway.channel import TEMPORARY
from ingather.gateway.home import begin_here
from ingather.jobs.desk import Desk, say_nothing
from ingather.jobs.night.run import run_night
from ingather.jobs.rehearsal.order_book import record_book
from ingather.jobs.rehearsal.scenarios import START
from ingather.jobs.rehearsal.stage import Stage, set_stage
from ingather.rules.banks import load_profile
from ingather.rules.tables import profile_text
from ingather.simulator.behaviour import Behaviour
from ingather.simulator.scenarios import SCENARIOS
from ingather.store.engine import open_engine
from ingather.wiring import fixed_clock, new_desk, open_desk
from tests.crash.killing import Job, Named, Steps

ORDERS = 60
ENTRIES = 30


class Bank(StrEnum):
    """What the bank does with a file that has its final name."""

    LEAVES = "leaves"
    """It leaves it where it lies."""
    POLLS = "polls"
    """It collects it between two runs of ours."""
    COLLECTS = "collects"
    """It collects it in the same instant."""
    LOSES = "loses"
    """It removes the first of that name in the same instant and knows nothing of it."""


_ENGINES: Final[dict[str, Engine]] = {}
_KEPT_ENGINES: Final = 4


@contextmanager
def engines_kept() -> Iterator[None]:
    """Have the books that are opened in the block keep their engines, and with them their compiled statements.

    A forked child would otherwise compile every statement of a night again, which takes longer than the night.
    """
    wiring.open_engine = _kept_engine  # type: ignore[attr-defined]  # the name by which the wiring calls it
    try:
        yield
    finally:
        wiring.open_engine = open_engine  # type: ignore[attr-defined]  # likewise


def drop_engine(url: str) -> None:
    """Close the kept connections to a book that is about to be replaced."""
    if url in _ENGINES:
        _ENGINES[url].dispose()


def _kept_engine(url: str, **how: Any) -> Engine:  # noqa: ANN401 -- as an engine is opened
    if url not in _ENGINES or not how.get("must_exist", True):
        while len(_ENGINES) >= _KEPT_ENGINES:
            _ENGINES.pop(next(iter(_ENGINES))).dispose()
        _ENGINES[url] = open_engine(url, **how)
    return _ENGINES[url]


def settle_in(keys: Path) -> None:
    """Let a key folder that was copied be at home again, as if it had never been elsewhere."""
    *_, seq, value = json.loads((keys / "host.home").read_text("ascii"))
    begin_here(keys, seq, bytes.fromhex(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A book, its key folder and its bank in one folder, and that folder as it was at the beginning."""

    folder: Path
    kept: Path
    url: str | None = None
    again: bool = False
    """Whether a book on a server is set back with its folder; another database beside it is its beginning."""

    @property
    def book(self) -> str:
        """The book's path, or its URL where it is not in the folder."""
        return self.url or str(self.folder / "book.sqlite")

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """Return the answer of the book to plain SQL, past everything of ours."""
        if self.url is None:
            with closing(sqlite3.connect(self.book)) as book:
                return book.execute(question).fetchall()
        with closing(psycopg.connect(self.url.replace("+psycopg", "", 1))) as other:
            return other.execute(question.encode()).fetchall()

    @property
    def keys(self) -> str:
        """The host's key folder."""
        return str(self.folder / "keys")

    @property
    def outbound(self) -> Path:
        """The folder that the bank collects from."""
        return self.folder / "bank" / "to-bank"

    @property
    def collected(self) -> Path:
        """What the bank has collected."""
        return self.folder / "bank" / "collected"

    @property
    def lost(self) -> Path:
        """What the bank has lost."""
        return self.folder / "bank" / "lost"

    def keep(self) -> None:
        """Take the folder as it is now for the beginning."""
        shutil.rmtree(self.kept, ignore_errors=True)
        shutil.copytree(self.folder, self.kept)
        if self.again:
            self._copy_database("{}", "{}_kept")

    def begin_again(self) -> None:
        """Set the folder back to its beginning."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)
        settle_in(Path(self.keys))
        if self.again:
            self._copy_database("{}_kept", "{}")

    def _copy_database(self, source: str, target: str) -> None:
        """Make one of the two databases anew as a copy of the other, whoever is still connected to either."""
        assert self.url is not None
        drop_engine(self.url)
        url = self.url.replace("+psycopg", "", 1)
        name = url.partition("?")[0].rpartition("/")[2]
        old, new = (sql.Identifier(each.format(name)) for each in (source, target))
        with closing(psycopg.connect(url.replace(f"/{name}", "/postgres", 1), autocommit=True)) as server:
            server.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                (source.format(name),),
            )
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(new))
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(new, old))

    def desk(
        self, at: datetime, *, node: int, actor: str = "system:night", tell: Callable[..., None] = say_nothing
    ) -> Desk:
        """Open a desk at an instant."""
        with engines_kept():
            return open_desk(self.book, keys=self.keys, actor=actor, clock=fixed_clock(at), node=node, tell=tell)

    def at_the_bank(self) -> list[Path]:
        """Return every file that the bank has under a final name, collected or still lying there."""
        lying = [path for path in self.outbound.iterdir() if not path.name.endswith(TEMPORARY)]
        return sorted([*lying, *self.collected.iterdir()])

    def on_final_name(self, bank: Bank) -> Named:
        """Return what the bank does the instant a file has its final name."""

        def take(name: str) -> None:
            match bank:
                case Bank.LEAVES | Bank.POLLS:
                    pass
                case Bank.COLLECTS:
                    self._take(name)
                case Bank.LOSES:
                    if not (self.lost / name).exists():
                        os.rename(self.outbound / name, self.lost / name)  # noqa: PTH104 -- pathlib's is watched

        return take

    def between_runs(self, bank: Bank) -> None:
        """Let the bank do what it does between two runs of ours."""
        if bank is Bank.POLLS:
            for path in list(self.outbound.iterdir()):
                if not path.name.endswith(TEMPORARY):
                    self._take(path.name)

    def _take(self, name: str) -> None:
        number = len(list(self.collected.iterdir()))
        os.rename(self.outbound / name, self.collected / f"{number:03d}-{name}")  # noqa: PTH104 -- pathlib's is watched


def evening(minute: int = 0, *, on: date = START) -> datetime:
    """Return an instant after six in the evening, New York, before the bank's cut-off at eight."""
    return datetime.combine(on, time(18), tzinfo=NEW_YORK) + timedelta(minutes=minute)


def begin(
    folder: Path,
    *,
    url: str | None = None,
    again: bool = False,
    orders: int = ORDERS,
    entries: int = ENTRIES,
    due: list[date] | None = None,
    behaviour: Behaviour = SCENARIOS["all_paid"],
) -> tuple[Story, Stage]:
    """Found a test book with orders that are due, in files of at most ``entries``, and keep it as the beginning."""
    story = Story(folder=folder / "stage", kept=folder / "kept", url=url, again=again)
    toml = profile_text("first-example").replace("entries = 100000", f"entries = {entries}")
    assert load_profile(toml).file_limit.entries == entries
    story.collected.mkdir(parents=True)
    story.lost.mkdir()
    stage = set_stage(
        story.folder,
        open_desk=lambda clock: new_desk(story.book, keys=story.keys, actor="system:night", clock=clock, node=1_000),
        profile=toml,
        start=START,
        seed=1,
        behaviour=behaviour,
    )
    record_book(stage.desk, seed=1, count=orders, due=due or [START])
    stage.desk.remember()
    if again:
        stage.desk.engine.dispose()
    story.keep()
    if url is None or again:
        _warm(story)
    return story, stage


def _warm(story: Story) -> None:
    """Play a night in this process and forget it, so that its children need not import, compile and collect again."""
    night(story)(Steps())
    story.begin_again()
    gc.collect()
    gc.freeze()


def night(story: Story, *, minute: int = 0, on: date = START) -> Job:
    """Return the job that runs the night of a date at some minute past six; no two of a story share a minute."""

    def job(step: Steps) -> dict[str, Any]:
        desk = story.desk(evening(minute, on=on), node=1 + minute, tell=step)
        report = run_night(desk)
        return {
            "did": report.did,
            "exit": int(report.exit_code),
            "in_doubt": report.in_doubt,
            "voided": report.voided,
        }

    return job
