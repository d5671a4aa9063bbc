"""What is taken back goes step by step: available, reserve, carried and netted, invoiced, lost; each step is kept."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingather.actions.settlements.owing import approve_loss, ask_loss, invoice_merchant, note_invoice_paid
from ingather.domain.refusals import MakerIsChecker, WrongState
from ingather.store.reading import cases
from tests.journey.stage import MONDAY
from tests.unit.actions.settlements.shop import Shop, opened


def day(ahead: int) -> date:
    """Return a day after Monday."""
    return MONDAY + timedelta(days=ahead)


def steps(statement: dict[str, Any]) -> list[tuple[str, int]]:
    """Return a statement's steps in their order."""
    return [(step["step"], step["amount_minor"]) for step in statement["steps"]]


def sums(statement: dict[str, Any], *names: str) -> tuple[int, ...]:
    """Return sums of a statement."""
    return tuple(statement[f"{name}_minor"] for name in names)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return a shop without terms."""
    return opened(tmp_path)


def test_what_is_available_is_taken_first(shop: Shop) -> None:
    first, _ = shop.collect(10_000, 5_000)
    shop.come_back(first)
    statement = shop.settle()
    assert sums(statement, "collected", "clawed_back", "payable", "closing") == (15_000, 10_000, 5_000, 0)
    assert steps(statement) == [("available", 10_000)]
    (step,) = statement["steps"]
    assert step["return"].startswith("ret_")
    assert step["report_line"] == 3
    assert shop.broken() == []


def test_then_the_reserve_and_the_rest_is_carried_and_netted_from_several_statements(shop: Shop) -> None:
    shop.terms("reserve_bps = 1000\nreserve_days = 60")
    (sold,) = shop.collect(10_000)
    assert sums(shop.settle(), "reserved", "payable", "reserve") == (1_000, 9_000, 1_000)
    shop.on(day(1)).come_back(sold)
    statement = shop.settle()
    assert sums(statement, "clawed_back", "covered", "payable", "closing", "reserve") == (10_000, 1_000, 0, -9_000, 0)
    assert steps(statement) == [("reserve", 1_000), ("carried", 9_000)]
    shop.on(day(2)).collect(4_000)
    statement = shop.settle()
    assert sums(statement, "opening", "collected", "reserved", "payable", "closing") == (-9_000, 4_000, 0, 0, -5_000)
    assert sorted(steps(statement)) == [("available", 4_000), ("carried", -4_000)]
    shop.on(day(3)).collect(8_000)
    statement = shop.settle()
    assert sums(statement, "opening", "reserved", "payable", "closing") == (-5_000, 800, 2_200, 0)
    assert sorted(steps(statement)) == [("available", 5_000), ("carried", -5_000)]
    assert shop.balance("merchant_reserve") == -800
    assert shop.broken() == []


def test_a_reserve_is_released_when_its_days_are_over(shop: Shop) -> None:
    shop.terms("reserve_bps = 1000\nreserve_days = 30")
    shop.collect(10_000)
    shop.settle()
    assert sums(shop.settle(day(29)), "unreserved", "payable", "reserve") == (0, 0, 1_000)
    assert sums(shop.settle(day(30)), "unreserved", "payable", "reserve") == (1_000, 1_000, 0)
    assert shop.balance("payable_settled") == -10_000
    assert shop.broken() == []


def owing(shop: Shop) -> dict[str, Any]:
    """Have the shop's merchant below zero for a week, and return the statement that invoices it."""
    shop.terms("invoice_after = 7")
    (sold,) = shop.collect(10_000)
    shop.settle()
    shop.on(day(1)).come_back(sold)
    assert sums(shop.settle(), "invoiced", "closing") == (0, -10_000)
    assert sums(shop.settle(day(7)), "invoiced", "closing") == (0, -10_000)
    return shop.settle(day(8))


def open_cases(shop: Shop) -> list[str]:
    """Return the kinds of the open cases."""
    with shop.stage.desk.view() as ctx:
        return [row["kind"] for row in cases.listed(ctx.session, state="open")]


def test_what_stays_below_zero_is_invoiced_and_paid(shop: Shop) -> None:
    statement = owing(shop)
    assert sums(statement, "opening", "invoiced", "closing") == (-10_000, 10_000, 0)
    assert sorted(steps(statement)) == [("carried", -10_000), ("invoice", 10_000)]
    assert (open_cases(shop), shop.balance("merchant_receivable")) == (["merchant_owes"], 10_000)
    with shop.acting() as ctx:
        assert note_invoice_paid(ctx, shop.merchant_id, minor=4_000, reference="wire 1") == 6_000
    assert open_cases(shop) == ["merchant_owes"]
    with shop.acting() as ctx, pytest.raises(WrongState, match=r"owes 60\.00 by invoice"):
        note_invoice_paid(ctx, shop.merchant_id, minor=6_001, reference="wire 2")
    with shop.acting() as ctx:
        assert note_invoice_paid(ctx, shop.merchant_id, minor=6_000, reference="wire 2") == 0
    assert (open_cases(shop), shop.balance("merchant_receivable")) == ([], 0)
    assert shop.broken() == []


def test_a_payment_is_noted_once_by_its_reference(shop: Shop) -> None:
    owing(shop)
    with shop.acting() as ctx:
        note_invoice_paid(ctx, shop.merchant_id, minor=4_000, reference="Wire 1")
    with shop.acting() as ctx, pytest.raises(WrongState, match="reference wire  1 is noted already"):
        note_invoice_paid(ctx, shop.merchant_id, minor=4_000, reference="wire  1")
    assert shop.balance("merchant_receivable") == 6_000


def test_a_loss_is_taken_by_two_persons(shop: Shop) -> None:
    owing(shop)
    with shop.acting("anna") as ctx:
        assert ask_loss(ctx, shop.merchant_id, reason="bankrupt") == 10_000
    with shop.acting("anna") as ctx, pytest.raises(MakerIsChecker):
        approve_loss(ctx, shop.merchant_id)
    with shop.acting("ben") as ctx:
        assert approve_loss(ctx, shop.merchant_id) == 10_000
    assert (shop.balance("losses"), shop.balance("merchant_receivable"), open_cases(shop)) == (10_000, 0, [])
    with shop.acting("ben") as ctx, pytest.raises(WrongState, match="nobody has asked"):
        approve_loss(ctx, shop.merchant_id)
    statement = shop.settle(day(9))
    assert sorted(steps(statement)) == [("invoice", -10_000), ("loss", 10_000)]
    assert shop.broken() == []


def test_a_loss_of_what_was_paid_meanwhile_is_not_taken(shop: Shop) -> None:
    owing(shop)
    with shop.acting("anna") as ctx:
        ask_loss(ctx, shop.merchant_id, reason="bankrupt")
    with shop.acting("carl") as ctx:
        note_invoice_paid(ctx, shop.merchant_id, minor=1, reference="wire")
    with shop.acting("ben") as ctx, pytest.raises(WrongState, match="Ask again"):
        approve_loss(ctx, shop.merchant_id)


def test_what_is_won_back_pays_its_own_invoice_first(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    shop.terms("invoice_after = 0")
    first, second = shop.collect(10_000, 3_000)
    shop.settle()
    shop.on(day(1)).come_back(first)
    assert sums(shop.settle(), "invoiced", "closing") == (10_000, 0)
    with shop.acting() as ctx:
        note_invoice_paid(ctx, shop.merchant_id, minor=4_000, reference="wire")
    shop.on(day(2)).restore(first)
    statement = shop.settle()
    assert sums(statement, "restored", "invoiced", "payable", "closing") == (10_000, -6_000, 4_000, 0)
    assert sorted(steps(statement)) == [("available", 6_000), ("invoice", -6_000)]
    assert shop.balance("merchant_receivable") == 0
    assert open_cases(shop) == []
    assert second.amount == 3_000
    assert shop.broken() == []


def test_what_is_won_back_undoes_its_loss(shop: Shop) -> None:
    shop.terms("invoice_after = 0")
    (sold,) = shop.collect(10_000)
    shop.settle()
    shop.on(day(1)).come_back(sold)
    shop.settle()
    with shop.acting("anna") as ctx:
        ask_loss(ctx, shop.merchant_id, reason="bankrupt")
    with shop.acting("ben") as ctx:
        approve_loss(ctx, shop.merchant_id)
    shop.on(day(2)).restore(sold)
    statement = shop.settle()
    assert sums(statement, "restored", "invoiced", "payable") == (10_000, -10_000, 0)
    assert (shop.balance("losses"), shop.balance("merchant_receivable")) == (0, 0)
    assert shop.broken() == []


def test_an_invoice_made_by_hand_is_told_by_the_next_statement(shop: Shop) -> None:
    (sold,) = shop.collect(10_000)
    shop.settle()
    shop.on(day(1)).come_back(sold)
    with shop.acting() as ctx:
        assert invoice_merchant(ctx, shop.merchant_id) == 10_000
    with shop.acting() as ctx, pytest.raises(WrongState, match="not below zero"):
        invoice_merchant(ctx, shop.merchant_id)
    statement = shop.settle()
    assert sums(statement, "clawed_back", "invoiced", "closing") == (10_000, 10_000, 0)
    assert steps(statement) == [("invoice", 10_000)]
    assert sums(shop.settle(day(2)), "invoiced", "closing") == (0, 0)
    assert shop.broken() == []


def test_an_invoice_made_by_hand_leaves_to_the_reserve_what_it_pays(shop: Shop) -> None:
    shop.terms("reserve_bps = 2000\nreserve_days = 60")
    first, second = shop.collect(1_000, 9_000)
    shop.settle()
    shop.on(day(1)).come_back(first)
    with shop.acting() as ctx, pytest.raises(WrongState, match=r"short of 10\.00 USD, and has 20\.00 in reserve"):
        invoice_merchant(ctx, shop.merchant_id)
    shop.come_back(second)
    with shop.acting() as ctx:
        assert invoice_merchant(ctx, shop.merchant_id) == 8_000
    statement = shop.settle()
    assert sums(statement, "clawed_back", "covered", "invoiced", "closing") == (10_000, 2_000, 8_000, 0)
    assert shop.balance("merchant_receivable") == 8_000
    assert shop.broken() == []


def test_refunds_are_taken_step_by_step_too(shop: Shop) -> None:
    (sold,) = shop.collect(10_000)
    shop.settle()
    shop.on(day(1)).refund(sold, 2_500)
    statement = shop.settle()
    assert sums(statement, "given_back", "closing") == (2_500, -2_500)
    assert steps(statement) == [("carried", 2_500)]
    shop.on(day(2)).pay_again(9_000)
    statement = shop.settle()
    assert sums(statement, "payable_again", "payable", "closing") == (9_000, 6_500, 0)
    assert shop.broken() == []
