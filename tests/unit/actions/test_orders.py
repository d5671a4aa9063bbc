"""Orders: the client's id is the key; what a person decides is kept with its reason."""

from datetime import date
from pathlib import Path

import pytest

from ingather.actions.context import Context
from ingather.actions.intake import Intake
from ingather.actions.orders import NewOrders, cancel_order, hold_order, record_orders, unhold_order
from ingather.domain.refusals import NoSuch, WrongState
from ingather.jobs.rehearsal.stage import Stage
from tests.journey.stage import MONDAY, TUESDAY, Sale, broken, fingerprint, night, order, order_key, staged, states

ROW = {
    "external_id": "b000", "instalment": 1, "merchant": "harbor", "authorization": "b000", "amount_minor": 12_345,
    "due_on": TUESDAY, "goods": False,
}  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage with two recorded orders."""
    return staged(tmp_path, [Sale(), Sale()])


def recorded(stage: Stage, *rows: dict[str, object], buyer: str | None = None) -> Intake:
    """Record orders that differ from the known one in what each row says."""
    full = [ROW | row for row in rows]
    columns = {name: [row[name] for row in full] for name in ROW}
    with stage.desk.action() as ctx:
        new = NewOrders(**columns, buyer=None if buyer is None else [buyer] * len(full))  # type: ignore[arg-type]  # the columns of ROW
        return record_orders(ctx, stage.desk.originator_id(), new)


def test_the_same_order_again_is_the_existing_one_and_leaves_no_record(stage: Stage) -> None:
    book = fingerprint(stage)
    intake = recorded(stage, {}, {})
    assert (intake.new, intake.same, intake.refused) == (0, 2, [])
    assert fingerprint(stage) == book


@pytest.mark.parametrize(
    "change", [{"amount_minor": 1}, {"due_on": date(2026, 12, 1)}, {"goods": True}], ids=["amount", "date", "goods"]
)
def test_the_same_key_with_other_content_is_refused(stage: Stage, change: dict[str, object]) -> None:
    intake = recorded(stage, change)
    assert [(verdict.row, verdict.field) for verdict in intake.refused] == [(0, "external_id")]
    assert "record another instalment, or cancel it first" in intake.refused[0].message
    assert order(stage, "b000")["amount_minor"] == 12_345


def test_another_instalment_is_another_order(stage: Stage) -> None:
    assert recorded(stage, {"instalment": 2}).new == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"merchant": "nobody", "external_id": "x"}, "merchant"),
        ({"authorization": "b077", "external_id": "x"}, "authorization"),
        ({"amount_minor": 0, "external_id": "x"}, "amount_minor"),
        ({"amount_minor": -5, "external_id": "x"}, "amount_minor"),
    ],
    ids=["merchant", "authorization", "nothing", "less than nothing"],
)
def test_what_refers_to_nothing_is_refused_and_the_rest_is_taken(
    stage: Stage, change: dict[str, object], field: str
) -> None:
    intake = recorded(stage, change, {"external_id": "new"})
    assert [verdict.field for verdict in intake.refused] == [field]
    assert intake.new == 1


def test_an_order_of_another_buyer_than_the_authorizations_is_refused(stage: Stage) -> None:
    intake = recorded(stage, {"external_id": "x"}, buyer="b001")
    assert [verdict.field for verdict in intake.refused] == ["buyer"]


def test_the_same_key_twice_in_one_intake_is_one_order(stage: Stage) -> None:
    intake = recorded(stage, {"external_id": "x"}, {"external_id": "x"}, {"external_id": "x", "amount_minor": 5})
    assert (intake.new, intake.same, len(intake.refused)) == (1, 1, 1)


def test_a_canceled_order_is_never_debited_and_says_who_and_why(stage: Stage) -> None:
    with stage.desk.as_actor("user:maria").action() as ctx:
        cancel_order(ctx, order_key(stage, "b000"), reason="goods came back")
    night(stage, MONDAY)
    assert states(stage) == {"b000": "canceled", "b001": "submitted"}
    (fact,) = order(stage, "b000")["facts"]
    assert (fact["kind"], fact["actor"], fact["reason"]) == ("canceled", "user:maria", "goods came back")
    assert broken(stage) == []


def test_what_was_sent_is_not_canceled(stage: Stage) -> None:
    night(stage, MONDAY)
    with pytest.raises(WrongState, match="refund the buyer"), stage.desk.action() as ctx:
        cancel_order(ctx, order_key(stage, "b000"), reason="too late")
    assert broken(stage) == []


def test_holding_twice_is_told_and_holding_again_after_letting_go_is_not(stage: Stage) -> None:
    key = order_key(stage, "b000")

    def hold(ctx: Context) -> None:
        hold_order(ctx, key, reason="wait")

    with stage.desk.action() as ctx:
        hold(ctx)
    with pytest.raises(WrongState, match="held already"), stage.desk.action() as ctx:
        hold(ctx)
    with stage.desk.action() as ctx:
        unhold_order(ctx, key, reason="go")
        hold(ctx)
    kinds = [fact["kind"] for fact in order(stage, "b000")["facts"]]
    assert kinds == ["held", "unheld", "held"]


def test_an_order_that_has_ended_is_not_held(stage: Stage) -> None:
    key = order_key(stage, "b000")
    with stage.desk.action() as ctx:
        cancel_order(ctx, key, reason="changed mind")
    with pytest.raises(WrongState, match="will not be debited anyway"), stage.desk.action() as ctx:
        hold_order(ctx, key, reason="wait")


def test_an_order_that_is_not_there_is_told(stage: Stage) -> None:
    for decide in (cancel_order, hold_order, unhold_order):
        with pytest.raises(NoSuch), stage.desk.action() as ctx:
            decide(ctx, 12, reason="x")
