"""Posting: a movement from one source is booked once."""

from pathlib import Path

import pytest

from ingather.actions.ledger import post
from ingather.domain.ledger import JournalKind
from ingather.jobs.rehearsal.stage import Stage
from tests.journey.stage import MONDAY, balances, broken, staged


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage without orders."""
    return staged(tmp_path)


def book(stage: Stage, amounts: dict[tuple[int, int], int], *, source: int = 5) -> None:
    """Book submitted amounts by (batch, merchant)."""
    with stage.desk.action() as ctx:
        post(
            ctx, JournalKind.SUBMITTED, originator_id=stage.desk.originator_id(), source_id=source, on=MONDAY,
            amounts=amounts,
        )  # fmt: skip


def test_a_movement_is_booked_once_however_often_it_is_told(stage: Stage) -> None:
    for _ in range(3):
        book(stage, {(1, 7): 500, (2, 8): 250})
    assert balances(stage) == {"buyer_receivable": 750, "payable_pending": -750}
    assert broken(stage) == []


def test_another_batch_or_source_is_another_movement(stage: Stage) -> None:
    book(stage, {(1, 7): 500})
    book(stage, {(1, 7): 500, (2, 7): 100})
    book(stage, {(1, 7): 500}, source=6)
    assert balances(stage) == {"buyer_receivable": 1_100, "payable_pending": -1_100}


def test_nothing_is_booked_for_nothing(stage: Stage) -> None:
    book(stage, {(1, 7): 0})
    book(stage, {})
    assert balances(stage) == {}
