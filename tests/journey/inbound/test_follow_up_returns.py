"""Reversals, refunds and fees that come back, and debits that come back when they were reversed already."""

import csv
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ingather.actions.matching import BY_TRACE, Wanted, match_follow_ups
from ingather.actions.merchants import set_return_fee
from ingather.actions.reconciliation.feeds import close_and_release
from ingather.actions.returns import taking
from ingather.base.ids import Prefix, parse_public_id
from ingather.cli.statements import show_statement
from ingather.domain.settlements import LineKind
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import Delivering
from ingather.store.reading import cases
from ingather.store.tables import Batch, Entry, Merchant, Return, Settlement
from tests.journey.desk.follow_ups import approve, refund, reverse
from tests.journey.night.test_follow_ups import reversed_by_two, standing
from tests.journey.stage import MONDAY, Sale, Script, balances, broken, open_cases, play, returned, staged, states
from tests.unit.jobs.pages import line, statement

DAYS = banking_days(MONDAY, 14)
FATES = {
    ("B 000", 0): returned("R03"),
    ("B 001", 0): returned("R20"),
    ("B 002", 1): returned("R01"),
    ("B 003", 0): returned("R17", after=5),
    ("B 004", 1): returned("R10", after=5),
    ("B 005", 1): returned("R01"),
    ("B 005", 0): returned("R10", after=6),
}


def played(folder: Path, book: str, through: int) -> Stage:
    """Play a story in which a bit of everything comes back, each told of twice."""
    script = Script(fates=FATES, delivering=Delivering(repeats=True))
    stage = staged(folder, [Sale(amount=10_000 * (n + 1)) for n in range(6)], behaviour=script, book=book)
    with stage.desk.action() as ctx:
        merchant_id = ctx.session.execute(select(Merchant.id)).scalar_one()
        set_return_fee(ctx, merchant_id, minor=2_500, notice="terms, 5", since=date(2026, 9, 1))
    for number, day in enumerate(DAYS[:through]):
        if number == 3:
            reversed_by_two(stage, "b000")
            reversed_by_two(stage, "b004")
        if number == 5:
            reversed_by_two(stage, "b003")
        if number == 6:
            approve(stage, refund(stage, "b001", 5_000).follow_up_id)
        stage.play_day(day)
    return stage


def test_what_comes_back_is_applied_once_and_the_ledger_knows_whose_it_is(book_url: str, tmp_path: Path) -> None:
    stage = played(tmp_path, book_url, 9)
    assert states(stage) == {
        "b000": "settled", "b001": "collected", "b002": "collected", "b003": "collected", "b004": "reversed",
        "b005": "collected",
    }  # fmt: skip
    assert standing(stage) == [
        ("return_fee", "done", False),
        ("return_fee", "done", False),
        ("reversal", "returned", False),
        ("reversal", "done", False),
        ("reversal", "settled", True),
        ("refund", "returned", True),
    ]
    told = [kind for kind in open_cases(stage) if kind in {"double_credit", "unmatched_credit_return"}]
    assert told == ["double_credit", "unmatched_credit_return"]
    assert broken(stage) == []
    harbor = run_settle(stage.desk, as_of=DAYS[8], folder=tmp_path / "to").statements[0]
    sums = {key.removesuffix("_minor"): value for key, value in harbor.items() if key.endswith("_minor") and value}
    assert sums == {
        "collected": 150_000, "given_back": 45_000, "restored": 5_000, "fees": 5_000, "payable": 115_000,
    }  # fmt: skip
    with (tmp_path / "to" / f"{DAYS[8]}-harbor.csv").open(encoding="utf-8") as file:
        rows = {(row["external_id"], row["kind"]): (row["amount"], row["code"]) for row in csv.DictReader(file)}
    assert rows["b001", "given_back"] == ("50.00", "")
    assert rows["b001", "restored"] == ("50.00", "R20")
    assert rows["b002", "fee"] == ("25.00", "")
    # The reversal of what was collected comes back when it was done, and so does a fee.
    play(stage, *DAYS[9:12])
    assert (states(stage)["b003"], states(stage)["b005"]) == ("collected", "collected")
    harbor = run_settle(stage.desk, as_of=DAYS[11]).statements[0]
    assert (harbor["restored_minor"], harbor["clawed_back_minor"], harbor["payable_minor"]) == (40_000, 2_500, 37_500)
    assert broken(stage) == []
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Settlement).values(restored_minor=Settlement.restored_minor + 1))
    assert broken(stage) == ["statements_add_up"]


def test_an_order_whose_reversal_came_back_waits_for_a_person(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=10_000)], behaviour=Script(fates={("B 000", 0): returned("R03", after=5)}))
    play(stage, *DAYS[:3])
    reversed_by_two(stage, "b000")
    play(stage, *DAYS[3:9])
    assert states(stage) == {"b000": "reversed"}
    play(stage, *DAYS[9:11])
    assert states(stage) == {"b000": "settled"}
    assert balances(stage)["payable_pending"] == -10_000
    assert broken(stage) == []
    close_all(stage)
    assert states(stage) == {"b000": "collected"}
    assert broken(stage) == []


def close_all(stage: Stage) -> None:
    """Close every open case about a reversal, as a person at the desk."""
    with stage.desk.view() as ctx:
        ids = [row["id"] for row in cases.listed(ctx.session, state="open") if row["kind"] == "reversal"]
    for name in ids:
        with stage.desk.as_actor("user:maria").action() as ctx:
            close_and_release(ctx, parse_public_id(Prefix.CASE, name), outcome="the debit was right after all")


def test_a_double_credit_that_is_applied_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(fates={("B 000", 1): returned("R10", after=4)})
    stage = staged(tmp_path, [Sale(amount=10_000)], behaviour=script)
    play(stage, *DAYS[:3])
    approve(stage, reverse(stage, "b000").follow_up_id)
    monkeypatch.setattr(taking, "reversed_out", lambda *_: frozenset())
    play(stage, *DAYS[3:6])
    assert "reversals_are_of_one_debit_in_time" in broken(stage)


def test_a_credit_that_is_none_of_ours_waits_with_its_money(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=10_000)], behaviour=Script(fates={("B 000", 0): returned("R20")}))
    play(stage, *DAYS[:5])
    approve(stage, refund(stage, "b000", 5_000).follow_up_id)
    play(stage, *DAYS[5:7])
    assert [row["kind"] for row in _open(stage)] == ["refund"]
    _is_found_by_trace(stage)
    forget(stage)
    play(stage, DAYS[7])
    assert "unmatched_credit_return" in open_cases(stage)
    assert balances(stage)["return_suspense"] == -5_000
    with stage.desk.view() as ctx:
        row = ctx.session.scalars(select(Return)).one()
        assert (row.applied, row.order_id, row.amount_cents) == (False, None, 5_000)


def _is_found_by_trace(stage: Stage) -> None:
    """Find the refund without its reference: by trace, amount and company, and only by all of them."""
    with stage.desk.view() as ctx:
        trace, company = ctx.session.execute(
            select(Entry.trace, Batch.company_identification)
            .join(Batch, Batch.id == Entry.batch_id)
            .where(Entry.kind == "refund")
        ).one()
        matches = match_follow_ups(
            ctx,
            stage.desk.originator_id(),
            Wanted(
                reference=[""] * 4,
                trace=[trace, trace, trace, trace + 1],
                amount_cents=[5_000, 5_001, None, 5_000],
                company_identification=[company, company, "1845550199", company],
            ),
        )
    assert [match.rule if match else "" for match in matches] == [BY_TRACE, "", "", ""]


def _open(stage: Stage) -> list[dict[str, object]]:
    with stage.desk.view() as ctx:
        return cases.listed(ctx.session, state="open")


def forget(stage: Stage) -> None:
    """Have the refund's entry bear another trace, as if the bank spoke of another's credit."""
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Entry).where(Entry.kind == "refund").values(trace=Entry.trace + 500))


def test_a_statement_shows_the_new_sums_only_when_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    plain = statement(line(LineKind.COLLECTED, 900, 1), name="Harbor")
    show_statement(plain)
    assert "given back" not in capsys.readouterr().out
    show_statement(plain | {"given_back_minor": 400, "fees_minor": 25, "payable_minor": 525})
    shown = capsys.readouterr().out
    assert "given back" in shown
    assert "-4.00" in shown
    assert "return fees" in shown
    assert "restored" not in shown
