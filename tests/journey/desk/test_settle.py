"""Settling: a statement for each merchant that ties to the ledger, and claw-backs that are carried and netted."""

import csv
import json
from datetime import date, timedelta
from itertools import takewhile
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.domain.refusals import BrokenInvariant, WrongState
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import Fate
from ingather.store.tables import Posting
from tests.journey.stage import (
    MONDAY,
    TUESDAY,
    Sale,
    Script,
    balances,
    broken,
    fingerprint,
    play,
    record,
    staged,
    states,
)

FRIDAY_AFTER = date(2026, 11, 27)
LATE = Fate(return_code="R10", calendar_days=14)


def days_until(last: date) -> list[date]:
    """Return the banking days from Monday to a day."""
    return list(takewhile(lambda day: day <= last, banking_days(MONDAY, 60)))


@pytest.fixture
def paid(tmp_path: Path) -> Stage:
    """Return a stage with two collected orders, one of which will come back, and one that failed."""
    script = Script(fates={("B 001", 1): LATE, ("B 002", 1): Fate(return_code="R02")})
    sales = [Sale(amount=10_000), Sale(amount=25_000), Sale(amount=4_000), Sale(amount=700, merchant="summit")]
    stage = staged(tmp_path / "stage", sales, behaviour=script)
    play(stage, *days_until(FRIDAY_AFTER))
    assert states(stage) == {"b000": "collected", "b001": "collected", "b002": "failed", "b003": "collected"}
    return stage


def test_a_statement_says_what_was_collected_failed_and_is_payable(paid: Stage) -> None:
    report = run_settle(paid.desk, as_of=FRIDAY_AFTER)
    harbor, summit = report.statements
    assert (harbor["merchant"], harbor["collected_minor"], harbor["payable_minor"], harbor["closing_minor"]) == (
        "harbor", 35_000, 35_000, 0,
    )  # fmt: skip
    assert (summit["collected_minor"], summit["payable_minor"]) == (700, 700)
    lines = {line["external_id"]: (line["kind"], line["amount_minor"], line["code"]) for line in harbor["lines"]}
    assert lines == {
        "b000": ("collected", 10_000, None),
        "b001": ("collected", 25_000, None),
        "b002": ("failed", 4_000, "R02"),
    }
    (failed,) = [line for line in harbor["lines"] if line["kind"] == "failed"]
    assert failed["reason"] == "The buyer's account has been closed."
    assert balances(paid)["payable_settled"] == -35_700
    assert balances(paid)["payable_available"] == 0
    assert broken(paid) == []


def test_the_same_day_is_settled_once(paid: Stage) -> None:
    first = run_settle(paid.desk, as_of=FRIDAY_AFTER)
    book = fingerprint(paid)
    second = run_settle(paid.desk, as_of=FRIDAY_AFTER)
    assert (first.did, second.did, second.statements) == ("something", "nothing", [])
    assert fingerprint(paid) == book


def test_a_day_before_the_last_statement_is_refused(paid: Stage) -> None:
    run_settle(paid.desk, as_of=FRIDAY_AFTER)
    book = fingerprint(paid)
    with pytest.raises(WrongState, match="back in time"):
        run_settle(paid.desk, as_of=MONDAY)
    assert fingerprint(paid) == book


def test_a_later_day_names_no_order_twice(paid: Stage) -> None:
    run_settle(paid.desk, as_of=FRIDAY_AFTER)
    report = run_settle(paid.desk, as_of=FRIDAY_AFTER + timedelta(days=1))
    assert [statement["payable_minor"] for statement in report.statements] == [0, 0]
    assert [statement["lines"] for statement in report.statements] == [[], []]


def test_what_comes_back_after_it_was_paid_is_carried_and_then_netted(paid: Stage) -> None:
    run_settle(paid.desk, as_of=FRIDAY_AFTER)
    record(paid, [Sale(amount=40_000, due=date(2026, 12, 3))], first=10)
    play(paid, *(day for day in days_until(date(2026, 12, 2)) if day > FRIDAY_AFTER))
    assert states(paid)["b001"] == "failed"
    harbor = run_settle(paid.desk, as_of=date(2026, 12, 2)).statements[0]
    assert (harbor["opening_minor"], harbor["clawed_back_minor"], harbor["payable_minor"], harbor["closing_minor"]) == (
        0, 25_000, 0, -25_000,
    )  # fmt: skip
    (line,) = harbor["lines"]
    assert (line["external_id"], line["kind"], line["code"]) == ("b001", "clawed_back", "R10")
    assert line["reason"].endswith("It had been settled and is taken back.")
    assert balances(paid)["payable_available"] == 25_000
    play(paid, *(day for day in days_until(date(2026, 12, 9)) if day > date(2026, 12, 2)))
    harbor = run_settle(paid.desk, as_of=date(2026, 12, 9)).statements[0]
    assert (harbor["opening_minor"], harbor["collected_minor"], harbor["payable_minor"], harbor["closing_minor"]) == (
        -25_000, 40_000, 15_000, 0,
    )  # fmt: skip
    assert broken(paid) == []


def test_what_came_back_before_any_statement_is_told_as_collected_and_clawed_back(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=25_000)], behaviour=Script(fates={("B 000", 1): LATE}))
    play(stage, *days_until(date(2026, 12, 2)))
    (statement,) = run_settle(stage.desk, as_of=date(2026, 12, 2)).statements
    assert (statement["collected_minor"], statement["clawed_back_minor"], statement["payable_minor"]) == (
        25_000, 25_000, 0,
    )  # fmt: skip
    told = {name: minor for name, minor in balances(stage).items() if name not in {"bank", "opening_balance"}}
    assert set(told.values()) == {0}


def test_statements_are_written_as_csv_and_json(paid: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "statements"
    report = run_settle(paid.desk, as_of=FRIDAY_AFTER, folder=folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "2026-11-27-harbor.csv", "2026-11-27-harbor.json", "2026-11-27-summit.csv", "2026-11-27-summit.json",
    ]  # fmt: skip
    assert sorted(report.written) == sorted(str(path) for path in folder.iterdir())
    statement = json.loads((folder / "2026-11-27-harbor.json").read_text())
    assert statement == report.statements[0]
    with (folder / "2026-11-27-harbor.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["external_id"], row["kind"], row["amount"], row["code"]) for row in rows] == [
        ("b000", "collected", "100.00", ""), ("b001", "collected", "250.00", ""), ("b002", "failed", "40.00", "R02"),
    ]  # fmt: skip


def test_a_merchant_without_anything_to_tell_gets_no_statement(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    assert run_settle(stage.desk, as_of=TUESDAY).statements == []


def test_a_ledger_that_says_otherwise_stops_the_settling(paid: Stage) -> None:
    with paid.desk.action() as ctx:
        posting = ctx.session.scalars(
            select(Posting).where(Posting.kind == "collected", Posting.account == "payable_available"),
        ).first()
        assert posting is not None
        posting.amount_minor -= 1
    book = fingerprint(paid)
    with pytest.raises(BrokenInvariant, match="Nothing was settled"):
        run_settle(paid.desk, as_of=FRIDAY_AFTER)
    assert fingerprint(paid) == book
    assert "journals_sum_to_zero" in broken(paid)
