"""The scenarios of what follows a debit and of what keeps one from being made: each ends as its name promises."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from ingather.domain.refusals import ExitCode
from ingather.jobs.rebuild import rebuild_all
from ingather.jobs.rehearsal.scenarios import START, Played
from ingather.store.tables import (
    AccountChange,
    AccountCheck,
    Authorization,
    Batch,
    Correction,
    Dispute,
    Entry,
    Fact,
    File,
    FollowUp,
    Notice,
    OdfiRequest,
    Order,
    Return,
)
from tests.journey.test_scenarios import PAID, cases_of, outcomes, play

ORDERS = 24
NEXT_DAY = date(2026, 11, 17)
DAYS_OF_NOTICE = 10


def rows(played: Played, *columns: Any, where: Sequence[Any] = ()) -> list[Any]:  # noqa: ANN401 -- columns of any table
    """Return rows of the book, in the order of the first column."""
    with played.stage.desk.view() as ctx:
        return list(ctx.session.execute(select(*columns).where(*where).order_by(columns[0])))


def balance(played: Played, account: str) -> int:
    """Return what an account of the ledger holds."""
    return int(played.outcome["ledger"]["balances"].get(account, 0))


def _accounts_were_proven(played: Played) -> None:
    assert outcomes(played) == {PAID: ORDERS}
    assert {row[0] for row in rows(played, AccountCheck.state)} == {"passed"}


def _what_came_back_is_not_debited(played: Played) -> None:
    checks = dict(rows(played, AccountCheck.account_id, AccountCheck.state))
    failed = {account for account, state in checks.items() if state == "failed"}
    assert failed
    debited = rows(
        played, Authorization.account_id, where=[Authorization.id == Order.authorization_id, Order.presentations > 0]
    )
    assert failed.isdisjoint(row[0] for row in debited)
    assert ("validation_failed", "open") in cases_of(played)


def _amounts_were_told(played: Played) -> None:
    checks = rows(played, AccountCheck.method, AccountCheck.state)
    assert ("micro_entries", "passed") in {tuple(row) for row in checks}
    assert balance(played, "validation_costs") > 0


def _each_change_was_decided(played: Played) -> None:
    assert outcomes(played) == {PAID: ORDERS}
    found = {tuple(row) for row in rows(played, Correction.code, Correction.state)}
    assert len({code for code, _ in found}) > 5
    assert ("C01", "applied") in found
    assert rows(played, AccountChange.id)


def _corrected_once_and_collected(played: Played) -> None:
    corrected = rows(played, Entry.order_id, where=[Entry.kind == "corrected"])
    assert corrected
    assert len(corrected) == len({row[0] for row in corrected})
    assert {state for state, *_ in outcomes(played)} == {"collected"}


def _the_second_return_was_undone(played: Played) -> None:
    disputes = rows(played, Dispute.code, Dispute.state)
    assert {tuple(row) for row in disputes} == {("R67", "undone")}
    assert balance(played, "return_suspense") == 0
    assert {state for state, *_ in outcomes(played)} == {"collected"}


def _won_and_paid(played: Played) -> None:
    assert outcomes(played) == {PAID: ORDERS}
    disputes = rows(played, Dispute.state, Dispute.order_id)
    assert {row.state for row in disputes} == {"undone"}
    asked = rows(played, OdfiRequest.state, OdfiRequest.document, where=[OdfiRequest.kind == "dishonour"])
    assert {row.state for row in asked} == {"answered"}
    assert all(row.document for row in asked)
    moved = balance(played, "bank") + balance(played, "opening_balance") + balance(played, "bank_clearing")
    assert balance(played, "payable_settled") == -moved


def _contested_and_standing(played: Played) -> None:
    states = {row[0] for row in rows(played, Dispute.state)}
    assert "stands" in states
    lost = rows(played, Dispute.order_id, where=[Dispute.state == "stands"])
    back = rows(played, Order.id, Order.state, where=[Order.id.in_([row[0] for row in lost])])
    assert {row.state for row in back} <= {"returned", "failed"}
    assert balance(played, "return_suspense") == 0


def _never_a_second_presentation(played: Played) -> None:
    disputed = rows(played, Dispute.order_id, Dispute.code)
    assert {row.code for row in disputed} == {"R68"}
    orders = rows(played, Order.id, Order.presentations, where=[Order.id.in_([row[0] for row in disputed])])
    assert {row.presentations for row in orders} == {1}
    assert not rows(played, Entry.id, where=[Entry.kind == "retry", Entry.order_id.in_([row[0] for row in disputed])])


def _taken_back_in_full(played: Played) -> None:
    done = rows(played, FollowUp.order_id, FollowUp.kind, FollowUp.state, FollowUp.maker, FollowUp.checker)
    assert {(row.kind, row.state) for row in done} == {("reversal", "done")}
    assert all(row.maker != row.checker for row in done)
    assert outcomes(played)["reversed", 1, None, False] == len(done)
    amounts = rows(played, Entry.order_id, Entry.amount_cents, Entry.kind)
    by_order: dict[int, set[int]] = {}
    for row in amounts:
        by_order.setdefault(row.order_id, set()).add(row.amount_cents)
    assert all(len(cents) == 1 for cents in by_order.values())
    assert balance(played, "credits_out") == 0


def _the_buyer_has_it_twice_and_a_case_says_so(played: Played) -> None:
    assert ("double_credit", "open") in cases_of(played)
    doubled = rows(played, Return.order_id, Return.applied, where=[Return.order_id.in_(
        select(FollowUp.order_id).where(FollowUp.kind == "reversal"))])  # fmt: skip
    assert doubled
    assert not any(row.applied for row in doubled)
    with played.stage.desk.view() as ctx:
        cents = ctx.session.scalar(select(func.sum(Return.amount_cents)).where(Return.applied.is_(False)))
    assert balance(played, "return_suspense") == cents


def _refunded_when_nothing_can_come_back(played: Played) -> None:
    refunds = rows(played, FollowUp.order_id, FollowUp.state, FollowUp.not_before, FollowUp.amount_cents)
    assert {row.state for row in refunds} == {"done"}
    sent = dict(
        rows(
            played,
            FollowUp.order_id,
            File.night_on,
            where=[FollowUp.entry_id == Entry.id, Entry.file_id == File.id],
        )
    )
    assert all(row.not_before is None or sent[row.order_id] >= row.not_before for row in refunds)
    refunded = dict(rows(played, Order.id, Order.refunded_minor))
    assert all(refunded[row.order_id] == row.amount_cents for row in refunds)
    assert cases_of(played) == {("refund", "closed")}


def _voided_and_sealed_again(played: Played) -> None:
    assert outcomes(played) == {PAID: ORDERS}
    states = rows(played, File.state)
    assert [row[0] for row in states].count("voided") == 1
    assert played.outcome["bank"]["debited"]["entries"] == ORDERS


def _not_sent(played: Played) -> None:
    revoked = rows(played, Fact.subject_id, where=[Fact.kind == "revoked"])
    (order,) = rows(played, Order.id, Order.state, where=[Order.authorization_id == revoked[0][0]])
    assert order.state == "open"
    ends = rows(played, Entry.id, Entry.ended, where=[Entry.order_id == order.id])
    assert {row.ended for row in ends} == {"voided"}
    assert played.outcome["bank"]["debited"]["entries"] == ORDERS - 1


def _settled_on_the_day_it_was_sent(played: Played) -> None:
    assert outcomes(played) == {PAID: ORDERS}
    dates = rows(played, File.night_on, File.effective_on)
    assert any(row.night_on == row.effective_on for row in dates)


def _too_large_goes_the_standard_way(played: Played) -> None:
    assert outcomes(played) == {PAID: ORDERS}
    over = rows(
        played,
        File.night_on,
        Batch.effective_on,
        Entry.amount_cents,
        where=[Entry.batch_id == Batch.id, Entry.file_id == File.id],
    )
    large = [row for row in over if row.amount_cents > 100_000_000]
    small = [row for row in over if row.amount_cents <= 100_000_000]
    assert large
    assert all(row.effective_on > row.night_on for row in large)
    assert any(row.effective_on == row.night_on for row in small)


def _told_ten_days_before(played: Played) -> None:
    assert {state for state, *_ in outcomes(played)} == {"collected"}
    noticed = rows(
        played,
        Notice.order_id,
        Notice.sent_on,
        Batch.effective_on,
        where=[Entry.order_id == Notice.order_id, Entry.batch_id == Batch.id],
    )
    assert noticed
    assert all(row.effective_on >= row.sent_on + timedelta(days=DAYS_OF_NOTICE) for row in noticed)


def _stopped_and_went_on(played: Played) -> None:
    assert {state for state, *_ in outcomes(played)} == {"collected"}
    assert int(ExitCode.LIMIT) in played.outcome["exit_codes"]
    assert played.outcome["exit_codes"][-1] == ExitCode.DONE


EXPECTED: dict[str, Callable[[Played], None]] = {
    "prenote_ok": _accounts_were_proven,
    "prenote_returned": _what_came_back_is_not_debited,
    "micro_entries": _amounts_were_told,
    "noc_each": _each_change_was_decided,
    "r11_corrected": _corrected_once_and_collected,
    "duplicate_return": _the_second_return_was_undone,
    "dishonour_won": _won_and_paid,
    "dishonour_contested": _contested_and_standing,
    "late_r01_dishonoured_no_retry": _never_a_second_presentation,
    "reversal_duplicate": _taken_back_in_full,
    "reversal_double_credit": _the_buyer_has_it_twice_and_a_case_says_so,
    "refund_after_window": _refunded_when_nothing_can_come_back,
    "stale_file": _voided_and_sealed_again,
    "revoked_after_seal": _not_sent,
    "same_day": _settled_on_the_day_it_was_sent,
    "same_day_over_limit": _too_large_goes_the_standard_way,
    "notice_period": _told_ten_days_before,
    "limit_hit": _stopped_and_went_on,
    "exposure_hit": _stopped_and_went_on,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_scenario_ends_as_its_name_promises_with_every_invariant_true(tmp_path: Path, name: str) -> None:
    played = play(tmp_path / "book", name, 1, ORDERS)
    assert [invariant for invariant, holds in played.outcome["invariants"].items() if not holds] == []
    assert played.outcome["ledger"]["sum_minor"] == 0
    assert played.days[0].day == START
    assert [each.file for each in rebuild_all(played.stage.desk) if not each.same] == []
    EXPECTED[name](played)
