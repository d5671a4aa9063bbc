"""The same week on SQLite and on a real PostgreSQL: nights, answers, retries, statements, every invariant."""

from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ingather.actions.files.approval import approve_file
from ingather.actions.orders import hold_order
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import BookRestored, ExitCode, InboundRunning, NightRunning
from ingather.jobs.inbound import run_inbound
from ingather.jobs.rehearsal.stage import banking_days
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import Fate
from ingather.store.locks import inbound_lock, night_lock
from tests.journey.stage import (
    MONDAY,
    TUESDAY,
    Sale,
    Script,
    all_files,
    at_the_bank,
    balances,
    broken,
    changed_terms,
    night,
    open_cases,
    order,
    order_key,
    play,
    staged,
    states,
)

FATES = {
    ("B 000", 1): Fate(return_code="R01"),
    ("B 001", 1): Fate(return_code="R02"),
    ("B 002", 1): Fate(change_code="C01"),
    ("B 003", 1): Fate(return_code="R10", calendar_days=9),
}


def test_a_fortnight_ends_alike_on_either_engine(book_url: str, tmp_path: Path) -> None:
    sales = [Sale(amount=100 * (1 + number), merchant=("harbor", "summit")[number % 2]) for number in range(5)]
    stage = staged(tmp_path, [*sales, Sale(merchant="unlisted")], behaviour=Script(fates=FATES), book=book_url)
    play(stage, *banking_days(MONDAY, 9))
    assert states(stage) == {
        "b000": "collected", "b001": "failed", "b002": "collected", "b003": "failed", "b004": "collected",
        "b005": "open",
    }  # fmt: skip
    assert order(stage, "b000")["presentations"] == 2
    assert order(stage, "b003")["late"] is True
    assert open_cases(stage) == ["merchant_unpaid"] * 2
    report = run_settle(stage.desk, as_of=date(2026, 11, 27))
    assert {row["merchant"]: row["payable_minor"] for row in report.statements} == {"harbor": 900, "summit": 0}
    assert balances(stage)["payable_settled"] == -900
    play(stage, date(2026, 11, 30))
    assert open_cases(stage) == []
    assert broken(stage) == []


def test_a_claim_that_is_lost_is_rebuilt_on_either_engine(book_url: str, tmp_path: Path) -> None:
    def meddle(step: str, **_: object) -> None:
        if step == "page" and not seen:
            seen.append(step)
            with stage.desk.as_actor("user:maria").action() as ctx:
                hold_order(ctx, order_key(stage, "b000"), reason="wait")

    seen: list[str] = []
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200)], book=book_url, tell=meddle)
    assert night(stage, MONDAY).sealed_cents == 200
    assert states(stage) == {"b000": "open", "b001": "submitted"}
    assert broken(stage) == []


def test_what_changed_since_the_seal_is_voided_on_either_engine(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()], book=book_url, profile=changed_terms(auto_approve_under_cents=0))
    assert night(stage, MONDAY).exit_code == ExitCode.NEEDS_APPROVAL
    with stage.desk.action() as ctx:
        hold_order(ctx, order_key(stage, "b001"), reason="wait")
    with stage.desk.as_actor("user:maria").action() as ctx:
        approve_file(ctx, parse_public_id(Prefix.FILE, all_files(stage)[0]["id"]))
    night(stage, MONDAY, time(19, 0))
    assert [(file["state"], file["entries"]) for file in all_files(stage)] == [("voided", 2), ("sealed", 1)]
    assert at_the_bank(stage) == {}
    assert broken(stage) == []


def test_a_dry_run_keeps_nothing_on_either_engine(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale(merchant="unlisted")], book=book_url)
    assert night(stage, MONDAY, dry_run=True).sealed_orders == 1
    assert all_files(stage) == []
    assert order(stage, "b001")["reason"] is None
    assert states(stage) == {"b000": "open", "b001": "open"}


def test_one_night_and_one_inbound_run_at_a_time_on_either_engine(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    with night_lock(stage.desk.engine), pytest.raises(NightRunning):
        night(stage, MONDAY)
    with inbound_lock(stage.desk.engine), pytest.raises(InboundRunning):
        run_inbound(stage.desk)
    with inbound_lock(stage.desk.engine):
        assert night(stage, MONDAY).sealed_orders == 1
    with night_lock(stage.desk.engine):
        assert run_inbound(stage.desk).did == "nothing"


@pytest.mark.parametrize("table", ["facts", "audit"])
def test_what_is_append_only_stays_so_on_either_engine(book_url: str, tmp_path: Path, table: str) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    night(stage, MONDAY)
    for statement in (f"UPDATE {table} SET actor = 'user:nobody'", f"DELETE FROM {table}"):  # noqa: S608 -- our own names
        with pytest.raises(DBAPIError, match="append-only"), stage.desk.action() as ctx:
            ctx.session.execute(text(statement))
    assert broken(stage) == []


def test_a_book_of_another_instance_is_restored_on_either_engine(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    with stage.desk.action() as ctx:
        ctx.session.execute(text("UPDATE book SET instance = 'another'"))
    with pytest.raises(BookRestored):
        night(stage, TUESDAY)
    assert states(stage) == {"b000": "open"}
