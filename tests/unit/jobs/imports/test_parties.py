"""Sheets of screenings, merchants paid abroad or limited, and orders that look alike or want the same day."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.domain.refusals import ExitCode
from ingather.jobs.desk import Desk
from ingather.jobs.imports import FileReport, import_files
from ingather.store.tables import Buyer, Case, Merchant, Order
from tests.unit.jobs.imports.books import demo_rows, write_rows

Rows = list[dict[str, str]]

SCREENING = {
    "party": "merchant", "external_id": "harbor", "status": "clear", "provider": "Lists & Co", "reference": "R-1",
    "screened_on": "2026-11-10", "expires_on": "2027-11-09",
}  # fmt: skip


def taken(desk: Desk, folder: Path, rows: Rows) -> FileReport:
    """Import rows as one file and return its report."""
    (file,) = import_files(desk, [write_rows(folder / "rows.csv", rows)]).files
    return file


def test_screenings_of_both_kinds_of_party_are_taken_once(busy_desk: Desk, tmp_path: Path) -> None:
    rows = [
        SCREENING,
        SCREENING | {"party": "buyer", "external_id": "B0001", "status": "match", "expires_on": ""},
        SCREENING | {"party": "buyer", "external_id": "B0002", "status": "pending"},
    ]
    assert taken(busy_desk, tmp_path, rows).new == 3
    again = taken(busy_desk, tmp_path, rows)
    assert (again.new, again.same) == (0, 3)
    with busy_desk.view() as ctx:
        harbor = ctx.session.scalars(select(Merchant).where(Merchant.external_id == "harbor")).one()
        assert (harbor.screening, str(harbor.screened_until)) == ("clear", "2027-11-09")
        found = ctx.session.execute(select(Buyer.external_id, Buyer.screening).where(Buyer.screening.is_not(None)))
        assert {row.external_id: row.screening for row in found} == {"B0001": "match", "B0002": "pending"}
        assert ctx.session.scalars(select(Case.kind)).all() == ["screening_match"]


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"external_id": "nobody"}, "There is no merchant nobody"),
        ({"party": "bank"}, "is one of: buyer, merchant"),
        ({"status": "fine"}, "is one of: clear, pending, match"),
        ({"screened_on": "11/10/2026"}, "screened_on"),
        ({"screened_on": "2027-01-01"}, "nobody is screened in the future"),
        ({"expires_on": "2026-11-09"}, "does not expire before it was made"),
    ],
)
def test_a_spoilt_screening_is_refused_by_its_line(
    busy_desk: Desk, tmp_path: Path, spoilt: dict[str, str], said: str
) -> None:
    file = taken(busy_desk, tmp_path, [SCREENING | {"reference": "R-9"}, SCREENING | spoilt])
    assert (file.new, file.refused) == (1, 1)
    (problem,) = file.problems
    assert problem.line == 3
    assert said.lower() in problem.message.lower()


def test_a_merchants_sheet_may_say_who_is_paid_abroad_and_what_a_night_debits_at_most(
    desk: Desk, tmp_path: Path
) -> None:
    plain = demo_rows("merchants")
    told = [row | {"paid_abroad": "no", "night_limit": "", "night_orders": ""} for row in plain]
    told[0] |= {"paid_abroad": "yes", "night_limit": "2500.00", "night_orders": "40"}
    assert taken(desk, tmp_path, told).new == len(told)
    with desk.view() as ctx:
        first = ctx.session.scalars(select(Merchant).where(Merchant.external_id == told[0]["external_id"])).one()
        assert (first.paid_abroad, first.night_limit_minor, first.night_limit_entries) == (True, 250_000, 40)
    # A sheet that says nothing of it says nothing else than what is known.
    assert taken(desk, tmp_path, plain).same == len(plain)
    assert taken(desk, tmp_path, [row | {"paid_abroad": "no"} for row in plain]).refused == 1


def test_a_merchants_sheet_may_say_what_a_returned_debit_costs(desk: Desk, tmp_path: Path) -> None:
    first, second, *_ = demo_rows("merchants")
    fee = {"return_fee": "25.00", "return_fee_notice": "terms of sale, section 7", "return_fee_from": "2026-11-01"}
    file = taken(desk, tmp_path, [first | fee, second | fee | {"return_fee_notice": ""}])
    assert (file.new, file.refused) == (1, 1)
    assert "comes with its notice" in file.problems[0].message
    with desk.view() as ctx:
        found = ctx.session.scalars(select(Merchant)).one()
        kept = (found.return_fee_minor, found.return_fee_notice, found.return_fee_from)
    assert kept == (2_500, "terms of sale, section 7", date(2026, 11, 1))


def test_a_look_alike_is_taken_and_told_and_the_same_day_is_wanted_where_the_sheet_says_so(
    busy_desk: Desk, tmp_path: Path
) -> None:
    row = demo_rows("orders")[0] | {"same_day": "yes"}
    file = taken(busy_desk, tmp_path, [row, row | {"external_id": "ANOTHER", "same_day": ""}])
    assert (file.new, file.refused) == (2, 0)
    (problem,) = file.problems
    assert (problem.line, problem.check) == (3, "import-duplicate")
    assert "looks like order" in problem.message
    with busy_desk.view() as ctx:
        found = ctx.session.execute(select(Order.external_id, Order.same_day, Order.suspected).order_by(Order.id)).all()
    assert [tuple(each) for each in found] == [(row["external_id"], True, False), ("ANOTHER", False, True)]


def test_the_months_of_the_demo_hold_no_look_alike(busy_desk: Desk, tmp_path: Path) -> None:
    report = import_files(busy_desk, [write_rows(tmp_path / "orders.csv", demo_rows("orders"))])
    assert report.exit_code == ExitCode.DONE
    with busy_desk.view() as ctx:
        assert ctx.session.scalars(select(Order.external_id).where(Order.suspected)).all() == []
