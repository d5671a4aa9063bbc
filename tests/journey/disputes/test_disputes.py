"""Disputes on a real book: won, contested, corrected, too late, and never a second debit meanwhile."""

from pathlib import Path

import pytest

from ingather.actions.order_decisions import correct_order
from ingather.actions.returns.disputing import let_be
from ingather.actions.returns.retrying import plan_retry
from ingather.actions.returns.writing_off import write_off
from ingather.domain.refusals import ExitCode, WrongState
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import PAID
from tests.journey.answers import retold
from tests.journey.disputes.stage import (
    AMOUNT,
    DAYS,
    cases_about,
    chain,
    dispute,
    evening,
    key_of,
    late,
    the_return,
)
from tests.journey.stage import at, balances, broken, deliver, order, order_key, returned, states


def test_a_late_return_is_dishonored_undone_and_collected(book_url: str, tmp_path: Path) -> None:
    stage = late(tmp_path, book=book_url)
    assert states(stage) == {"b000": "returned"}
    assert cases_about(stage) == ["late_return"]
    back = the_return(stage)
    assert [(each["code"], each["ask_by"], each["dishonour_by"]) for each in back["can_dishonour"]] == [
        ("R68", str(DAYS[8]), str(DAYS[10])),
    ]  # fmt: skip
    told = chain(stage)
    dispute(stage, "R68")
    assert cases_about(stage) == ["dishonour"]
    assert order(stage, "b000")["reason"] == "disputed"
    evening(stage, DAYS[6], told.dishonoured("R68", DAYS[6]))
    assert the_return(stage)["dispute"]["contest_by"] == str(DAYS[8])
    assert balances(stage)["return_suspense"] == -AMOUNT
    evening(stage, DAYS[7])
    assert states(stage) == {"b000": "returned"}
    evening(stage, DAYS[8])
    assert states(stage) == {"b000": "collected"}
    assert cases_about(stage) == []
    left = {account: amount for account, amount in balances(stage).items() if amount}
    assert left == {"bank_clearing": AMOUNT, "payable_available": -AMOUNT}
    back = the_return(stage)
    assert (back["applied"], back["undone_on"], back["dispute"]["state"]) == (False, str(DAYS[8]), "undone")
    (paid,) = run_settle(stage.desk, as_of=DAYS[8]).statements
    assert (paid["collected_minor"], paid["payable_minor"], paid["closing_minor"]) == (AMOUNT, AMOUNT, 0)
    assert broken(stage) == []


def test_what_was_clawed_back_is_restored_to_the_merchant(tmp_path: Path) -> None:
    stage = late(tmp_path, fate=returned("R01", after=5), days=7)
    (taken,) = run_settle(stage.desk, as_of=DAYS[6]).statements
    assert (taken["collected_minor"], taken["clawed_back_minor"], taken["payable_minor"]) == (AMOUNT, AMOUNT, 0)
    dispute(stage, "R68")
    evening(stage, DAYS[7], chain(stage).dishonoured("R68", DAYS[7]))
    evening(stage, DAYS[8])
    evening(stage, DAYS[9])
    assert states(stage) == {"b000": "collected"}
    (given,) = run_settle(stage.desk, as_of=DAYS[9]).statements
    assert (given["restored_minor"], given["payable_minor"], given["closing_minor"]) == (AMOUNT, AMOUNT, 0)
    assert broken(stage) == []


def test_what_comes_back_once_more_after_a_dishonour_was_won_is_never_debited_again(tmp_path: Path) -> None:
    stage = late(tmp_path)
    told = chain(stage)
    dispute(stage, "R68")
    evening(stage, DAYS[6], told.dishonoured("R68", DAYS[6]))
    evening(stage, DAYS[7])
    evening(stage, DAYS[8])
    assert states(stage) == {"b000": "collected"}
    evening(stage, DAYS[9], told.returned("R01", DAYS[9], back=1))
    assert (states(stage), order(stage, "b000")["collect_on"]) == ({"b000": "failed"}, None)
    for day in DAYS[10:14]:
        evening(stage, day)
    assert order(stage, "b000")["presentations"] == 1
    assert broken(stage) == []


def test_a_contest_lets_the_return_stand_and_a_person_presents_the_debit_again(book_url: str, tmp_path: Path) -> None:
    stage = late(tmp_path, book=book_url)
    told = chain(stage)
    dispute(stage, "R68")
    evening(stage, DAYS[6], told.dishonoured("R68", DAYS[6]))
    with pytest.raises(WrongState, match="is open"), stage.desk.action() as ctx:
        plan_retry(ctx, key_of(stage), reason="now")
    evening(stage, DAYS[7], told.contested("R73", DAYS[6]))
    evening(stage, DAYS[8])
    assert states(stage) == {"b000": "returned"}
    assert (the_return(stage)["dispute"]["state"], cases_about(stage)) == ("stands", ["contested_dishonour"])
    assert balances(stage)["return_suspense"] == balances(stage)["bank_clearing"] == 0
    with stage.desk.action() as ctx:
        day = plan_retry(ctx, key_of(stage), reason="the buyer asks for it")
    assert (cases_about(stage), order(stage, "b000")["collect_on"]) == ([], str(day))
    with pytest.raises(WrongState, match="is in dispute since"):
        dispute(stage, "R68")
    assert broken(stage) == []


@pytest.mark.parametrize("order_of", [(2, 1, 0), (1, 0, 2, 1, 0, 2)], ids=str)
def test_reports_in_any_order_and_twice_end_alike(tmp_path: Path, order_of: tuple[int, ...]) -> None:
    stage = late(tmp_path, days=5)
    told = chain(stage)
    held = [
        evening(stage, DAYS[5], hold_back=True),
        evening(stage, DAYS[6], told.dishonoured("R68", DAYS[6]), hold_back=True),
        evening(stage, DAYS[7], told.contested("R73", DAYS[6]), hold_back=True),
    ]
    for index in order_of:
        deliver(stage, *held[index])
    evening(stage, DAYS[8])
    back = the_return(stage)
    assert (states(stage), back["dispute"]["state"], back["dispute"]["contest_code"], back["dispute"]["code"]) == (
        {"b000": "returned"}, "stands", "R73", "R68",
    )  # fmt: skip
    assert [case["state"] for case in back["cases"] if case["kind"] == "dishonour"] == ["closed"]
    assert "contested_dishonour" in cases_about(stage)
    assert balances(stage)["return_suspense"] == balances(stage)["bank_clearing"] == 0
    assert broken(stage) == []


def test_a_dishonour_by_the_odfi_itself_is_followed_like_a_chosen_one(tmp_path: Path) -> None:
    stage = late(tmp_path, fate=returned("R01", after=2), days=4)
    assert order(stage, "b000")["collect_on"] is not None
    told = chain(stage, settled=DAYS[3])
    evening(stage, DAYS[4], told.dishonoured("R69", DAYS[4]))
    assert (order(stage, "b000")["collect_on"], cases_about(stage)) == (None, ["dishonour"])
    evening(stage, DAYS[5])
    evening(stage, DAYS[6])
    assert states(stage) == {"b000": "collected"}
    assert the_return(stage)["dispute"]["actor"] == "system:bank"
    # The entry may come back again, and its facts are told apart.
    evening(stage, DAYS[7], told.returned("R02", DAYS[7], back=5))
    assert states(stage) == {"b000": "failed"}
    assert balances(stage)["bank_clearing"] == balances(stage)["payable_available"] == 0
    assert broken(stage) == []


def test_a_corrected_return_replaces_the_one_that_was_dishonored(book_url: str, tmp_path: Path) -> None:
    stage = late(tmp_path, fate=returned("R01", after=2), days=4, book=book_url)
    told = chain(stage, settled=DAYS[3])
    evening(stage, DAYS[4], told.dishonoured("R69", DAYS[4]))
    evening(stage, DAYS[5], told.corrected("R74", DAYS[4], reason="R02"))
    old, new = the_return(stage), the_return(stage, "R02")
    assert (old["replaced_by"], old["applied"], old["dispute"]["state"]) == (new["id"], False, "replaced")
    assert (new["applied"], new["timeliness"], states(stage)) == (True, "in_time", {"b000": "failed"})
    assert balances(stage)["return_suspense"] == balances(stage)["bank_clearing"] == 0
    evening(stage, DAYS[6])
    assert states(stage) == {"b000": "failed"}
    with pytest.raises(WrongState, match="nothing follows it in the network"):
        dispute(stage, "R68", of="R02")
    assert broken(stage) == []


def test_wrong_data_is_claimed_field_by_field_and_its_correction_moves_the_order(tmp_path: Path) -> None:
    stage = late(tmp_path, fate=PAID, days=2)
    told = chain(stage, settled=DAYS[2])
    evening(stage, DAYS[2], told.returned("R01", DAYS[2], amount=AMOUNT + 1))
    back = the_return(stage)
    assert (back["applied"], back["differs"], cases_about(stage)) == (False, "03", ["wrong_data_return"])
    assert [(each["code"], each["fields"]) for each in back["can_dishonour"]] == [("R69", "03")]
    dispute(stage, "R69")
    evening(stage, DAYS[3], told.dishonoured("R69", DAYS[3], amount=AMOUNT + 1))
    assert balances(stage)["return_suspense"] == 0
    evening(stage, DAYS[4], told.corrected("R74", DAYS[3], amount=AMOUNT))
    assert (states(stage), the_return(stage, applied=True)["amount_minor"]) == ({"b000": "returned"}, AMOUNT)
    assert balances(stage)["return_suspense"] == balances(stage)["bank_clearing"] == 0
    assert broken(stage) == []


def test_an_order_whose_return_has_wrong_data_is_not_released_before_that_is_settled(tmp_path: Path) -> None:
    stage = late(tmp_path, fate=PAID, days=2)
    told = chain(stage, settled=DAYS[2])
    evening(stage, DAYS[2], told.returned("R01", DAYS[2], amount=AMOUNT + 1))
    dispute(stage, "R69")
    evening(stage, DAYS[3], told.dishonoured("R69", DAYS[3], amount=AMOUNT + 1))
    evening(stage, DAYS[4])
    assert states(stage) == {"b000": "settled"}
    evening(stage, DAYS[5])
    assert (states(stage), cases_about(stage)) == ({"b000": "collected"}, [])
    assert balances(stage)["return_suspense"] == 0
    assert broken(stage) == []


def test_a_second_return_is_dishonored_as_a_duplicate_and_its_money_comes_back(book_url: str, tmp_path: Path) -> None:
    stage = late(tmp_path, fate=returned("R02"), days=4, book=book_url)
    told = chain(stage, settled=DAYS[4])
    evening(stage, DAYS[4], told.returned("R02", DAYS[4], back=5))
    assert cases_about(stage) == ["duplicate_return"]
    dispute(stage, "R67", of="R02", applied=False)
    assert balances(stage)["return_suspense"] == AMOUNT
    evening(stage, DAYS[5], told.dishonoured("R67", DAYS[5], back=5))
    evening(stage, DAYS[6])
    assert cases_about(stage) == ["dishonour"]
    evening(stage, DAYS[7])
    assert (states(stage), cases_about(stage), balances(stage)["return_suspense"]) == ({"b000": "failed"}, [], 0)
    assert the_return(stage, "R02", applied=False)["dispute"]["state"] == "undone"
    assert broken(stage) == []


def test_a_duplicate_that_stands_leaves_its_money_in_suspense_with_a_case(tmp_path: Path) -> None:
    stage = late(tmp_path, fate=returned("R02"), days=4)
    told = chain(stage, settled=DAYS[4])
    evening(stage, DAYS[4], told.returned("R02", DAYS[4], back=5))
    dispute(stage, "R67", of="R02", applied=False)
    evening(stage, DAYS[5], told.dishonoured("R67", DAYS[5], back=5), told.contested("R75", DAYS[5], back=5))
    assert (cases_about(stage), balances(stage)["return_suspense"]) == (["contested_dishonour"], AMOUNT)
    key = key_of(stage, "R02", applied=False)
    with stage.desk.action() as ctx:
        assert write_off(ctx, key, reason="the banks agreed") == AMOUNT
    assert (cases_about(stage), balances(stage)["return_suspense"], balances(stage)["losses"]) == ([], 0, AMOUNT)
    with pytest.raises(WrongState, match="was written off before"), stage.desk.action() as ctx:
        write_off(ctx, key, reason="again")
    with pytest.raises(WrongState, match="has no money in suspense"), stage.desk.action() as ctx:
        write_off(ctx, key_of(stage, "R02", applied=True), reason="no")
    assert broken(stage) == []


def test_a_misrouted_return_is_known_by_its_trace(tmp_path: Path) -> None:
    stage = late(tmp_path, fate=PAID, days=2)
    told = chain(stage)
    evening(stage, DAYS[2], told.returned("R01", DAYS[2], trace="091000010000042", reference=""))
    assert cases_about(stage) == ["misrouted_return"]
    dispute(stage, "R61")
    assert cases_about(stage) == ["dishonour"]
    assert broken(stage) == []


def test_without_its_settlement_date_a_person_decides_until_when(tmp_path: Path) -> None:
    stage = late(tmp_path, days=5)
    back, report = evening(stage, DAYS[5], hold_back=True)
    undated = back.data.replace(b"261117327", b"261117   ")
    deliver(stage, (back.name, undated), (report.name, retold(report.data, without=lambda line: line[0] == "R")))
    (case,) = [each for each in the_return(stage)["cases"] if each["kind"] == "late_return"]
    assert (case["due_on"], "the bank does not say when it settled" in case["sentence"]) == (None, True)
    chosen = dispute(stage, "R68")
    assert (chosen.ask_by, chosen.dishonour_by) == (None, None)
    with stage.desk.action() as ctx:
        assert let_be(ctx, key_of(stage), reason="the bank says it was in time") is not None
    assert order(stage, "b000")["state"] == "returned"
    assert broken(stage) == []


def test_who_presents_again_cannot_dispute_and_who_let_it_be_may_dispute_again(tmp_path: Path) -> None:
    stage = late(tmp_path)
    dispute(stage, "R68")
    with pytest.raises(WrongState, match="is in dispute since"):
        dispute(stage, "R68")
    with stage.desk.action() as ctx:
        day = let_be(ctx, key_of(stage), reason="the buyer asks for a retry")
    assert (order(stage, "b000")["collect_on"], cases_about(stage)) == (str(day), [])
    dispute(stage, "R68")
    with stage.desk.action() as ctx:
        let_be(ctx, key_of(stage), reason="no")
    for at_last in DAYS[6:10]:
        evening(stage, at_last)
    assert order(stage, "b000")["presentations"] == 2
    with pytest.raises(WrongState, match="was presented again"):
        dispute(stage, "R68")
    assert broken(stage) == []


def test_a_dishonour_is_not_asked_for_after_its_last_day(tmp_path: Path) -> None:
    stage = late(tmp_path)
    at(stage, DAYS[11])
    with pytest.raises(WrongState, match="had to be dishonored by"):
        dispute(stage, "R68")
    with pytest.raises(WrongState, match="cannot be dishonored as R67"):
        dispute(stage, "R67")


def test_a_return_that_was_not_dishonored_in_time_stands(tmp_path: Path) -> None:
    stage = late(tmp_path)
    dispute(stage, "R68")
    for day in DAYS[6:11]:
        evening(stage, day)
    assert the_return(stage)["dispute"]["state"] == "chosen"
    evening(stage, DAYS[11])
    assert (the_return(stage)["dispute"]["state"], cases_about(stage)) == ("stands", ["dishonour"])
    assert order(stage, "b000")["presentations"] == 1
    told = chain(stage)
    evening(stage, DAYS[12], told.dishonoured("R68", DAYS[10]))
    assert states(stage) == {"b000": "collected"}
    assert broken(stage) == []


def test_a_contest_that_does_not_answer_or_comes_too_late_is_for_a_person(tmp_path: Path) -> None:
    stage = late(tmp_path)
    told = chain(stage)
    dispute(stage, "R68")
    evening(stage, DAYS[6], told.dishonoured("R68", DAYS[6]), told.contested("R75", DAYS[6]))
    (case,) = [each for each in the_return(stage)["cases"] if each["kind"] == "contested_dishonour"]
    assert "does not answer R68" in case["sentence"]
    assert balances(stage)["return_suspense"] == 0
    assert broken(stage) == []


def test_a_contest_after_the_return_was_undone_is_for_a_person_and_undoes_nothing(tmp_path: Path) -> None:
    stage = late(tmp_path)
    told = chain(stage)
    dispute(stage, "R68")
    evening(stage, DAYS[6], told.dishonoured("R68", DAYS[6]))
    evening(stage, DAYS[7])
    evening(stage, DAYS[8])
    evening(stage, DAYS[9], told.contested("R73", DAYS[6]))
    assert (states(stage), cases_about(stage)) == ({"b000": "collected"}, ["contested_dishonour"])
    assert balances(stage)["return_suspense"] == AMOUNT
    assert broken(stage) == []


def test_what_a_return_stopped_stays_stopped_when_it_is_undone(tmp_path: Path) -> None:
    stage = late(tmp_path, fate=returned("R02", after=4))
    dispute(stage, "R68", of="R02")
    evening(stage, DAYS[6], chain(stage).dishonoured("R68", DAYS[6], reason="R02"))
    evening(stage, DAYS[7])
    evening(stage, DAYS[8])
    assert (states(stage), cases_about(stage)) == ({"b000": "collected"}, ["return_to_investigate"])
    with stage.desk.view() as ctx:
        (state,) = ctx.session.connection().exec_driver_sql("SELECT state FROM accounts").one()
    assert state == "blocked"
    assert broken(stage) == []


def test_a_planned_corrected_entry_waits_for_the_dispute(tmp_path: Path) -> None:
    stage = late(tmp_path, fate=returned("R11"), days=3)
    told = chain(stage, settled=DAYS[2])
    evening(stage, DAYS[3], told.dishonoured("R69", DAYS[3], reason="R11"))
    with pytest.raises(WrongState, match="is open about order"), stage.desk.action() as ctx:
        correct_order(ctx, order_key(stage, "b000"), reason="the amount was right")
    assert broken(stage) == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_dishonour_that_is_told_of_before_its_return_waits_for_it(tmp_path: Path, times: int) -> None:
    stage = late(tmp_path, days=5)
    held = evening(stage, DAYS[5], hold_back=True)
    told = chain(stage)
    row = told.dishonoured("R68", DAYS[6])
    report = deliver(stage, *evening(stage, DAYS[6], *[row] * times, hold_back=True))
    assert (cases_about(stage), report.exit_code) == (["dishonour", "report_gap"], ExitCode.UNMATCHED)
    assert balances(stage)["return_suspense"] == -AMOUNT
    deliver(stage, *held)
    assert (cases_about(stage), the_return(stage)["dispute"]["state"]) == (["dishonour"], "dishonoured")
    assert balances(stage)["return_suspense"] == -AMOUNT
    evening(stage, DAYS[7])
    evening(stage, DAYS[8])
    assert (states(stage), cases_about(stage)) == ({"b000": "collected"}, [])
    assert balances(stage)["return_suspense"] == 0
    assert broken(stage) == []


def test_a_dishonour_of_a_return_whose_order_was_debited_again_is_for_a_person(tmp_path: Path) -> None:
    stage = late(tmp_path, fate=returned("R01"), days=5)
    told = chain(stage, settled=DAYS[2])
    assert order(stage, "b000")["presentations"] == 2
    evening(stage, DAYS[5], told.dishonoured("R69", DAYS[5]))
    for day in DAYS[6:9]:
        evening(stage, day)
    assert (states(stage), cases_about(stage)) == ({"b000": "collected"}, ["dishonour"])
    (case,) = [each for each in the_return(stage)["cases"] if each["state"] == "open"]
    assert "paid twice" in case["sentence"]
    assert balances(stage)["return_suspense"] == -AMOUNT
    assert broken(stage) == []


def test_an_amount_that_is_not_the_returns_is_kept_in_suspense_with_a_case(tmp_path: Path) -> None:
    stage = late(tmp_path)
    told = chain(stage)
    dispute(stage, "R68")
    evening(stage, DAYS[6], told.dishonoured("R68", DAYS[6], amount=AMOUNT - 1))
    assert (the_return(stage)["dispute"]["state"], cases_about(stage)) == ("chosen", ["dishonour", "dishonour"])
    assert balances(stage)["return_suspense"] == 1 - AMOUNT
    assert broken(stage) == []


def test_the_odfi_may_decline_what_it_was_told(tmp_path: Path) -> None:
    stage = late(tmp_path)
    dispute(stage, "R68")
    evening(stage, DAYS[6])
    with pytest.raises(WrongState, match="is sent"), stage.desk.action() as ctx:
        let_be(ctx, key_of(stage), reason="no")
    with stage.desk.action() as ctx:
        assert let_be(ctx, key_of(stage), reason="it was in time", declined=True) is not None
    assert (the_return(stage)["dispute"]["state"], cases_about(stage)) == ("stands", [])
    assert [each["outcome"] for each in the_return(stage)["asked"]] == ["declined: it was in time"]
    assert broken(stage) == []
