"""Generated histories on a real book: nobody is wronged, the invariants hold, and the bank's books say the same."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import time
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from ingather.jobs.invariants import check_invariants
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.state import Delivery
from ingather.store.tables import Order, Posting
from ingather.wiring import open_desk
from tests.histories.plans import drawn_plan, play_towns
from tests.histories.town import Town
from tests.journey.stage import NODE, at, bank_evening, deliver, night
from tests.seeds import seed

TOWNS = 4
PARTS = 2
Ended = tuple[dict[int, tuple[str, str | None, bool]], dict[int, int]]


@pytest.mark.parametrize("part", range(PARTS))
def test_no_history_on_a_real_book_wrongs_a_buyer(part: int, record_property: Callable[[str, object], None]) -> None:
    reached = play_towns(TOWNS, seed=seed() * PARTS + part)
    for what in ("returns", "retries", "late returns", "rejected"):
        assert reached[what], what
    for what in ("histories", "debits", "returns"):
        record_property(f"{what} on a book", reached[what])


def _ended(stage: Stage) -> Ended:
    """Return each order's state, code and lateness, and each merchant's net position."""
    with stage.desk.view() as ctx:
        orders = ctx.session.execute(select(Order.id, Order.state, Order.last_code, Order.late)).all()
        positions = ctx.session.execute(
            select(Posting.merchant_id, func.sum(Posting.amount_minor))
            .where(Posting.account.like("payable%"))
            .group_by(Posting.merchant_id)
        ).all()
    return {key: (state, code, late) for key, state, code, late in orders}, {who: net for who, net in positions if net}


def _waiting(folder: Path, draw: Random) -> tuple[Town, list[Delivery]]:
    """Return a town whose debits were all answered by the bank, and the answers, which nobody has taken yet."""
    town = Town(folder, replace(drawn_plan(draw), deeds=(), refused=frozenset(), shuffle=0))
    things: list[Delivery] = []
    for day in town.plan.days:
        night(town.stage, day)
        things += bank_evening(town.stage, day)
    at(town.stage, town.plan.days[-1], clock=time(21, 0))
    return town, things


def _copied(town: Town, folder: Path) -> Stage:
    """Return the same stage with a copy of its book and keys; both take from the bank's one folder."""
    town.stage.desk.engine.dispose()
    shutil.copytree(town.folder, folder)
    book, keys = str(folder / "book.sqlite"), str(folder / "book.keys")
    desk = open_desk(book, keys=keys, actor="system:night", node=NODE, clock=town.stage.clock)
    return replace(town.stage, desk=desk)


@pytest.mark.parametrize("part", range(3))
def test_the_banks_reports_in_any_order_and_repetition_lead_to_the_same_end(part: int, tmp_path: Path) -> None:
    draw = Random(seed() * 10 + part)  # noqa: S311 -- a seeded sequence of orders
    town, things = _waiting(tmp_path / "first", draw)
    copied = _copied(town, tmp_path / "second")
    deliver(town.stage, *things)
    for path in filter(Path.is_file, town.stage.inbound.iterdir()):
        path.unlink()
    again = [*things, *draw.sample(things, k=len(things) // 2)]
    draw.shuffle(again)
    deliver(copied, *again)
    ended = _ended(town.stage)
    assert _ended(copied) == ended
    assert len({state for state, _, _ in ended[0].values()}) > 2
    for stage in (town.stage, copied):
        assert all(check_invariants(stage.desk).values())
