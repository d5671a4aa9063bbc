"""What a return or a dispute stops: the buyer, the next presentation, the release; and how a person ends it."""

from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.cases import open_case
from ingather.actions.files.approval import approve_file
from ingather.actions.orders import cancel_order, fail_order
from ingather.actions.reconciliation.feeds import close_and_release
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.state import Kind
from ingather.store.tables import Buyer, Case
from tests.journey.answers import bank_days, of_kind, retold
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    broken,
    changed_terms,
    deliver,
    night,
    open_cases,
    order,
    order_key,
    play,
    record_again,
    returned,
    staged,
    states,
)


def test_a_return_that_stops_the_buyer_stops_what_the_buyer_owes_besides(tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): returned("R14")})
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200)], behaviour=script)
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    record_again(stage, "b000", due=FRIDAY)
    with stage.desk.view() as ctx:
        assert ctx.session.execute(select(Buyer.state).where(Buyer.external_id == "b000")).scalar_one() == "suspended"
    assert night(stage, THURSDAY).refused == {"buyer-blocked": 1}
    assert broken(stage) == []


def test_an_order_whose_code_is_not_known_can_be_given_up(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100)], behaviour=Script(fates={("B 000", 1): returned("R98")}))
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    assert states(stage) == {"b000": "returned"}
    key = order_key(stage, "b000")
    with pytest.raises(WrongState, match="ingather order fail"), stage.desk.action() as ctx:
        cancel_order(ctx, key, reason="not now")
    with stage.desk.action() as ctx:
        fail_order(ctx, key, reason="the bank says that the account is gone")
    assert states(stage) == {"b000": "failed"}
    with pytest.raises(WrongState, match="only a returned order"), stage.desk.action() as ctx:
        fail_order(ctx, key, reason="again")
    assert broken(stage) == []


@pytest.fixture
def disputed(tmp_path: Path) -> Stage:
    """Return a stage with one order that came back R01, whose return is in dispute."""
    stage = staged(tmp_path, [Sale(amount=100)], behaviour=Script(fates={("B 000", 1): returned("R01")}))
    deliveries = bank_days(stage, MONDAY, TUESDAY, WEDNESDAY)
    report = of_kind(deliveries, Kind.REPORT)[-1]
    (back,) = [line.split("|") for line in report.data.decode().splitlines() if line.startswith("R|")]
    dispute = f"D|DISHONOURED|R69|{back[3]}|{back[4]}|20261118|R01|||100|"
    told = retold(report.data, added=[dispute])
    deliver(stage, *[thing for thing in deliveries if thing is not report], (report.name, told))
    assert states(stage) == {"b000": "returned"}
    assert open_cases(stage) == ["dishonour"]
    return stage


def close(stage: Stage) -> None:
    """Close the one open case."""
    with stage.desk.action() as ctx:
        key = ctx.session.execute(select(Case.id).where(Case.state == "open")).scalar_one()
        close_and_release(ctx, key, outcome="the ODFI let it be")


def test_an_order_in_dispute_is_not_presented_again(disputed: Stage) -> None:
    waiting = order(disputed, "b000")
    assert (waiting["last_code"], waiting["collect_on"], waiting["reason"]) == ("R01", None, "disputed")
    assert night(disputed, FRIDAY).sealed_orders == 0
    assert broken(disputed) == []


def test_a_retry_that_was_sealed_before_its_order_came_into_dispute_is_not_sent(tmp_path: Path) -> None:
    profile = changed_terms(auto_approve_under_cents=0)
    stage = staged(tmp_path, [Sale(amount=100)], profile=profile)
    (file_id,) = night(stage, MONDAY).needs_approval
    with stage.desk.as_actor("user:maria").action() as ctx:
        approve_file(ctx, parse_public_id(Prefix.FILE, file_id))
        open_case(
            ctx, CaseKind.DISHONOUR, originator_id=stage.desk.originator_id(), once="d", subject="it",
            sentence="It is so.", order_id=order_key(stage, "b000"), holds_release=True,
        )  # fmt: skip
    report = night(stage, MONDAY)
    assert (report.sent, report.voided, report.refused) == ([], [file_id], {"entangled": 1})
    assert broken(stage) == []


def test_what_waited_for_a_case_alone_is_released_with_it(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100)])
    deliveries = bank_days(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    with stage.desk.action() as ctx:
        open_case(
            ctx, CaseKind.DISHONOUR, originator_id=stage.desk.originator_id(), once="d", subject="it",
            sentence="It is so.", order_id=order_key(stage, "b000"), holds_release=True,
        )  # fmt: skip
    deliver(stage, *deliveries)
    assert states(stage) == {"b000": "settled"}
    close(stage)
    assert states(stage) == {"b000": "collected"}
    assert broken(stage) == []
