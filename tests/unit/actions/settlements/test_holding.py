"""Collected money is payable after the policy's days; the bank's fees for returns are passed on where it says so."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.settlements.terms import set_terms
from ingather.base.ids import Prefix, public_id
from ingather.domain.payouts import PayoutMethod
from ingather.domain.refusals import WrongState
from ingather.rules.release import OwnTerms
from ingather.store.tables import BankProfileRow, Return
from tests.journey.stage import MONDAY, changed_terms
from tests.unit.actions.settlements.shop import Shop, opened
from tests.unit.actions.settlements.test_waterfall import sums


def day(ahead: int) -> date:
    """Return a day after Monday."""
    return MONDAY + timedelta(days=ahead)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return a shop without terms."""
    return opened(tmp_path)


def test_money_is_payable_after_its_days_and_shown_until_then(shop: Shop) -> None:
    shop.terms("hold_days = 5")
    shop.collect(10_000)
    statement = shop.settle()
    assert sums(statement, "collected", "held", "payable", "closing") == (10_000, 10_000, 0, 10_000)
    (line,) = statement["lines"]
    assert (line["payable_on"], line["reason"]) == ("2026-11-21", "Payable from 2026-11-21.")
    shop.on(day(2)).collect(3_000)
    assert sums(shop.settle(), "held", "payable", "closing") == (13_000, 0, 13_000)
    assert sums(shop.settle(day(5)), "held", "payable", "closing") == (3_000, 10_000, 3_000)
    assert sums(shop.settle(day(7)), "held", "payable", "closing") == (0, 3_000, 0)
    assert shop.broken() == []


def test_a_class_a_tier_and_the_merchant_have_terms_of_their_own(shop: Shop) -> None:
    shop.terms("hold_days = 1\nclasses = { CCD = { hold_days = 9 } }\ntiers = { new = { hold_days = 4 } }")
    shop.collect(1_000, entry_class="CCD")
    shop.collect(2_000, entry_class="WEB")
    days = {line["amount_minor"]: line["payable_on"] for line in shop.settle()["lines"]}
    assert days == {1_000: "2026-11-25", 2_000: "2026-11-17"}
    with shop.acting("anna") as ctx:
        set_terms(ctx, shop.merchant_id, OwnTerms(tier="new"), method=PayoutMethod.ACH, reason="a new one")
    shop.on(day(1)).collect(3_000, entry_class="CCD")
    assert [line["payable_on"] for line in shop.settle()["lines"]] == ["2026-11-21"]
    with shop.acting("anna") as ctx:
        set_terms(ctx, shop.merchant_id, OwnTerms(tier="new", hold_days=0), method=None, reason="it is known now")
    shop.on(day(2)).collect(4_000)
    assert sums(shop.settle(), "payable", "held") == (4_000, 4_000)
    assert shop.broken() == []


def test_a_tier_that_no_policy_has_is_refused(shop: Shop) -> None:
    with shop.acting("anna") as ctx, pytest.raises(WrongState, match="has no tier gold; it has none"):
        set_terms(ctx, shop.merchant_id, OwnTerms(tier="gold"), method=None, reason="x")


def test_what_came_back_or_was_given_back_is_not_held_besides(shop: Shop) -> None:
    shop.terms("hold_days = 5")
    first, second = shop.collect(10_000, 4_000)
    shop.settle()
    shop.on(day(1)).come_back(first)
    assert sums(shop.settle(), "held", "payable", "closing") == (4_000, 0, 4_000)
    shop.on(day(2)).refund(second, 1_000)
    assert sums(shop.settle(), "held", "closing") == (3_000, 3_000)
    shop.on(day(3)).restore(first)
    assert sums(shop.settle(), "restored", "held", "closing") == (10_000, 13_000, 13_000)
    assert sums(shop.settle(day(5)), "held", "payable") == (10_000, 3_000)
    assert sums(shop.settle(day(8)), "held", "payable") == (0, 10_000)
    assert shop.broken() == []


def test_the_reserve_is_kept_of_what_is_held(shop: Shop) -> None:
    shop.terms("hold_days = 5\nreserve_bps = 2000\nreserve_days = 10")
    shop.collect(10_000)
    assert sums(shop.settle(), "reserved", "held", "closing") == (2_000, 8_000, 8_000)
    shop.on(day(1)).pay_again(500)
    assert sums(shop.settle(), "held", "payable", "closing") == (8_000, 500, 8_000)
    assert shop.broken() == []


def test_less_than_the_least_payout_waits(shop: Shop) -> None:
    shop.terms("least_payout_minor = 1000")
    shop.collect(999)
    assert sums(shop.settle(), "payable", "held", "closing") == (0, 0, 999)
    shop.on(day(1)).collect(1)
    assert sums(shop.settle(), "payable", "closing") == (1_000, 0)
    assert shop.broken() == []


def test_the_banks_fee_for_a_return_is_passed_on_from_when_the_policy_says_so(shop: Shop) -> None:
    with shop.acting() as ctx:
        row = ctx.session.scalars(select(BankProfileRow)).one()
        row.toml = changed_terms(posting__return_fee_minor=475)
    first, second, third = shop.collect(10_000, 4_000, 2_000)
    shop.come_back(first)
    assert sums(shop.settle(), "charges", "payable") == (0, 6_000)
    shop.on(day(1)).terms("pass_return_fees = true")
    shop.on(day(2)).come_back(second)
    shop.come_back(third)
    statement = shop.settle()
    assert sums(statement, "charges", "closing") == (950, -6_950)
    charges = [line for line in statement["lines"] if line["kind"] == "charge"]
    assert [line["amount_minor"] for line in charges] == [475, 475]
    assert all(line["return"].startswith("ret_") for line in charges)
    assert charges[0]["reason"] == "The bank's fee for the return R10."
    assert shop.balance("fee_income") == -950
    shop.on(day(3)).restore(second)
    shop.come_back(second)
    assert sums(shop.settle(), "charges", "clawed_back", "restored") == (475, 4_000, 4_000)
    assert shop.broken() == []


def test_the_fee_of_a_return_whose_match_was_undone_is_charged_to_whom_it_was_of(shop: Shop) -> None:
    with shop.acting() as ctx:
        ctx.session.scalars(select(BankProfileRow)).one().toml = changed_terms(posting__return_fee_minor=475)
    shop.terms("pass_return_fees = true")
    mistaken, returned = shop.collect(10_000, 4_000)
    undone = shop.on(day(1)).come_back(mistaken)
    shop.restore(mistaken)
    successor = shop.come_back(returned)
    with shop.acting() as ctx:
        ctx.session.get_one(Return, successor).line = 0
        ctx.session.get_one(Return, undone).replaced_by = successor
    statement = shop.settle()
    (charge,) = [line for line in statement["lines"] if line["kind"] == "charge"]
    assert (charge["amount_minor"], charge["return"]) == (475, public_id(Prefix.RETURN, successor))
    assert shop.broken() == []
