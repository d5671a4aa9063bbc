"""Cases: the same finding opens one, and closing it says what came of it."""

from datetime import date
from pathlib import Path

import pytest

from ingather.actions.cases import close_case, close_found, open_case
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import NoSuch, WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.reading import cases
from ingather.store.tables import Case
from tests.journey.answers import bank_days
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    broken,
    deliver,
    night,
    open_cases,
    order_key,
    staged,
    states,
)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage with two orders."""
    return staged(tmp_path, [Sale(), Sale()])


def found(stage: Stage, once: str = "a", *, order: str | None = None, kind: CaseKind = CaseKind.REPORT_GAP) -> bool:
    """Open a case about a finding; returns whether it is new."""
    with stage.desk.action() as ctx:
        return open_case(
            ctx, kind, originator_id=stage.desk.originator_id(), once=once, subject="it", sentence="It is so.",
            due_on=date(2026, 11, 24), order_id=order_key(stage, order) if order else None, holds_release=bool(order),
        )  # fmt: skip


def test_the_same_finding_opens_one_case(stage: Stage) -> None:
    assert [found(stage), found(stage), found(stage, "b"), found(stage, kind=CaseKind.REPORT_CONFLICT)] == [
        True, False, True, True,
    ]  # fmt: skip
    assert open_cases(stage) == ["report_conflict", "report_gap", "report_gap"]


def test_a_closed_case_keeps_its_outcome_and_is_not_opened_again(stage: Stage) -> None:
    found(stage)
    with stage.desk.view() as ctx:
        (key,) = ctx.session.query(Case.id).one()
    with stage.desk.action() as ctx:
        close_case(ctx, key, outcome="it came")
    with pytest.raises(WrongState, match="closed already"), stage.desk.action() as ctx:
        close_case(ctx, key, outcome="again")
    assert found(stage) is False
    with stage.desk.view() as ctx:
        (row,) = cases.listed(ctx.session)
    assert (row["state"], row["outcome"], row["due_on"]) == ("closed", "it came", "2026-11-24")


def test_what_is_not_there_is_not_closed(stage: Stage) -> None:
    with pytest.raises(NoSuch), stage.desk.action() as ctx:
        close_case(ctx, 5, outcome="x")
    with stage.desk.action() as ctx:
        close_found(ctx, CaseKind.REPORT_GAP, "nothing", outcome="x")


def test_an_order_with_something_open_about_it_is_neither_released_nor_debited(stage: Stage) -> None:
    deliveries = bank_days(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    found(stage, order="b001")
    deliver(stage, *deliveries)
    assert states(stage) == {"b000": "collected", "b001": "settled"}
    assert broken(stage) == []


def test_an_open_order_with_something_open_about_it_waits(stage: Stage) -> None:
    found(stage, order="b001")
    assert night(stage, MONDAY).refused == {"entangled": 1}
    assert states(stage) == {"b000": "submitted", "b001": "open"}
