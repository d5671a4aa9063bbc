"""Each invariant of statements sees the fault it is about; a book of before these steps goes on."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from ingather.store.tables import Posting, Reserve, Settlement, SettlementLine, SettlementStep
from ingather.store.unpaid import read_unpaid
from tests.journey.stage import MONDAY
from tests.unit.actions.settlements.shop import Shop, opened
from tests.unit.actions.settlements.test_waterfall import steps, sums


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return a shop with a reserve, a claw-back, and something carried."""
    shop = opened(tmp_path)
    shop.terms("reserve_bps = 1000")
    first, second = shop.collect(10_000, 500)
    shop.settle()
    shop.on(MONDAY + timedelta(days=1)).come_back(first)
    shop.settle()
    shop.on(MONDAY + timedelta(days=2)).collect(20_000)
    shop.settle()
    assert second.amount
    assert shop.broken() == []
    return shop


def _sum(shop: Shop) -> None:
    with shop.acting() as ctx:
        ctx.session.execute(update(Settlement).values(clawed_back_minor=Settlement.clawed_back_minor + 1))


def _opening(shop: Shop) -> None:
    with shop.acting() as ctx:
        ctx.session.execute(
            update(Settlement)
            .where(Settlement.opening_minor < 0)
            .values(opening_minor=Settlement.opening_minor - 5, payable_minor=Settlement.payable_minor - 5)
        )


def _ledger(shop: Shop) -> None:
    with shop.acting() as ctx:
        ctx.session.execute(
            update(Posting).where(Posting.account == "payable_available").values(amount_minor=Posting.amount_minor - 1)
        )


def _reserve(shop: Shop) -> None:
    with shop.acting() as ctx:
        ctx.session.execute(
            update(Reserve).where(Reserve.released_on.is_(None)).values(used_minor=Reserve.used_minor + 1)
        )


def _step(shop: Shop) -> None:
    with shop.acting() as ctx:
        ctx.session.execute(delete(SettlementStep).where(SettlementStep.step == "reserve"))


def _name(shop: Shop) -> None:
    with shop.acting() as ctx:
        ctx.session.execute(update(SettlementLine).values(report_line=None))


@pytest.mark.parametrize(
    ("plant", "seen"),
    [
        (_sum, "statements_add_up"),
        (_opening, "statements_follow_on"),
        (_ledger, "closings_equal_the_ledger"),
        (_reserve, "reserves_equal_the_ledger"),
        (_step, "claw_backs_are_taken_step_by_step"),
        (_name, "claw_backs_name_their_returns"),
    ],
)
def test_the_fault_is_seen(shop: Shop, plant: Callable[[Shop], None], seen: str) -> None:
    plant(shop)
    assert seen in shop.broken()


def test_a_book_of_before_steps_were_kept_goes_on(tmp_path: Path, book_url: str) -> None:
    shop = opened(tmp_path, book=book_url)
    shop.terms("reserve_bps = 1000")
    (first, second) = shop.collect(10_000, 600)
    shop.settle()
    shop.on(MONDAY + timedelta(days=1)).come_back(first)
    assert sums(shop.settle(), "covered", "closing") == (1_060, -8_940)
    with shop.acting() as ctx:
        ctx.session.execute(delete(SettlementStep))
    assert shop.broken() == []
    shop.on(MONDAY + timedelta(days=2)).come_back(second)
    shop.collect(9_000)
    statement = shop.settle()
    assert sums(statement, "payable", "closing") == (0, -540)
    assert steps(statement) == [("available", 60), ("carried", 540)]
    assert shop.broken() == []


def test_money_on_hold_of_which_no_statement_tells_any_more_raises_the_alarm(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    shop.terms("hold_days = 3")
    shop.collect(10_000)
    shop.settle()

    def unpaid(ahead: int) -> list[int]:
        with shop.stage.desk.view() as ctx:
            released_by = MONDAY + timedelta(days=ahead)
            return [each.owed_minor for each in read_unpaid(ctx.session, shop.originator_id, released_by=released_by)]

    assert unpaid(-1) == []
    assert unpaid(0) == [10_000]
    shop.settle(MONDAY + timedelta(days=2))
    assert (unpaid(1), unpaid(2)) == ([], [10_000])
    shop.settle(MONDAY + timedelta(days=3))
    assert unpaid(30) == []
