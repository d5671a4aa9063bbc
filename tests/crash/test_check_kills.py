"""A night that seals prenotes and micro-entries, killed at any durable step: each check goes out once and is not lost.

The orders of the accounts under check wait; those of the others are debited once, as in every other night.
"""

from pathlib import Path
from random import Random

from sqlalchemy import select

from ingather.actions.validating.wanting import want_check
from ingather.base.ids import encode_key
from ingather.domain.accounts import ValidationMethod
from ingather.jobs.invariants import check_invariants
from ingather.store.tables import Account
from tests.crash.checking import references
from tests.crash.killing import ended, run, telling
from tests.crash.stories import Story, begin, evening, night
from tests.seeds import seed

_MARKS = {"prenote": "A", "micro_entries": "AB"}
_KILLS = 14


def _begin(folder: Path) -> Story:
    """Return a story of four orders, two of whose accounts are tried first, one by each method."""
    story, stage = begin(folder, orders=4)
    with stage.desk.view() as ctx:
        accounts = ctx.session.scalars(select(Account.id).order_by(Account.id)).all()
    for account_id, method in zip(accounts, ValidationMethod, strict=False):
        if method in _MARKS:
            with stage.desk.action() as ctx:
                want_check(ctx, account_id, method=method)
    stage.desk.remember()
    story.keep()
    return story


def _faults(story: Story) -> list[str]:
    """Return the checks that are not at the bank exactly once, the debits that are, and broken invariants."""
    at_the_bank = references(story)
    wanted = {
        f"{encode_key(key)}{mark}"
        for key, method in story.rows("SELECT id, method FROM account_checks")
        for mark in _MARKS[method]
    }
    debits = {encode_key(key) for (key,) in story.rows("SELECT id FROM orders WHERE state = 'submitted'")}
    found = [f"{reference} is {times} times at the bank" for reference, times in at_the_bank.items() if times != 1]
    if set(at_the_bank) != wanted | debits or len(debits) != 2:
        found.append("what is at the bank is not what was wanted")
    states = {state for (state,) in story.rows("SELECT state FROM account_checks")}
    held = check_invariants(story.desk(evening(59), node=999))
    return [*found, *(name for name, holds in held.items() if not holds), *(states - {"sealed"})]


def test_every_check_is_at_the_bank_once_wherever_the_night_is_killed(tmp_path: Path) -> None:
    story = _begin(tmp_path)
    whole = run(night(story))
    ended(whole)
    assert _faults(story) == []
    assert len(story.at_the_bank()) == 3
    points = telling(whole.steps)
    draw = Random(seed())  # noqa: S311 -- a test wants repeatable draws
    broken: list[str] = []
    for point in sorted(draw.sample(points, min(_KILLS, len(points)))):
        story.begin_again()
        assert run(night(story), kill_at=point).killed
        ended(run(night(story, minute=5)))
        again = ended(run(night(story, minute=10)))
        where = f"killed at step {point}, {whole.steps[point - 1]}"
        broken += [f"{where}: {fault}" for fault in _faults(story)]
        if again["did"] != "nothing":
            broken.append(f"{where}: a run after the last one did something")
    assert not broken, "\n".join(broken)
