"""An order that looks like another one waits for a person: same buyer, merchant and amount, due within days."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ingather.actions.orders import NewOrders, cancel_order, record_orders
from ingather.actions.suspected import confirm_order
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.reading import cases
from ingather.store.tables import Merchant, Order
from tests.journey.stage import (
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    broken,
    night,
    open_cases,
    order_key,
    record_again,
    staged,
    states,
)
from tests.unit.cli.shell import at_book

ALIKE = Sale(amount=700, due=TUESDAY)


def suspected(stage: Stage) -> list[str]:
    """Return the orders that wait for a person."""
    with stage.desk.view() as ctx:
        return sorted(ctx.session.scalars(select(Order.external_id).where(Order.suspected)))


def record_rows(stage: Stage, *rows: tuple[str, int, str, int, date]) -> int:
    """Record orders given as external id, instalment, authorization, amount and due date; returns how many are told."""
    with stage.desk.action() as ctx:
        names, instalments, authorizations, amounts, due = zip(*rows, strict=True)
        new = NewOrders(
            external_id=names, instalment=instalments, merchant=["harbor"] * len(rows), authorization=authorizations,
            amount_minor=amounts, due_on=due, goods=[False] * len(rows),
        )  # fmt: skip
        return len(record_orders(ctx, stage.desk.originator_id(), new).told)


def test_a_look_alike_waits_and_its_case_names_both(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, [ALIKE], book=book_url)
    record_again(stage, "b000", due=THURSDAY, amount=700)
    assert suspected(stage) == ["b000-again"]
    with stage.desk.view() as ctx:
        (case,) = cases.listed(ctx.session, state="open")
    assert case["kind"] == "suspected_duplicate"
    assert "Order b000-again" in case["sentence"]
    assert "looks like order b000 (ord_" in case["sentence"]
    report = night(stage, WEDNESDAY)
    assert (report.sealed_orders, report.refused) == (1, {"suspected-duplicate": 1})
    with stage.desk.action() as ctx:
        confirm_order(ctx, order_key(stage, "b000-again"), reason="bought twice")
    assert (suspected(stage), open_cases(stage)) == ([], [])
    assert night(stage, WEDNESDAY).sealed_orders == 1
    assert broken(stage) == []


@pytest.mark.parametrize(
    ("due", "amount", "waiting"),
    [
        (TUESDAY, 700, ["b000-again"]),
        (TUESDAY + timedelta(days=3), 700, ["b000-again"]),
        (TUESDAY - timedelta(days=3), 700, ["b000-again"]),
        (TUESDAY + timedelta(days=4), 700, []),
        (TUESDAY - timedelta(days=4), 700, []),
        (TUESDAY, 701, []),
    ],
)
def test_only_the_same_amount_within_the_policys_days_is_suspected(
    tmp_path: Path, due: date, amount: int, waiting: list[str]
) -> None:
    stage = staged(tmp_path, [ALIKE])
    record_again(stage, "b000", due=due, amount=amount)
    assert suspected(stage) == waiting


def test_instalments_of_one_order_and_other_buyers_are_no_duplicates(tmp_path: Path) -> None:
    stage = staged(tmp_path, [ALIKE, ALIKE])
    rows = [("PO-1", 1, "b000"), ("PO-1", 2, "b000"), ("PO-2", 1, "b001")]
    told = record_rows(stage, *((*row, 900, TUESDAY) for row in rows))
    assert (told, suspected(stage)) == (0, [])


def test_the_same_owed_to_another_merchant_is_no_duplicate(tmp_path: Path) -> None:
    stage = staged(tmp_path, [ALIKE, Sale(amount=1, merchant="summit")])
    with stage.desk.action() as ctx:
        summit = ctx.session.scalars(select(Merchant.id).where(Merchant.external_id == "summit")).one()
        ctx.session.execute(update(Order).where(Order.external_id == "b000").values(merchant_id=summit))
    told = record_rows(stage, ("PO-1", 1, "b000", 700, TUESDAY))
    assert (told, suspected(stage)) == (0, [])


def test_within_one_intake_the_first_goes_and_the_others_wait(tmp_path: Path) -> None:
    stage = staged(tmp_path, [ALIKE])
    told = record_rows(
        stage,
        ("PO-1", 1, "b000", 900, TUESDAY),
        ("PO-2", 1, "b000", 900, TUESDAY),
        ("PO-3", 1, "b000", 900, WEDNESDAY),
        ("PO-4", 1, "b000", 901, WEDNESDAY),
    )
    assert (told, suspected(stage)) == (2, ["PO-2", "PO-3"])
    assert open_cases(stage) == ["suspected_duplicate"] * 2


def test_what_was_canceled_is_not_what_another_looks_like_and_canceling_closes_the_case(tmp_path: Path) -> None:
    stage = staged(tmp_path, [ALIKE])
    record_again(stage, "b000", due=TUESDAY, amount=700)
    with stage.desk.action() as ctx:
        cancel_order(ctx, order_key(stage, "b000-again"), reason="the same again")
        cancel_order(ctx, order_key(stage, "b000"), reason="wrong as well")
    assert open_cases(stage) == []
    record_rows(stage, ("PO-9", 1, "b000", 700, TUESDAY))
    assert suspected(stage) == ["b000-again"]
    assert states(stage)["PO-9"] == "open"


def test_the_command_confirms_once(tmp_path: Path) -> None:
    stage = staged(tmp_path, [ALIKE])
    record_again(stage, "b000", due=TUESDAY, amount=700)
    with stage.desk.view() as ctx:
        (name,) = [row["subject"] for row in cases.listed(ctx.session, state="open")]
    assert name.startswith("ord_")
    said = at_book(stage, "order", "confirm", name, "--reason", "bought twice", "--as", "maria", "--json")
    assert (said.code, said.json["did"]) == (0, "something")
    again = at_book(stage, "order", "confirm", name, "--reason", "bought twice", "--as", "maria")
    assert (again.code, "not suspected to be another one" in again.words) == (1, True)
    with stage.desk.action() as ctx, pytest.raises(WrongState):
        confirm_order(ctx, parse_public_id(Prefix.ORDER, name), reason="again")
