"""Decisions in processes of their own at the same instant: as if one after the other, and none turned away."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ingather.actions.context import Context
from ingather.domain.refusals import DecidedAtOnce
from ingather.jobs import desk as desks
from ingather.store import engine as engines
from ingather.store.engine import BookFault
from tests.crash.killing import ended
from tests.crash.stories import Story, begin, evening
from tests.race.together import together

pytestmark = pytest.mark.xdist_group("races")
_EACH = 6
_MOST = text("SELECT coalesce(max(next_number), 0) FROM number_allocations WHERE series LIKE 'decided %'")
_TAKE = text("INSERT INTO number_allocations (series, next_number) VALUES (:series, :number)")


@pytest.fixture
def story(tmp_path: Path, book_url: str) -> Story:
    """Return a founded book."""
    return begin(tmp_path, url=None if book_url.startswith("sqlite") else book_url, orders=1)[0]


def _next(name: str) -> Callable[[Context], int]:
    """Return a decision that rests on what all others decided: it takes the number after theirs."""

    def decide(ctx: Context) -> int:
        number = int(ctx.session.execute(_MOST).scalar_one()) + 1
        ctx.session.execute(_TAKE, {"series": f"decided {name}", "number": number})
        return number

    return decide


def _deciding(story: Story, who: int, *, turns: bool = True, tries: int = desks.DECISIONS) -> Callable[..., Any]:
    def job(wait: Callable[[], None]) -> dict[str, Any]:
        patch = pytest.MonkeyPatch()
        patch.setattr(desks, "DECISIONS", tries)
        patch.setattr(desks, "_APART_MS", 1)
        if not turns:
            patch.setattr(engines, "join_writers", lambda _: None)
        desk = story.desk(evening(), node=who)
        aborts: list[int] = []

        def aborted(fault: BookFault) -> bool:
            if engines.aborted(fault):
                aborts.append(1)
            return engines.aborted(fault)

        patch.setattr(desks, "aborted", aborted)
        wait()
        taken, refused = [], 0
        for number in range(_EACH):
            try:
                taken.append(desk.decide(_next(f"{who} {number}")))
            except DecidedAtOnce:
                refused += 1
        return {"taken": taken, "aborts": len(aborts), "refused": refused}

    return job


@pytest.mark.parametrize(
    ("book_url", "count"), [("sqlite", 2), ("postgresql", 2), ("postgresql", 8)], indirect=["book_url"]
)
def test_decisions_at_once_are_as_if_one_after_the_other(story: Story, count: int) -> None:
    told = [ended(ran) for ran in together([_deciding(story, who) for who in range(1, count + 1)])]
    assert sorted(number for each in told for number in each["taken"]) == list(range(1, count * _EACH + 1))
    assert sum(each["aborts"] for each in told) == 0


@pytest.mark.parametrize("book_url", ["postgresql"], indirect=True)
def test_without_a_turn_decisions_are_taken_back_and_the_last_is_told_so(story: Story) -> None:
    told = [ended(ran) for ran in together([_deciding(story, who, turns=False, tries=1) for who in (1, 2, 3)])]
    assert sum(each["refused"] for each in told) == sum(each["aborts"] for each in told) > 0
    taken = sorted(number for each in told for number in each["taken"])
    assert taken == list(range(1, len(taken) + 1))
    before = len(taken)
    again = [ended(ran) for ran in together([_deciding(story, who, turns=False, tries=12) for who in (4, 5, 6)])]
    assert sum(each["aborts"] for each in again) > 0
    assert sorted(number for each in again for number in each["taken"]) == list(
        range(before + 1, before + 3 * _EACH + 1)
    )


@pytest.mark.parametrize("book_url", ["postgresql"], indirect=True)
def test_what_a_decision_raises_itself_is_raised_at_once(story: Story) -> None:
    asked = []

    def decide(ctx: Context) -> None:
        asked.append(1)
        ctx.session.execute(text("SELECT nothing_of_that_name"))

    with pytest.raises(BookFault, match="nothing_of_that_name"):
        story.desk(evening(), node=1).decide(decide)
    assert len(asked) == 1
