"""What each return leads to: who is presented again and when, what stops, and what is never taken for success."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.rules.calendar import add_banking_days, is_banking_day, next_banking_day
from ingather.rules.profile_parts import Retry, RetryDay
from ingather.rules.returns import (
    Block,
    Decision,
    NextStep,
    NoRetry,
    Rate,
    decide_return,
    is_late,
    retry_on,
    return_reason,
    return_reasons,
)

SETTLED = date(2026, 11, 23)
RETURNED = date(2026, 11, 24)


def decided(code: str, *, presentations: int = 1, returned_on: date = RETURNED, information: str = "") -> Decision:
    return decide_return(
        code,
        returned_on=returned_on,
        presentations=presentations,
        first_settled_on=SETTLED,
        policy=Retry(),
        information=information,
    )


def test_only_r01_and_r09_are_presented_again() -> None:
    today = date(2026, 11, 24)
    again = {row.code for row in return_reasons() if decided(row.code, returned_on=today).retry}
    assert again == {"R01", "R09"}


def test_a_debit_is_presented_three_times_at_most() -> None:
    assert decided("R01", presentations=1).retry
    assert decided("R09", presentations=2).retry
    last = decided("R01", presentations=3)
    assert (last.retry, last.no_retry) == (False, NoRetry.EXHAUSTED)


def test_nothing_is_presented_again_after_180_days() -> None:
    in_time = decided("R01", returned_on=date(2027, 5, 11))
    assert in_time.retry_on == date(2027, 5, 14)
    too_late = decided("R01", returned_on=date(2027, 5, 20))
    assert (too_late.retry_on, too_late.no_retry) == (None, NoRetry.WINDOW_OVER)


def test_a_debit_whose_first_settlement_is_unknown_is_not_presented_again() -> None:
    decision = decide_return("R01", returned_on=RETURNED, presentations=1, first_settled_on=None, policy=Retry())
    assert decision.no_retry is NoRetry.NEVER_SETTLED


@pytest.mark.parametrize(
    ("code", "blocks", "rate"),
    [
        ("R01", set(), Rate.OVERALL),
        ("R02", {Block.ACCOUNT}, Rate.ADMINISTRATIVE),
        ("R03", {Block.ACCOUNT}, Rate.ADMINISTRATIVE),
        ("R04", {Block.ACCOUNT}, Rate.ADMINISTRATIVE),
        ("R05", {Block.AUTHORIZATION}, Rate.UNAUTHORIZED),
        ("R07", {Block.AUTHORIZATION}, Rate.UNAUTHORIZED),
        ("R10", {Block.AUTHORIZATION}, Rate.UNAUTHORIZED),
        ("R08", {Block.AUTHORIZATION}, Rate.OVERALL),
        ("R11", set(), Rate.UNAUTHORIZED),
        ("R12", {Block.ACCOUNT}, Rate.OVERALL),
        ("R13", {Block.ACCOUNT}, Rate.OVERALL),
        ("R14", {Block.BUYER}, Rate.OVERALL),
        ("R15", {Block.ACCOUNT, Block.BUYER}, Rate.OVERALL),
        ("R16", {Block.ACCOUNT}, Rate.OVERALL),
        ("R20", {Block.ACCOUNT}, Rate.OVERALL),
        ("R21", {Block.ACCOUNT}, Rate.OVERALL),
        ("R29", {Block.AUTHORIZATION}, Rate.UNAUTHORIZED),
        ("R34", {Block.ACCOUNT}, Rate.OVERALL),
    ],
)
def test_a_return_stops_what_it_is_about_and_counts_in_its_rate(code: str, blocks: set[Block], rate: Rate) -> None:
    decision = decided(code)
    assert set(decision.blocks) == blocks
    assert decision.rate is rate
    assert decision.sentence.endswith(".")


def test_the_unauthorized_and_administrative_rates_hold_exactly_their_codes() -> None:
    by_rate = {rate: {row.code for row in return_reasons() if row.rate is rate} for rate in Rate}
    assert by_rate[Rate.UNAUTHORIZED] == {"R05", "R07", "R10", "R11", "R29", "R51"}
    assert by_rate[Rate.ADMINISTRATIVE] == {"R02", "R03", "R04"}


def test_r17_stops_account_and_buyer_only_when_the_bank_suspects_fraud() -> None:
    assert decided("R17").blocks == ()
    doubted = decided("R17", information="QUESTIONABLE")
    assert set(doubted.blocks) == {Block.ACCOUNT, Block.BUYER}
    assert "fraud" in doubted.sentence


def test_an_unknown_code_is_investigated_and_never_presented_again() -> None:
    decision = decided("R99")
    assert not decision.known
    assert (decision.retry, decision.next_step) == (False, NextStep.INVESTIGATE)


def test_codes_are_dated_rows() -> None:
    assert return_reason("R90", on=date(2028, 3, 16)) is None
    assert return_reason("R90", on=date(2028, 3, 17)) is not None
    before, after = (return_reason("R16", on=day) for day in (date(2028, 3, 16), date(2028, 3, 17)))
    assert before is not None
    assert after is not None
    assert before.title != after.title


def test_no_two_rows_of_a_code_are_in_force_on_one_day() -> None:
    rows = sorted(return_reasons(), key=lambda row: (row.row.key, row.effective_from))
    for first, second in pairwise(rows):
        if first.row.key == second.row.key:
            assert first.effective_to == second.effective_from - timedelta(days=1)


@pytest.mark.parametrize(
    ("returned_on", "again_on"),
    [
        (date(2026, 11, 24), date(2026, 11, 27)),
        (date(2026, 11, 25), date(2026, 12, 1)),
        (date(2026, 11, 30), date(2026, 12, 4)),
        (date(2026, 12, 11), date(2026, 12, 15)),
        (date(2026, 12, 22), date(2026, 12, 28)),
        (date(2027, 4, 29), date(2027, 5, 3)),
    ],
)
def test_a_retry_falls_on_the_next_friday_first_or_fifteenth(returned_on: date, again_on: date) -> None:
    assert retry_on(returned_on, policy=Retry()) == again_on


def test_a_bank_may_allow_fewer_days() -> None:
    policy = Retry(max=1, days=(RetryDay.FIRST, RetryDay.FIFTEENTH))
    assert retry_on(date(2026, 11, 24), policy=policy) == date(2026, 12, 1)
    last = decide_return("R01", returned_on=RETURNED, presentations=2, first_settled_on=SETTLED, policy=policy)
    assert last.no_retry is NoRetry.EXHAUSTED


@given(returned_on=st.dates(date(2024, 1, 1), date(2030, 11, 1)))
def test_a_retry_never_settles_the_next_morning_and_always_on_a_banking_day(returned_on: date) -> None:
    again_on = retry_on(returned_on, policy=Retry())
    assert is_banking_day(again_on)
    assert again_on > next_banking_day(returned_on)
    assert again_on >= add_banking_days(returned_on, 2)
    assert again_on <= returned_on + timedelta(days=14)


def test_late_is_told_from_dates_alone() -> None:
    assert not is_late(date(2026, 11, 27), date(2026, 11, 27))
    assert is_late(date(2026, 11, 30), date(2026, 11, 27))
