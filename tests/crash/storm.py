"""A job killed again and again at random steps, each time while it recovers from the last, until it ends by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from ingather.jobs.invariants import check_invariants
from ingather.jobs.settle import run_settle
from tests.crash.checking import faults
from tests.crash.days import LATER, answered, differences, inbound, taken, twin
from tests.crash.killing import Job, Steps, ended, run
from tests.crash.stories import Story, begin, evening, night

_MOST_KILLS = 12
_LAST_RUNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A story about to meet a job, how many steps the job takes undisturbed, and what must hold in the end."""

    name: str
    story: Story
    job: Callable[[int], Job]
    wrong: Callable[[], list[str]]
    steps: int = 0


def weather(target: Target, draw: Random) -> tuple[int, list[str]]:
    """Play one storm from the story's beginning; returns the kills that arrived and everything wrong."""
    target.story.begin_again()
    kills, minute, killed_at = 0, 0, []
    while kills < _MOST_KILLS:
        point = draw.randrange(1, max(3, target.steps // 2))
        ran = run(target.job(minute), kill_at=point)
        minute += 1
        if not ran.killed:
            ended(ran)
            break
        kills += 1
        killed_at.append(f"{point} {ran.signal}")
    did = ""
    for _ in range(_LAST_RUNS):
        did = ended(run(target.job(minute)))["did"]
        minute += 1
    found = target.wrong() + ([] if did == "nothing" else ["a run after the last one did something"])
    return kills, [f"{target.name}, killed at {', '.join(killed_at)}: {each}" for each in found]


def targets() -> dict[str, Callable[[Path], Target]]:
    """Return what can be stormed, by name."""
    return {"night": _night, "inbound": _inbound, "settle": _settle, "payouts": _payouts}


def _with_steps(target: Target) -> Target:
    target.story.begin_again()
    whole = run(target.job(0))
    ended(whole)
    return Target(name=target.name, story=target.story, job=target.job, wrong=target.wrong, steps=len(whole.steps))


def _night(folder: Path) -> Target:
    story, _ = begin(folder, orders=6, entries=3)
    return _with_steps(
        Target(name="night", story=story, job=lambda minute: night(story, minute=minute), wrong=lambda: faults(story))
    )


def _inbound(folder: Path) -> Target:
    story = answered(folder, orders=12)
    ended(run(inbound(story)))
    told = twin(story)
    return _with_steps(
        Target(
            name="inbound",
            story=story,
            job=lambda minute: inbound(story, minute=minute),
            wrong=lambda: [*differences(story, told), *faults(story)],
        )
    )


def _settle(folder: Path) -> Target:
    story = taken(folder, orders=12)

    def job(minute: int) -> Job:
        def settle(step: Steps) -> dict[str, str]:
            desk = story.desk(evening(200 + minute, on=LATER), node=200 + minute, tell=step)
            return {"did": run_settle(desk, as_of=LATER, folder=story.folder / "statements").did}

        return settle

    ended(run(job(0)))
    told = twin(story)

    def wrong() -> list[str]:
        held = check_invariants(story.desk(evening(260, on=LATER), node=999))
        return [*differences(story, told), *(name for name, holds in held.items() if not holds)]

    return _with_steps(Target(name="settle", story=story, job=job, wrong=wrong))


def _payouts(folder: Path) -> Target:
    from tests.crash.checking import references  # noqa: PLC0415 -- beside the next
    from tests.crash.test_payout_kills import begun  # noqa: PLC0415 -- a story of that test, when it is wanted
    from tests.crash.test_payout_kills import faults as unpaid  # noqa: PLC0415 -- likewise
    from tests.journey.payouts.merchants import PAYDAY  # noqa: PLC0415 -- likewise

    story = begun(folder, method="ach")
    return _with_steps(
        Target(
            name="payouts",
            story=story,
            job=lambda minute: night(story, minute=minute, on=PAYDAY),
            wrong=lambda: unpaid(story, references),
        )
    )
