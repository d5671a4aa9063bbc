"""Bugs planted in how disputes are followed: each is caught by a story or an invariant."""

from datetime import date
from pathlib import Path

import pytest

from ingather.actions.context import Context
from ingather.actions.returns import answering, disputes, undoing
from ingather.domain.returns import DisputeState
from ingather.store.tables import Dispute, Order, Return
from tests.journey.disputes.stage import DAYS, chain, dispute, evening, late, the_return
from tests.journey.stage import broken, states


def in_dispute(folder: Path, *days: date) -> list[str]:
    """Play a late return that is dishonored, and return what is broken after these days."""
    stage = late(folder)
    told = chain(stage)
    dispute(stage, "R68")
    evening(stage, DAYS[6], told.dishonoured("R68", DAYS[6]))
    for day in days:
        evening(stage, day)
    return broken(stage)


def test_a_return_undone_before_the_reports_are_complete_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def far_ahead(_ctx: Context, _originator: int, found: list[Dispute]) -> dict[int, date]:
        return {each.id: DAYS[-1] for each in found}

    monkeypatch.setattr(undoing, "_watermarks", far_ahead)
    assert "returns_undone_only_when_nobody_could_contest" in in_dispute(tmp_path)


def test_a_retry_that_stays_planned_beside_a_dispute_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disputes, "_close_retry", lambda _ctx, _row: None)
    assert "an_open_dispute_keeps_its_order_from_a_retry" in in_dispute(tmp_path)


def test_an_order_that_is_released_without_its_fact_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def only_stored(ctx: Context, row: Return, **_told: object) -> None:
        row.applied = False
        ctx.session.get_one(Order, row.order_id).state = "settled"

    monkeypatch.setattr(undoing, "restore", only_stored)
    assert {"states_equal_the_fold_of_facts", "undone_returns_have_their_fact"} <= set(
        in_dispute(tmp_path, DAYS[7], DAYS[8])
    )


def test_a_contest_that_is_passed_over_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "_contested", _nothing)
    stage = late(tmp_path)
    told = chain(stage)
    dispute(stage, "R68")
    evening(stage, DAYS[6], told.dishonoured("R68", DAYS[6]), told.contested("R73", DAYS[6]))
    evening(stage, DAYS[7])
    evening(stage, DAYS[8])
    with pytest.raises(AssertionError):
        assert (states(stage), the_return(stage)["dispute"]["state"]) == ({"b000": "returned"}, DisputeState.STANDS)


def _nothing(*_given: object) -> None:
    """Do nothing."""
