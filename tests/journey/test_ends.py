"""How orders end without a return that ends them: paid otherwise, or given up by policy and by the Rules' last days."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from ingather.actions.order_decisions import correct_order, paid_order
from ingather.actions.orders import hold_order
from ingather.actions.rules import take_policy
from ingather.domain.orders import OrderState
from ingather.domain.refusals import WrongState
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.jobs.settle import run_settle
from ingather.rules.tables import policy_text
from tests.journey.stage import (
    MONDAY,
    TUESDAY,
    Sale,
    Script,
    broken,
    changed_terms,
    night,
    open_cases,
    order,
    order_key,
    play,
    returned,
    staged,
    states,
)

REVOKED = "UPDATE authorizations SET state = 'revoked', version = version + 1 WHERE external_id = '{}'"


def revoke(stage: Stage, name: str) -> None:
    with stage.desk.action() as ctx:
        ctx.session.connection().exec_driver_sql(REVOKED.format(name))


def take(stage: Stage, after_days: int) -> None:
    with stage.desk.action() as ctx:
        text = policy_text("rehearsal").replace("version = 1", "version = 2")
        take_policy(ctx, stage.desk.originator_id(), f"{text}\n[give_up]\nafter_days = {after_days}\n")


def test_an_order_paid_otherwise_is_never_debited_again(book_url: str, tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): returned("R01"), ("B 002", 1): returned("R11")})
    sales = [Sale(), Sale(due=date(2026, 12, 1)), Sale(), Sale()]
    stage = staged(tmp_path, sales, behaviour=script, book=book_url)
    play(stage, *banking_days(MONDAY, 3))
    ends = {"b000": OrderState.FAILED, "b001": OrderState.CANCELED, "b002": OrderState.FAILED}
    for name, end in ends.items():
        with stage.desk.action() as ctx:
            assert paid_order(ctx, order_key(stage, name), reason="paid by card") is end
    with pytest.raises(WrongState, match="Refund the buyer"), stage.desk.action() as ctx:
        paid_order(ctx, order_key(stage, "b003"), reason="paid by card")
    with pytest.raises(WrongState, match="nothing is debited"), stage.desk.action() as ctx:
        paid_order(ctx, order_key(stage, "b000"), reason="paid by card")
    play(stage, *banking_days(MONDAY, 14)[3:])
    assert states(stage) == {**ends, "b003": "collected"}
    assert [order(stage, name)["presentations"] for name in sorted(ends)] == [1, 0, 1]
    assert [row["kind"] for row in order(stage, "b001")["facts"]] == ["paid_otherwise", "canceled"]
    assert "correctable_return" not in open_cases(stage)
    assert broken(stage) == []


def test_what_is_in_a_file_is_held_back_before_it_is_paid_otherwise(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], profile=changed_terms(auto_approve_under_cents=0))
    night(stage, MONDAY)
    assert states(stage) == {"b000": "sealed"}
    with pytest.raises(WrongState, match="Hold it"), stage.desk.action() as ctx:
        paid_order(ctx, order_key(stage, "b000"), reason="paid by card")


def test_what_could_never_be_debited_fails_after_the_days_of_the_policy(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale(), Sale(merchant="unlisted"), Sale()], book=book_url)
    take(stage, 10)
    for name in ("b000", "b001"):
        revoke(stage, name)
    with stage.desk.action() as ctx:
        hold_order(ctx, order_key(stage, "b001"), reason="the buyer asked us to wait")
    assert night(stage, TUESDAY + timedelta(days=10)).given_up == 0
    report = night(stage, TUESDAY + timedelta(days=13))
    assert (report.given_up, report.overdue, report.did) == (1, 2, "something")
    assert states(stage) == {"b000": "failed", "b001": "open", "b002": "open", "b003": "submitted"}
    ended = order(stage, "b000")
    assert (ended["reason"], ended["collect_on"]) == ("authorization-revoked", None)
    assert ended["facts"][-1]["kind"] == "given_up"
    assert ended["facts"][-1]["because"] == "authorization-revoked"
    assert night(stage, TUESDAY + timedelta(days=14)).given_up == 0
    assert broken(stage) == []


def test_a_merchant_is_told_once_of_an_order_that_was_never_debited(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()], book=book_url)
    take(stage, 10)
    revoke(stage, "b000")
    play(stage, *banking_days(TUESDAY, 12))
    assert states(stage) == {"b000": "failed", "b001": "collected"}
    (told,) = run_settle(stage.desk, as_of=TUESDAY + timedelta(days=18)).statements
    lines = {line["external_id"]: (line["kind"], line["amount_minor"], line["reason"]) for line in told["lines"]}
    assert lines["b000"] == (
        "failed", 12_345, "It could not be debited. The buyer has revoked the authorization."
    )  # fmt: skip
    assert lines["b001"][0] == "collected"
    (later,) = run_settle(stage.desk, as_of=TUESDAY + timedelta(days=19)).statements
    assert later["lines"] == []
    assert broken(stage) == []


def test_an_order_that_was_recorded_after_its_due_date_is_not_given_up_at_once(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(due=MONDAY - timedelta(days=60))])
    revoke(stage, "b000")
    assert night(stage, MONDAY).given_up == 0
    assert night(stage, MONDAY + timedelta(days=31)).given_up == 1


def test_a_policy_that_waits_for_ever_gives_up_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    take(stage, 0)
    revoke(stage, "b000")
    night(stage, MONDAY)
    assert night(stage, MONDAY + timedelta(days=363)).given_up == 0


def test_a_retry_that_may_not_be_made_any_more_fails_and_a_correction_that_nobody_planned(tmp_path: Path) -> None:
    codes = ("R01", "R11", "R11", "R11")
    script = Script(fates={(f"B {number:03d}", 1): returned(code) for number, code in enumerate(codes)})
    stage = staged(tmp_path, [Sale()] * 4, behaviour=script)
    play(stage, *banking_days(MONDAY, 3))
    revoke(stage, "b000")
    with stage.desk.action() as ctx:
        correct_order(ctx, order_key(stage, "b002"), reason="it was early", on=date(2027, 1, 15))
        hold_order(ctx, order_key(stage, "b003"), reason="the buyer asked us to wait")
    assert night(stage, date(2026, 11, 19)).given_up == 0
    revoke(stage, "b002")
    report = night(stage, date(2027, 1, 18) + timedelta(days=1))
    assert (report.given_up, report.overdue) == (3, 1)
    assert list(states(stage).values()) == ["failed"] * 3 + ["returned"]
    assert open_cases(stage) == ["correctable_return"]
    assert broken(stage) == []
