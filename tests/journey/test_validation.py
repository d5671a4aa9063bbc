"""Accounts are validated before they are debited: by prenotes, micro-entries, a service's record, earlier debits."""

from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from ingather.actions.accounts import unblock_account
from ingather.actions.blocking import block_accounts
from ingather.actions.cases import open_case
from ingather.actions.files.approval import void_file
from ingather.actions.validating.confirming import Answer
from ingather.actions.validating.wanting import cancel_check, record_external, want_check
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.accounts import ValidationMethod
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import WrongState
from ingather.nacha.reader import read
from ingather.simulator.behaviour import Delivering, Fate, FileFate
from ingather.store.tables import AccountCheckEntry
from tests.journey.checked import (
    MICRO,
    PRENOTE,
    account,
    account_key,
    check,
    credited,
    holds,
    key_of,
    strict_policy,
    told,
    wanted,
)
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    at,
    at_the_bank,
    balances,
    broken,
    changed_terms,
    night,
    open_cases,
    order,
    play,
    record_again,
    returned,
    staged,
    states,
)

NEW = Sale(validated=False)
BUSINESS = Sale(validated=False, holder="business")
NEXT_TUESDAY = date(2026, 11, 24)


def test_a_prenote_goes_out_as_the_debit_will_and_lets_it_follow_on_the_third_banking_day(
    tmp_path: Path, book_url: str
) -> None:
    stage = staged(tmp_path, [NEW], book=book_url)
    wanted(stage, "b000")
    play(stage, MONDAY)
    (sent,) = all_files(stage)
    (content,) = at_the_bank(stage).values()
    entries = read(content).entries
    assert (entries.transaction_code.tolist(), entries.amount_cents.tolist()) == ([28], [0])
    assert (sent["entries"], sent["debit_cents"], sent["credit_cents"]) == (1, 0, 0)
    (batch,) = sent["batch_list"]
    assert (batch["entry_class"], batch["company_name"], batch["service_class"]) == ("WEB", "HARBOR GOODS", 225)
    assert (check(stage, "b000")["effective_on"], check(stage, "b000")["passes_on"]) == ("2026-11-17", "2026-11-20")
    play(stage, TUESDAY, WEDNESDAY, THURSDAY)
    assert (check(stage, "b000")["state"], order(stage, "b000")["reason"]) == ("sealed", "account-under-check")
    play(stage, FRIDAY)
    assert check(stage, "b000")["state"] == "passed"
    assert [proof["method"] for proof in account(stage, "b000")["validations"]] == ["prenote"]
    assert states(stage) == {"b000": "submitted"}
    holds(stage)


def test_silence_is_no_proof_while_a_report_is_missing(tmp_path: Path) -> None:
    gap = Script(delivering=Delivering(withheld=frozenset({3}), withheld_for=4))
    stage = staged(tmp_path, [NEW], behaviour=gap)
    wanted(stage, "b000")
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, NEXT_MONDAY)
    assert (check(stage, "b000")["state"], states(stage)) == ("sealed", {"b000": "open"})
    play(stage, NEXT_TUESDAY)
    assert check(stage, "b000")["state"] == "passed"
    holds(stage)


@pytest.mark.parametrize("code", ["R03", "R04", "R20"])
def test_a_prenote_that_comes_back_fails_and_its_account_is_blocked(tmp_path: Path, code: str) -> None:
    stage = staged(tmp_path, [NEW], behaviour=Script(fates={("B 000", 0): returned(code, after=2)}))
    wanted(stage, "b000")
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, NEXT_MONDAY)
    found = account(stage, "b000")
    assert (found["state"], found["blocked_by"], found["validated"]) == ("blocked", code, False)
    assert (found["checks"][0]["state"], found["checks"][0]["ended_because"]) == ("failed", code)
    assert (states(stage), order(stage, "b000")["reason"]) == ({"b000": "open"}, "account-blocked")
    assert open_cases(stage) == ["validation_failed"]
    assert balances(stage) == {}
    holds(stage)


def test_a_prenote_that_comes_back_very_late_takes_its_proof_back(tmp_path: Path) -> None:
    late = Script(fates={("B 000", 0): returned("R03", after=4)})
    stage = staged(tmp_path, [replace(NEW, due=date(2026, 12, 1))], behaviour=late)
    wanted(stage, "b000")
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    assert account(stage, "b000")["validated"]
    play(stage, NEXT_MONDAY)
    assert (account(stage, "b000")["validated"], check(stage, "b000")["state"]) == (False, "failed")
    holds(stage)


@pytest.mark.parametrize("automatic", ["none", "prenote"])
def test_a_change_that_answers_a_prenote_is_applied_before_the_first_debit(tmp_path: Path, automatic: str) -> None:
    stage = staged(tmp_path, [NEW], behaviour=Script(fates={("B 000", 0): Fate(change_code="C01")}))
    strict_policy(stage, automatic=automatic)
    wanted(stage, "b000")
    before = account(stage, "b000")["last4"]
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    found = account(stage, "b000")
    assert found["last4"] != before
    assert [change["because"] for change in found["changes"]] == ["C01"]
    assert (len(found["checks"]), found["checks"][0]["state"], states(stage)["b000"]) == (1, "passed", "submitted")
    _, live = (read(content).entries for content in at_the_bank(stage).values())
    assert live.account[0].tobytes().decode().strip()[-4:] == found["last4"]
    holds(stage)


def test_a_prenote_does_not_pass_while_a_change_about_it_waits_for_a_person(tmp_path: Path) -> None:
    stage = staged(tmp_path, [NEW])
    wanted(stage, "b000")
    play(stage, MONDAY)
    with stage.desk.action() as ctx:
        (entry_id,) = ctx.session.scalars(AccountCheckEntry.__table__.select())
        open_case(
            ctx, CaseKind.CHANGE, originator_id=1, once="C13", subject="cor", sentence="A change.", entry_id=entry_id
        )
    play(stage, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    assert check(stage, "b000")["state"] == "sealed"


def test_a_file_of_checks_that_is_voided_lets_them_be_wanted_again(tmp_path: Path) -> None:
    stage = staged(tmp_path, [NEW], profile=changed_terms(auto_approve_under_cents=0))
    wanted(stage, "b000", MICRO)
    assert night(stage, MONDAY).needs_approval
    with stage.desk.action() as ctx:
        void_file(ctx, parse_public_id(Prefix.FILE, all_files(stage)[0]["id"]), reason="a mistake")
    assert (check(stage, "b000")["state"], check(stage, "b000")["effective_on"]) == ("wanted", None)
    night(stage, MONDAY, time(18, 30))
    assert [file["state"] for file in all_files(stage)] == ["voided", "sealed"]
    assert broken(stage) == []


def test_a_file_of_checks_that_the_bank_rejects_goes_out_again(tmp_path: Path) -> None:
    stage = staged(tmp_path, [NEW], behaviour=Script(files={1: FileFate(rejected_for="WRONG KEY")}))
    wanted(stage, "b000", MICRO)
    play(stage, MONDAY)
    assert check(stage, "b000")["state"] == "wanted"
    play(stage, TUESDAY, WEDNESDAY)
    assert told(stage, "b000", credited(stage, "b000")) is Answer.RIGHT
    holds(stage)


def test_an_account_blocked_between_seal_and_send_gets_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, [NEW, NEW])
    wanted(stage, "b000")
    wanted(stage, "b001")

    def block(step: str, **particulars: object) -> None:
        _ = particulars
        if step == "laid" and account(stage, "b000")["state"] == "active":
            with stage.desk.action() as ctx:
                block_accounts(ctx, stage.desk.originator_id(), [account_key(stage, "b000")], because=["person"])

    object.__setattr__(stage.desk, "tell", block)
    report = night(stage, MONDAY)
    assert len(report.voided) == 1
    (content,) = at_the_bank(stage).values()
    assert len(read(content).entries) == 1
    assert (check(stage, "b000")["state"], check(stage, "b001")["state"]) == ("wanted", "sealed")
    assert broken(stage) == []


def test_an_account_blocked_while_its_file_is_built_is_left_out_of_it(tmp_path: Path) -> None:
    stage = staged(tmp_path, [BUSINESS, BUSINESS])
    wanted(stage, "b000", MICRO)
    wanted(stage, "b001", MICRO)

    def block(below: int) -> int:
        if account(stage, "b000")["state"] == "active":
            with stage.desk.action() as ctx:
                block_accounts(ctx, stage.desk.originator_id(), [account_key(stage, "b000")], because=["person"])
        return below // 2

    object.__setattr__(stage.desk, "draw", block)
    report = night(stage, MONDAY)
    assert (report.checks, len(report.sent), report.voided) == (1, 1, [])
    assert (check(stage, "b000")["state"], check(stage, "b001")["state"]) == ("wanted", "sealed")
    assert broken(stage) == []


def test_a_correction_of_a_debited_account_ends_its_validation(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], behaviour=Script(fates={("B 000", 1): Fate(change_code="C01")}))
    strict_policy(stage)
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    assert not account(stage, "b000")["validated"]
    record_again(stage, "b000", due=THURSDAY)
    play(stage, THURSDAY, FRIDAY)
    assert order(stage, "b000-again")["reason"] == "account-not-validated"
    assert states(stage)["b000"] == "collected"
    # The debit that was corrected says nothing about the number that the account has now.
    assert not account(stage, "b000")["validated"]
    holds(stage)


def test_a_rehearsal_keeps_what_was_proven_before_a_correction(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], behaviour=Script(fates={("B 000", 1): Fate(change_code="C01")}))
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    assert account(stage, "b000")["validated"]


def test_a_return_that_blocks_an_account_ends_its_validation_until_it_is_proven_anew(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], behaviour=Script(fates={("B 000", 1): returned("R03")}))
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    key = key_of(account(stage, "b000"))
    assert not account(stage, "b000")["validated"]
    with stage.desk.action() as ctx, pytest.raises(WrongState, match="until it is corrected or validated again"):
        unblock_account(ctx, key, reason="the buyer called")
    with stage.desk.action() as ctx, pytest.raises(WrongState, match="ended on 2026-11-18"):
        record_external(ctx, key, provider="Example Check", reference="1", on=MONDAY)
    at(stage, THURSDAY)
    with stage.desk.action() as ctx:
        assert record_external(ctx, key, provider="Example Check", reference="2", on=THURSDAY)
        unblock_account(ctx, key, reason="the buyer called")
    found = account(stage, "b000")
    assert (found["state"], found["validated"]) == ("active", True)
    assert "Example Check, 2" in {proof["evidence"] for proof in found["validations"]}
    holds(stage)


def test_what_a_code_blocks_for_ever_nobody_lets_go(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], behaviour=Script(fates={("B 000", 1): returned("R02")}))
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    with stage.desk.action() as ctx, pytest.raises(WrongState, match="for ever by R02"):
        unblock_account(ctx, key_of(account(stage, "b000")), reason="the buyer called")


def test_a_collected_debit_validates_the_account_it_was_made_from(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, [BUSINESS, BUSINESS], behaviour=Script(fates={("B 001", 1): returned("R01")}),
                   book=book_url)  # fmt: skip
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    assert states(stage)["b000"] == "collected"
    assert [proof["method"] for proof in account(stage, "b000")["validations"]] == ["earlier_debit"]
    assert not account(stage, "b001")["validated"]
    holds(stage)


@pytest.mark.parametrize("method", ["prenote", "micro_entries"])
def test_by_policy_the_night_tries_the_accounts_that_orders_wait_for(tmp_path: Path, method: str) -> None:
    stage = staged(tmp_path, [NEW, BUSINESS])
    strict_policy(stage, automatic=method)
    play(stage, MONDAY)
    assert (check(stage, "b000")["method"], check(stage, "b000")["state"]) == (method, "sealed")
    assert account(stage, "b001")["checks"] == []
    play(stage, TUESDAY)
    assert len(account(stage, "b000")["checks"]) == 1
    holds(stage)


def test_a_failed_account_is_not_tried_again_by_policy(tmp_path: Path) -> None:
    stage = staged(tmp_path, [NEW], behaviour=Script(fates={("B 000", 0): returned("R22")}))
    strict_policy(stage, automatic="prenote")
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY)
    assert [row["state"] for row in account(stage, "b000")["checks"]] == ["failed"]
    assert order(stage, "b000")["reason"] == "account-not-validated"


def test_a_dry_run_builds_the_checks_and_keeps_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, [NEW])
    wanted(stage, "b000", MICRO)
    report = night(stage, MONDAY, dry_run=True)
    assert (report.checks, all_files(stage), check(stage, "b000")["state"]) == (1, [], "wanted")


def test_a_check_is_refused_where_nothing_may_be_sent(tmp_path: Path) -> None:
    stage = staged(tmp_path, [NEW])
    key = account_key(stage, "b000")
    with stage.desk.action() as ctx, pytest.raises(WrongState, match="nothing that a night sends"):
        want_check(ctx, key, method=ValidationMethod.EARLIER_DEBIT)
    wanted(stage, "b000")
    with pytest.raises(WrongState, match="being validated already"):
        wanted(stage, "b000", MICRO)
    with stage.desk.action() as ctx:
        cancel_check(ctx, key, reason="not needed")
        block_accounts(ctx, stage.desk.originator_id(), [key], because=["person"])
    with pytest.raises(WrongState, match="blocked by person"):
        wanted(stage, "b000")


def test_a_prenote_on_its_way_is_not_called_off_but_unanswered_micro_entries_are(tmp_path: Path) -> None:
    stage = staged(tmp_path, [NEW, NEW])
    wanted(stage, "b000", PRENOTE)
    wanted(stage, "b001", MICRO)
    play(stage, MONDAY)
    with stage.desk.action() as ctx, pytest.raises(WrongState, match="on its way"):
        cancel_check(ctx, account_key(stage, "b000"), reason="too slow")
    with stage.desk.action() as ctx:
        cancel_check(ctx, account_key(stage, "b001"), reason="no answer")
    play(stage, TUESDAY)
    assert order(stage, "b001")["reason"] == "account-not-validated"
    holds(stage)


def test_a_debit_that_is_being_built_is_lost_to_a_check_that_is_wanted_meanwhile(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])

    def want(step: str, **particulars: object) -> None:
        _ = particulars
        if step == "page" and not account(stage, "b000")["checks"]:
            wanted(stage, "b000")

    object.__setattr__(stage.desk, "tell", want)
    report = night(stage, MONDAY)
    assert (report.sealed_orders, report.checks, report.refused) == (0, 1, {"account-under-check": 1})
    assert broken(stage) == []
