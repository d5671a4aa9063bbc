"""A night that pays merchants, and a run that writes a sheet, killed at any durable step: nobody is paid twice."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from ingather.actions.payouts.deciding import approve_all_due, cancel_payout
from ingather.base.ids import encode_key
from ingather.domain.refusals import LostClaim, NightRunning, WrongState
from ingather.jobs.invariants import check_invariants
from ingather.jobs.night.run import run_night
from ingather.jobs.payout_sheets import send_sheets
from ingather.jobs.rehearsal.stage import set_stage
from ingather.simulator.scenarios import SCENARIOS
from ingather.store.tables import Payout
from ingather.wiring import new_desk
from tests.crash.checking import references
from tests.crash.killing import Job, Steps, ended, run, telling
from tests.crash.stories import Story, evening, night
from tests.journey.payouts.merchants import OMAR, PAYDAY, account, by, settled, terms
from tests.journey.stage import MONDAY, Sale, at, play, record
from tests.race.together import together
from tests.seeds import seed

pytestmark = pytest.mark.xdist_group("payout-kills")
_KILLS = 8
_SALES = (Sale(amount=10_000, holder="business"), Sale(amount=700, holder="business", merchant="summit"))


def begun(folder: Path, *, method: str, url: str | None = None) -> Story:
    """Return a story on its payday: two approved payouts, one of each merchant, and nothing else to do."""
    story = Story(folder=folder / "stage", kept=folder / "kept", url=url)
    story.collected.mkdir(parents=True)
    story.lost.mkdir()
    stage = set_stage(
        story.folder,
        open_desk=lambda clock: new_desk(story.book, keys=story.keys, actor="system:night", clock=clock, node=1_000),
        profile=terms(),
        start=MONDAY,
        seed=1,
        behaviour=SCENARIOS["all_paid"],
    )
    record(stage, _SALES)
    by(stage, method)
    for number, name in enumerate(("harbor", "summit")):
        account(stage, name, number=900 + number)
    play(stage, MONDAY, *(date(2026, 11, day) for day in (17, 18, 19, 20, 23)))
    at(stage, PAYDAY, time(9))
    settled(stage)
    with stage.desk.as_actor(OMAR).action() as ctx:
        approve_all_due(ctx, stage.desk.originator_id())
    stage.desk.remember()
    for path in story.outbound.iterdir():
        path.unlink()
    story.keep()
    return story


def payday(minute: int = 0) -> datetime:
    """Return an instant of the payday's evening."""
    return evening(minute, on=PAYDAY)


def wanted(story: Story) -> set[str]:
    """Return the references of all payouts."""
    return {encode_key(key) for (key,) in story.rows("SELECT id FROM payouts")}


def on_sheets(story: Story) -> Counter[str]:
    """Return how often each payout stands on a sheet at the bank."""
    return Counter(
        line.split(",")[7]
        for path in story.at_the_bank()
        if path.name.endswith(".csv")
        for line in path.read_text().splitlines()[1:]
    )


def faults(story: Story, paid: Callable[[Story], Counter[str]]) -> list[str]:
    """Return the payouts that are not at the bank exactly once, and broken invariants."""
    found = [f"{reference} is {times} times at the bank" for reference, times in paid(story).items() if times != 1]
    if set(paid(story)) != wanted(story):
        found.append("what is at the bank is not what was approved")
    states = {state for (state,) in story.rows("SELECT state FROM payouts")}
    held = check_invariants(story.desk(payday(59), node=999))
    return [*found, *(name for name, holds in held.items() if not holds), *(states - {"sent"})]


def sheet(story: Story, minute: int) -> Job:
    """Return the job that writes a sheet at some minute past six."""

    def job(step: Steps) -> dict[str, Any]:
        report = send_sheets(story.desk(payday(minute), node=1 + minute, tell=step))
        return {"did": "something" if report.sheets else "nothing"}

    return job


@pytest.mark.parametrize("method", ["ach", "sheet"])
def test_every_payout_is_at_the_bank_once_wherever_the_run_is_killed(tmp_path: Path, method: str) -> None:
    story = begun(tmp_path, method=method)
    paid = references if method == "ach" else on_sheets

    def job(minute: int) -> Job:
        return night(story, minute=minute, on=PAYDAY) if method == "ach" else sheet(story, minute)

    whole = run(job(0))
    ended(whole)
    assert faults(story, paid) == []
    points = telling(whole.steps)
    draw = Random(seed())  # noqa: S311 -- a test wants repeatable draws
    broken: list[str] = []
    for point in sorted(draw.sample(points, min(_KILLS, len(points)))):
        story.begin_again()
        assert run(job(0), kill_at=point).killed
        ended(run(job(5)))
        again = ended(run(job(10)))
        where = f"killed at step {point}, {whole.steps[point - 1]}"
        broken += [f"{where}: {fault}" for fault in faults(story, paid)]
        if again["did"] != "nothing":
            broken.append(f"{where}: a run after the last one did something")
    assert not broken, "\n".join(broken)


def test_a_payout_is_called_off_or_paid_never_both(tmp_path: Path, book_url: str) -> None:
    story = begun(tmp_path, method="ach", url=book_url if book_url.startswith("postgresql") else None)
    first = min(key for (key,) in story.rows("SELECT id FROM payouts"))

    def pay(wait: Callable[[], None]) -> str:
        desk = story.desk(payday(), node=3)
        wait()
        try:
            run_night(desk)
        except (LostClaim, NightRunning):
            return "overtaken"
        return "ran"

    def call_off(wait: Callable[[], None]) -> str:
        desk = story.desk(payday(), node=4, actor="user:maria")
        wait()
        try:
            with desk.action() as ctx:
                cancel_payout(ctx, first, reason="the merchant called")
        except WrongState:
            return "too late"
        return "called off"

    ran, said = (ended(each) for each in together([pay, call_off]))
    desk = story.desk(payday(20), node=6)
    run_night(desk)
    with desk.view() as ctx:
        states = list(ctx.session.scalars(select(Payout.state).order_by(Payout.id)))
    assert (ran, said) in {("ran", "called off"), ("ran", "too late"), ("overtaken", "called off")}
    assert states == (["canceled", "sent"] if said == "called off" else ["sent", "sent"])
    assert (encode_key(first) in references(story)) is (said != "called off")
    assert all(times == 1 for times in references(story).values())
    assert [name for name, holds in check_invariants(desk).items() if not holds] == []
