"""Return fees: for debits returned for lack of funds, where a merchant has them on and the buyer knew before."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ingather.actions.follow_ups.ending import withdraw_moot
from ingather.actions.merchants import end_return_fee, set_return_fee
from ingather.domain.follow_ups import FollowUpKind
from ingather.domain.refusals import WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.behaviour import Behaviour
from ingather.store.tables import Account, FollowUp, Merchant
from tests.journey.desk.follow_ups import listed
from tests.journey.stage import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    bank_evening,
    broken,
    deliver,
    night,
    play,
    returned,
    staged,
)
from tests.unit.cli.shell import at_book

FEE = 2_500
NOTICE = "terms of sale, section 7"
GIVEN = date(2026, 10, 1)
"""The day on which the stage's buyers authorized."""
AFTER = date(2026, 10, 2)


def returning(*codes: str) -> Script:
    """Return what a bank does that returns each buyer's first debit with one of these codes."""
    fates = {(f"B {number:03d}", 1): returned(code) for number, code in enumerate(codes)}
    return Script(fates=fates)


def charging(folder: Path, sales: list[Sale], behaviour: Behaviour, *, since: date = GIVEN, book: str = "") -> Stage:
    """Return a stage whose merchant harbor has a return fee."""
    stage = staged(folder, sales, behaviour=behaviour, book=book or None)
    with stage.desk.action() as ctx:
        merchant_id = ctx.session.execute(select(Merchant.id).where(Merchant.external_id == "harbor")).scalar_one()
        set_return_fee(ctx, merchant_id, minor=FEE, notice=NOTICE, since=since)
    return stage


def test_a_return_for_lack_of_funds_wants_one_fee_and_others_none(tmp_path: Path, book_url: str) -> None:
    sales = [Sale(), Sale(), Sale(), Sale(merchant="summit"), Sale()]
    stage = charging(tmp_path / "stage", sales, returning("R01", "R09", "R02", "R01", "R10"), book=book_url)
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    found = {each["external_id"]: each for each in listed(stage)}
    assert set(found) == {"b000", "b001"}
    for name, code in (("b000", "R01"), ("b001", "R09")):
        fee = found[name]
        assert (fee["kind"], fee["state"], fee["amount_minor"], fee["reason"]) == ("return_fee", "wanted", FEE, code)
        assert (fee["checker"], fee["last_day"]) == (None, "2027-01-02")
        assert fee["maker"].startswith("system:")
    assert broken(stage) == []


@pytest.mark.parametrize(("since", "fees"), [(GIVEN, 1), (AFTER, 0)])
def test_who_authorized_before_the_notice_pays_none(tmp_path: Path, since: date, fees: int) -> None:
    stage = charging(tmp_path, [Sale()], returning("R01"), since=since)
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    assert len(listed(stage)) == fees


def test_without_the_merchants_word_there_is_no_fee(tmp_path: Path) -> None:
    stage = charging(tmp_path, [Sale()], returning("R01"))
    with stage.desk.action() as ctx:
        merchant_id = ctx.session.execute(select(Merchant.id)).scalar_one()
        end_return_fee(ctx, merchant_id)
    with pytest.raises(WrongState, match="has no return fee"), stage.desk.action() as ctx:
        end_return_fee(ctx, merchant_id)
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    assert listed(stage) == []


@pytest.mark.parametrize(("minor", "notice"), [(0, NOTICE), (-1, NOTICE), (FEE, " ")])
def test_a_fee_is_more_than_zero_and_has_its_notice(tmp_path: Path, minor: int, notice: str) -> None:
    stage = staged(tmp_path, [Sale()])
    with stage.desk.action() as ctx:
        merchant_id = ctx.session.execute(select(Merchant.id)).scalar_one()
        with pytest.raises(WrongState, match="buyers have notice"):
            set_return_fee(ctx, merchant_id, minor=minor, notice=notice, since=GIVEN)


def test_the_same_report_twice_wants_one_fee_and_a_blocked_account_none(tmp_path: Path) -> None:
    stage = charging(tmp_path, [Sale(), Sale()], returning("R01", "R01"))
    night(stage, MONDAY)
    deliver(stage, *bank_evening(stage, MONDAY))
    night(stage, TUESDAY)
    with stage.desk.action() as ctx:
        ctx.session.execute(
            update(Account).where(Account.external_id == "b001").values(state="blocked", blocked_by="x")
        )
    told = bank_evening(stage, WEDNESDAY)
    deliver(stage, *told, *[(f"again-{each.name}", each.data) for each in told])
    assert [each["external_id"] for each in listed(stage)] == ["b000"]


def test_a_return_that_does_not_stand_takes_its_fee_with_it(tmp_path: Path) -> None:
    stage = charging(tmp_path, [Sale()], returning("R01"))
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    with stage.desk.action() as ctx:
        (entry_id,) = ctx.session.scalars(select(FollowUp.original_entry_id)).all()
        assert withdraw_moot(ctx, [entry_id], "undone") == []
        assert len(withdraw_moot(ctx, [entry_id], "undone", kinds=[FollowUpKind.RETURN_FEE])) == 1
    assert [each["state"] for each in listed(stage)] == ["withdrawn"]


def test_a_fee_is_set_and_ended_at_the_desk(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    typed = ("merchant", "fee", "harbor", "--as", "maria", "--as-of", MONDAY.isoformat())
    said = at_book(stage, *typed, "--amount", "25.00", "--notice", NOTICE, "--from", "2026-10-01")
    assert (said.code, said.words) == (0, "harbor charges 25.00 USD for a returned debit.")
    shown = at_book(stage, "merchant", "show", "harbor")
    assert "return fee: 25.00 USD for what was authorized from 2026-10-01 on; notice: terms of sale" in shown.words
    assert at_book(stage, *typed, "--off").words == "harbor charges no return fee."
    assert "return fee" not in at_book(stage, "merchant", "show", "harbor").words
    assert at_book(stage, *typed).code == 2
    assert at_book(stage, *typed, "--amount", "25.00").code == 1
    assert at_book(stage, *typed, "--amount", "much", "--notice", NOTICE).code == 2
