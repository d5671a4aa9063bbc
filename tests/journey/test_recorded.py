"""Whatever the desk does leaves a record in the audit chain, and an action that forgets its own is seen."""

from datetime import date
from pathlib import Path

import pytest

from ingather.actions.orders import hold_order
from ingather.jobs.deliver import deliver
from ingather.jobs.rehearsal.stage import banking_days
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import Fate
from ingather.store import audit
from tests.audited import UNRECORDED, listening
from tests.journey.stage import MONDAY, Sale, Script, night, order_key, play, staged

_FATES = {
    ("B 000", 1): Fate(return_code="R01"),
    ("B 001", 1): Fate(return_code="R02"),
    ("B 002", 1): Fate(change_code="C01"),
    ("B 003", 1): Fate(return_code="R10", calendar_days=9),
}


def _told() -> list[str]:
    return [f"{each.place} changed {', '.join(sorted(each.tables))}" for each in UNRECORDED]


def test_a_fortnight_of_everything_leaves_no_change_without_a_record(tmp_path: Path) -> None:
    UNRECORDED.clear()
    with listening():
        stage = staged(tmp_path, [Sale() for _ in range(6)], behaviour=Script(fates=_FATES))
        with stage.desk.as_actor("user:maria").action() as ctx:
            hold_order(ctx, order_key(stage, "b005"), reason="wait")
        play(stage, *banking_days(MONDAY, 9))
        run_settle(stage.desk, as_of=date(2026, 11, 27))
        deliver(stage.desk)
        play(stage, date(2026, 11, 30))
    assert _told() == []


def test_an_action_that_forgets_its_record_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(tmp_path, [Sale()])
    monkeypatch.setattr(audit, "append", lambda *_, **__: None)
    UNRECORDED.clear()
    with listening():
        night(stage, MONDAY)
    assert any(each.startswith("jobs/night/") and "orders" in each for each in _told())
    UNRECORDED.clear()
