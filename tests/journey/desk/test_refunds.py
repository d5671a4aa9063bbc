"""Refunds: never more than was collected, by two persons while the debit can come back, and only where they arrive."""

import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from ingather.actions.blocking import block_accounts
from ingather.actions.follow_ups.deciding import withdraw_follow_up
from ingather.actions.follow_ups.ending import end_follow_ups
from ingather.actions.merchants import suspend_buyer
from ingather.actions.rules import take_policy
from ingather.domain.follow_ups import FollowUpState
from ingather.domain.refusals import LimitReached, MakerIsChecker, Refusal, WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.rules.tables import policy_text
from ingather.simulator.behaviour import Fate
from ingather.store.tables import Account, Buyer, Feed, Order
from tests.journey.desk.follow_ups import MARIA, OMAR, approve, listed, refund, reverse, row
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    broken,
    open_cases,
    order_key,
    play,
    staged,
    states,
)

WINDOW_ENDS = date(2027, 1, 19)
FIRST_NIGHT = date(2027, 1, 20)


def _collected(folder: Path, book: str | None = None) -> Stage:
    """Return a stage with a consumer's, a business's and a large order of a business, all collected."""
    sales = [Sale(amount=10_000), Sale(amount=700, holder="business"), Sale(amount=200_000, holder="business")]
    stage = staged(folder, sales, book=book)
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    assert set(states(stage).values()) == {"collected"}
    return stage


@pytest.fixture
def collected(tmp_path: Path, book_url: str) -> Stage:
    """Return the stage on each engine."""
    return _collected(tmp_path / "stage", book_url)


@pytest.fixture
def quick(tmp_path: Path) -> Stage:
    """Return the stage on one engine."""
    return _collected(tmp_path / "stage")


def refunded(stage: Stage, name: str) -> int:
    """Return what standing refunds give back of an order."""
    with stage.desk.view() as ctx:
        return ctx.session.get_one(Order, order_key(stage, name)).refunded_minor


def test_within_the_window_a_second_person_answers_and_after_it_none_up_to_the_amount(collected: Stage) -> None:
    consumer, business, large = (refund(collected, name, minor) for name, minor in (
        ("b000", 2_500), ("b001", 700), ("b002", 100_001),
    ))  # fmt: skip
    assert (consumer.state, consumer.window_ends, consumer.left_minor) == ("asked", WINDOW_ENDS, 7_500)
    assert (business.state, business.window_ends, business.left_minor) == ("wanted", THURSDAY, 0)
    assert (large.state, large.left_minor) == ("asked", 99_999)
    with pytest.raises(MakerIsChecker):
        approve(collected, consumer.follow_up_id, actor=MARIA)
    approve(collected, consumer.follow_up_id)
    found = row(collected, consumer.follow_up_id)
    assert (found.state, found.maker, found.checker, found.not_before) == ("wanted", MARIA, OMAR, None)
    assert open_cases(collected) == ["refund"] * 3
    assert broken(collected) == []


def test_a_refund_that_waits_for_the_windows_end_needs_one_person(quick: Stage) -> None:
    asked = refund(quick, "b000", 10_000, after_window=True)
    assert (asked.state, asked.not_before) == ("wanted", FIRST_NIGHT)
    (shown,) = listed(quick)
    assert (shown["not_before"], shown["last_day"], shown["duty"]) == (FIRST_NIGHT.isoformat(), None, None)


def test_parts_are_refunded_until_nothing_is_left_and_what_is_let_be_is_free_again(collected: Stage) -> None:
    first, second = refund(collected, "b000", 6_000), refund(collected, "b000", 4_000)
    assert refunded(collected, "b000") == 10_000
    with pytest.raises(LimitReached, match=r"0\.01 USD is more than the 0\.00 USD left"):
        refund(collected, "b000", 1)
    with collected.desk.action() as ctx:
        withdraw_follow_up(ctx, first.follow_up_id, reason="the goods were kept")
    assert refunded(collected, "b000") == 4_000
    with pytest.raises(WrongState, match="is withdrawn"), collected.desk.action() as ctx:
        withdraw_follow_up(ctx, first.follow_up_id, reason="again")
    assert refunded(collected, "b000") == 4_000
    approve(collected, second.follow_up_id)
    assert broken(collected) == []
    with collected.desk.action() as ctx:
        for _ in range(2):
            end_follow_ups(
                ctx, collected.desk.originator_id(), [second.follow_up_id], state=FollowUpState.RETURNED,
                because="returned", outcome="it came back",
            )  # fmt: skip
    assert refunded(collected, "b000") == 0
    assert open_cases(collected) == []


def test_more_than_was_collected_and_less_than_a_cent_are_refused(quick: Stage) -> None:
    for minor in (10_001, 10_000_000):
        with pytest.raises(LimitReached):
            refund(quick, "b000", minor)
    for minor in (0, -1):
        with pytest.raises(WrongState, match="more than zero"):
            refund(quick, "b000", minor)
    assert (refunded(quick, "b000"), listed(quick)) == (0, [])


def test_two_persons_at_once_never_refund_more_than_was_collected(collected: Stage) -> None:
    starting = threading.Barrier(4)
    ended: list[str] = []

    def ask() -> None:
        starting.wait()
        try:
            refund(collected, "b000", 4_000)
            ended.append("asked")
        except Refusal as refusal:
            ended.append(type(refusal).__name__)

    together = [threading.Thread(target=ask) for _ in range(4)]
    for each in together:
        each.start()
    for each in together:
        each.join()
    assert sorted(ended) == ["LimitReached", "LimitReached", "asked", "asked"]
    assert refunded(collected, "b000") == 8_000
    assert len(listed(collected)) == 2


def test_what_is_not_collected_is_not_refunded(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    with pytest.raises(WrongState, match="only what is collected is refunded"):
        refund(stage, "b000", 1)
    play(stage, MONDAY, TUESDAY)
    with pytest.raises(WrongState, match="Wait until it is collected"):
        refund(stage, "b000", 1)


def test_a_reversal_or_a_case_about_the_order_comes_first(quick: Stage) -> None:
    asked = reverse(quick, "b000")
    with pytest.raises(WrongState, match="case case_"):
        refund(quick, "b000", 1)
    with quick.desk.action() as ctx:
        withdraw_follow_up(ctx, asked.follow_up_id, reason="no error")
    assert refund(quick, "b000", 1).state == "asked"


def test_an_account_or_buyer_that_takes_no_credit_is_refused_with_the_way_out(quick: Stage) -> None:
    with quick.desk.action() as ctx:
        by_name = {row.external_id: row.id for row in ctx.session.query(Account.external_id, Account.id)}
        buyers = {row.external_id: row.id for row in ctx.session.query(Buyer.external_id, Buyer.id)}
        block_accounts(ctx, quick.desk.originator_id(), [by_name["b000"]], because=["closed"])
        suspend_buyer(ctx, buyers["b001"], reason="asked by compliance")
        ctx.session.execute(
            update(Account).where(Account.external_id == "b002").values(change_due_on=FRIDAY - timedelta(days=1))
        )
    with pytest.raises(WrongState, match="Pay the buyer otherwise"):
        refund(quick, "b000", 1)
    with pytest.raises(WrongState, match="Let compliance decide"):
        refund(quick, "b001", 1)
    with pytest.raises(WrongState, match="notification of change that is not applied"):
        refund(quick, "b002", 1)
    assert listed(quick) == []


def test_an_account_blocked_meanwhile_is_not_approved(quick: Stage) -> None:
    asked = refund(quick, "b000", 1)
    with quick.desk.action() as ctx:
        (account_id,) = ctx.session.query(Account.id).where(Account.external_id == "b000").one()
        block_accounts(ctx, quick.desk.originator_id(), [account_id], because=["closed"])
    with pytest.raises(WrongState, match="cannot go out any more"):
        approve(quick, asked.follow_up_id)


def test_until_the_reports_of_the_windows_last_day_are_in_two_persons_answer(quick: Stage) -> None:
    with quick.desk.action() as ctx:
        ctx.session.execute(update(Feed).values(watermark_on=WEDNESDAY))
    assert refund(quick, "b001", 1).state == "asked"


def test_the_policy_says_from_which_amount_two_persons_answer(quick: Stage) -> None:
    stricter = policy_text("rehearsal").replace("version = 1", "version = 2") + "\n[refunds]\ndual_over_cents = 0\n"
    with quick.desk.action() as ctx:
        take_policy(ctx, quick.desk.originator_id(), stricter)
    assert refund(quick, "b001", 1).state == "asked"


def test_the_debit_that_comes_back_withdraws_its_refund(tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): Fate(return_code="R10", banking_days=4)})
    stage = staged(tmp_path, [Sale(amount=10_000)], behaviour=script)
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    asked = refund(stage, "b000", 5_000)
    play(stage, NEXT_MONDAY)
    assert states(stage) == {"b000": "failed"}
    assert (row(stage, asked.follow_up_id).state, refunded(stage, "b000")) == ("withdrawn", 0)
    assert broken(stage) == []
