"""Two settling runs at once, and one killed at any durable step: a merchant has one statement a day and one payout."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from ingather.base.dates import NEW_YORK
from ingather.domain.refusals import Refusal
from ingather.jobs.settle import run_settle
from ingather.store import engine
from ingather.store.tables import Payout, Posting, Settlement
from ingather.wiring import fixed_clock, open_desk
from tests.crash.killing import Steps, ended, run, telling
from tests.journey.stage import MONDAY
from tests.race.together import together
from tests.unit.actions.settlements.shop import LATE_EVENING, Shop, opened

pytestmark = pytest.mark.xdist_group("races")
_ROUNDS = 8
_STEPS = 3


def _settling(
    folder: Path, book: str, ahead: int, *, node: int, to: Path | None = None
) -> Callable[[Callable[[], None]], dict[str, Any]]:
    def job(wait: Callable[[], None]) -> dict[str, Any]:
        day = MONDAY + timedelta(days=ahead)
        clock = fixed_clock(datetime.combine(day, LATE_EVENING, tzinfo=NEW_YORK))
        desk = open_desk(book, keys=str(folder / "book.keys"), actor="system:settle", clock=clock, node=node)
        wait()
        try:
            report = run_settle(desk, as_of=day, folder=to)
        except Refusal as refusal:
            return {"refused": str(refusal), "payable": 0}
        return {"refused": "", "payable": sum(each["payable_minor"] for each in report.statements)}

    return job


def _counted(shop: Shop) -> tuple[int, int, int]:
    """Return how many statements and payouts there are, and what the ledger says was paid."""
    with shop.stage.desk.view() as ctx:
        statements, payouts = (
            ctx.session.execute(select(func.count()).select_from(table)).scalar_one() for table in (Settlement, Payout)
        )
        paid = ctx.session.execute(
            select(func.coalesce(func.sum(Posting.amount_minor), 0)).where(Posting.account == "payable_settled")
        ).scalar_one()
    shop.stage.desk.engine.dispose()
    return statements, payouts, -int(paid)


def test_of_two_runs_at_once_one_makes_the_statement(tmp_path: Path, book_url: str) -> None:
    shop = opened(tmp_path, book=book_url)
    expected = 0
    for ahead in range(1, _ROUNDS + 1):
        shop.on(MONDAY + timedelta(days=ahead)).collect(1_000 + ahead)
        expected += 1_000 + ahead
        shop.stage.desk.engine.dispose()
        jobs = [_settling(tmp_path, book_url, ahead, node=node) for node in (21, 22)]
        both = [ended(each) for each in together(jobs)]
        assert [each["refused"] for each in both] == ["", ""]
        assert sorted(each["payable"] for each in both) == [0, 1_000 + ahead]
    assert _counted(shop) == (_ROUNDS, _ROUNDS, expected)
    assert shop.broken() == []


def test_of_two_runs_of_two_days_none_pays_what_the_other_paid(tmp_path: Path, book_url: str) -> None:
    shop = opened(tmp_path, book=book_url)
    expected = 0
    for ahead in range(1, 2 * _ROUNDS, 2):
        shop.on(MONDAY + timedelta(days=ahead)).collect(1_000 + ahead)
        expected += 1_000 + ahead
        shop.stage.desk.engine.dispose()
        jobs = [_settling(tmp_path, book_url, ahead + later, node=21 + later) for later in (0, 1)]
        both = [ended(each) for each in together(jobs)]
        assert sum(each["payable"] for each in both) == 1_000 + ahead
        assert all("back in time" in each["refused"] for each in both if each["refused"])
    assert _counted(shop)[2] == expected
    assert shop.broken() == []


def test_without_the_writers_lock_the_book_still_refuses_a_second_statement(tmp_path: Path, postgres_url: str) -> None:
    shop = opened(tmp_path, book=postgres_url)
    for ahead in range(1, _ROUNDS + 1):
        shop.on(MONDAY + timedelta(days=ahead)).collect(1_000)
        shop.stage.desk.engine.dispose()
        jobs = [_settling(tmp_path, postgres_url, ahead, node=node) for node in (21, 22)]
        together(jobs, plant=lambda patch: patch.setattr(engine, "take_turn", lambda _: None))
    assert _counted(shop) == (_ROUNDS, _ROUNDS, _ROUNDS * 1_000)


def test_killed_at_any_step_it_pays_once_and_writes_every_file(tmp_path: Path) -> None:
    folder, kept, to = tmp_path / "stage", tmp_path / "kept", tmp_path / "stage" / "statements"
    shop = opened(folder)
    first, _ = shop.collect(10_000, 700)
    shop.settle()
    shop.on(MONDAY + timedelta(days=1)).come_back(first)
    shop.collect(30_000)
    shop.stage.desk.engine.dispose()
    shutil.copytree(folder, kept)

    def job(step: Steps | None = None) -> Any:  # noqa: ANN401 -- what the run says
        _ = step
        return _settling(folder, str(folder / "book.sqlite"), 1, node=31, to=to)(lambda: None)

    points = telling(run(job).steps)
    assert len(points) >= _STEPS
    for point in points:
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        assert run(job, kill_at=point).killed
        assert ended(run(job))["refused"] == ""
        assert _counted(shop) == (2, 2, 10_700 + 20_000)
        assert sorted(path.name for path in to.iterdir() if path.suffix != ".part") == [
            "2026-11-17-harbor.csv", "2026-11-17-harbor.json",
        ]  # fmt: skip
        assert shop.broken() == []
        shop.stage.desk.engine.dispose()
