"""Four writers and a reader with a cursor, on each engine: no event is missed, none comes out of order or twice.

The writers do not take the store's lock: that the numbers of facts can be trusted rests on the book itself.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from ingather.domain.facts import FactKind, Scope
from ingather.store import events
from ingather.store.engine import open_engine, ping, reading
from ingather.store.migrate import upgrade
from ingather.store.reading.told import WantedEvents, events_page, last_number
from ingather.store.tables import Fact
from tests.crash.killing import ended
from tests.race.together import together

pytestmark = pytest.mark.xdist_group("races")
_WRITERS = 4
_COMMITS = 40
_ROUNDS = 5
_PATIENCE_S = 20.0
_QUIET_S = 5.0
_AT = datetime(2026, 11, 16, 17, tzinfo=UTC)


def _transactions(number: int) -> list[tuple[int, float]]:
    """Return how many facts each transaction of a writer records, and how many seconds it waits before its commit."""
    chance = Random(number)  # noqa: S311 -- a seeded sequence, not a secret one
    return [(chance.randint(1, 3), chance.random() / 40) for _ in range(_COMMITS)]


def _writer(url: str, number: int) -> Callable[[Callable[[], None]], int]:
    """Return a job that records facts of its own object, some in one transaction, each committed a moment later."""

    def job(wait: Callable[[], None]) -> int:
        engine, wrote = open_engine(url), 0
        ping(engine)
        wait()
        for facts, pause_s in _transactions(number):
            with Session(engine) as session, session.begin():
                for _ in range(facts):
                    wrote += 1
                    events.add(
                        session, FactKind.RECONCILED, scope=Scope.FEED, subject=number, originator=1,
                        on=date(2026, 11, 16), at=_AT, actor="user:maria", once=str(wrote),
                    )  # fmt: skip
                session.flush()
                time.sleep(pause_s)
        return wrote

    return job


def _reader(url: str, wanted: int) -> Callable[[Callable[[], None]], list[tuple[int, str, int]]]:
    """Return a job that follows the book by its cursor until all has come, or nothing for a while."""

    def job(wait: Callable[[], None]) -> list[tuple[int, str, int]]:
        engine = open_engine(url)
        with reading(engine) as session:
            after = last_number(session)
        seen: list[tuple[int, str, int]] = []
        wait()
        quiet_at = time.monotonic() + _PATIENCE_S
        while len(seen) < wanted and time.monotonic() < quiet_at:
            with reading(engine) as session:
                page = events_page(session, WantedEvents(limit=100, after=after))
            after = page.looked_to
            seen += [(each["sequence"], each["object"]["id"], each["object_sequence"]) for each in page.events]
            if page.events:
                # The writers are busy until the last of them is done, with pauses far shorter than this.
                quiet_at = time.monotonic() + _QUIET_S
            else:
                time.sleep(0.001)  # far less than the time between two commits, and the processor is the writers'
        return seen

    return job


def _followed(url: str, first: int = 1) -> tuple[list[tuple[int, str, int]], int]:
    """Let writers (of objects from ``first`` on) and a reader begin; returns what was seen and how many wrote."""
    numbers = range(first, first + _WRITERS)
    jobs: list[Callable[[Callable[[], None]], object]] = [_writer(url, number) for number in numbers]
    wanted = sum(facts for number in numbers for facts, _ in _transactions(number))
    *wrote, seen = (ended(ran) for ran in together([*jobs, _reader(url, wanted)]))
    return [(sequence, name, place) for sequence, name, place in seen], sum(wrote)


def _made(url: str) -> Engine:
    engine = open_engine(url, must_exist=False)
    upgrade(engine)
    return engine


def test_a_cursor_reader_misses_nothing_beside_four_writers(book_url: str) -> None:
    engine = _made(book_url)
    seen, wrote = _followed(book_url)
    sequences = [sequence for sequence, _, _ in seen]
    with reading(engine) as session:
        kept = session.scalars(select(Fact.seq).order_by(Fact.seq)).all()
    assert len(kept) == wrote
    assert sequences == list(kept)
    for name in {name for _, name, _ in seen}:
        places = [place for _, each, place in seen if each == name]
        assert places == list(range(1, len(places) + 1))
    engine.dispose()


def test_without_the_books_own_lock_a_cursor_reader_misses_events(postgres_url: str) -> None:
    engine = _made(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER facts_in_turn ON facts"))
    missed = 0
    for begun in range(_ROUNDS):
        seen, wrote = _followed(postgres_url, first=1 + begun * _WRITERS)
        missed += wrote - len(seen)
        if missed:
            break
    assert missed
    engine.dispose()
