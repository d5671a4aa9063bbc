"""Micro-entries: cents that a buyer tells back, in a class that carries credits, at the house's cost."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingather.actions.files.sealing import trace_series
from ingather.actions.validating.confirming import Answer
from ingather.domain.refusals import WrongState
from ingather.jobs.night.numbering import odfi_of
from ingather.nacha.reader import read
from ingather.simulator.behaviour import Delivering
from ingather.store.allocation import TRACES
from ingather.store.tables import NumberAllocation
from tests.journey.checked import (
    MICRO,
    check,
    credited,
    holds,
    told,
    wanted,
)
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    at_the_bank,
    balances,
    open_cases,
    order,
    play,
    returned,
    staged,
    states,
)

NEW = Sale(validated=False)
BUSINESS = Sale(validated=False, holder="business")


def test_a_file_whose_traces_would_run_past_the_last_one_begins_them_anew(tmp_path: Path) -> None:
    stage = staged(tmp_path, [BUSINESS])
    wanted(stage, "b000", MICRO)
    with stage.desk.action() as ctx:
        series = trace_series(odfi_of(stage.desk.routes()[0].profile))
        ctx.session.add(NumberAllocation(series=series, next_number=TRACES - 1))
    play(stage, MONDAY)
    (content,) = at_the_bank(stage).values()
    assert [trace % 10**7 for trace in read(content).entries.trace.tolist()] == [1, 2, 3]


def test_micro_entries_credit_cents_and_take_them_back_in_one_batch(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, [BUSINESS, replace(BUSINESS, account_kind="savings")], book=book_url)
    wanted(stage, "b000", MICRO)
    wanted(stage, "b001", MICRO)
    play(stage, MONDAY)
    (content,) = at_the_bank(stage).values()
    entries = read(content).entries
    assert entries.transaction_code.tolist() == [22, 22, 27, 32, 32, 37]
    cents = entries.amount_cents.reshape(2, 3)
    assert ((cents[:, :2] >= 1) & (cents[:, :2] <= 99)).all()
    assert (cents[:, :2].sum(axis=1) == cents[:, 2]).all()
    (sent,) = all_files(stage)
    (batch,) = sent["batch_list"]
    assert (batch["description"], batch["company_name"], batch["service_class"]) == ("ACCTVERIFY", "HARBOR GOODS", 200)
    assert sent["debit_cents"] == sent["credit_cents"] == cents[:, 2].sum()
    play(stage, TUESDAY)
    assert all_files(stage)[0]["batch_list"][0]["settlement_basis"] == "confirmed"
    # They are the house's cost: no merchant is owed anything for them.
    assert set(balances(stage)) <= {"bank_clearing", "validation_costs"}
    assert told(stage, "b000", credited(stage, "b000")) is Answer.RIGHT
    assert told(stage, "b001", credited(stage, "b001")[::-1]) is Answer.RIGHT
    play(stage, WEDNESDAY)
    assert states(stage) == {"b000": "submitted", "b001": "submitted"}
    assert (balances(stage)["validation_costs"], check(stage, "b000")["state"]) == (0, "passed")
    holds(stage)


@pytest.mark.parametrize("channel", ["online", "phone"])
def test_a_class_without_credits_of_ours_lends_ppd_for_them_and_debits_nothing(tmp_path: Path, channel: str) -> None:
    stage = staged(tmp_path, [replace(NEW, channel=channel)])
    wanted(stage, "b000", MICRO)
    play(stage, MONDAY, TUESDAY)
    (content,) = at_the_bank(stage).values()
    entries = read(content).entries
    assert (entries.transaction_code.tolist(), entries.discretionary.tobytes().strip()) == ([22, 22], b"")
    (sent,) = all_files(stage)
    (batch,) = sent["batch_list"]
    assert (batch["entry_class"], batch["service_class"], sent["debit_cents"]) == ("PPD", 220, 0)
    assert balances(stage)["validation_costs"] == sent["credit_cents"] == sum(credited(stage, "b000"))
    assert told(stage, "b000", credited(stage, "b000")) is Answer.RIGHT
    play(stage, WEDNESDAY)
    assert all_files(stage)[1]["batch_list"][0]["entry_class"] == {"online": "WEB", "phone": "TEL"}[channel]
    holds(stage)


def test_an_answer_before_the_micro_entries_have_settled_is_refused(tmp_path: Path) -> None:
    stage = staged(tmp_path, [NEW])
    with pytest.raises(WrongState, match="no micro-entries"):
        told(stage, "b000", [1, 2])
    wanted(stage, "b000", MICRO)
    play(stage, MONDAY)
    with pytest.raises(WrongState, match="nobody can have seen them"):
        told(stage, "b000", [1, 2])
    assert check(stage, "b000")["attempts"] == 0


def test_wrong_amounts_fail_after_as_many_attempts_as_the_policy_allows(tmp_path: Path) -> None:
    stage = staged(tmp_path, [NEW])
    wanted(stage, "b000", MICRO)
    play(stage, MONDAY, TUESDAY)
    first, second = credited(stage, "b000")
    shifted = [[first + more, second - more] for more in (-2, -1, 1, 2)]
    # Their sum, which a file's totals show, is no proof.
    wrong = next(
        pair for pair in shifted if min(pair) > 0 and max(pair) < 100 and sorted(pair) != sorted([first, second])
    )
    assert [told(stage, "b000", wrong) for _ in range(3)] == [Answer.WRONG, Answer.WRONG, Answer.FAILED]
    with pytest.raises(WrongState, match="no micro-entries"):
        told(stage, "b000", [first, second])
    assert (check(stage, "b000")["ended_because"], open_cases(stage)) == ("wrong-amounts", ["validation_failed"])
    play(stage, WEDNESDAY)
    assert order(stage, "b000")["reason"] == "account-not-validated"
    holds(stage)


@pytest.mark.parametrize(("sale", "lasting"), [(NEW, False), (BUSINESS, True)])
def test_micro_entries_that_come_back_fail_and_their_cents_tie_to_the_bank(
    tmp_path: Path, book_url: str, sale: Sale, *, lasting: bool
) -> None:
    fates = {("B 000", 0): returned("R03"), ("B 000", 1): returned("R03", after=2)}
    stage = staged(tmp_path, [sale], behaviour=Script(fates=fates), book=book_url)
    wanted(stage, "b000", MICRO)
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    # The credits are back before the debit is.
    assert (balances(stage)["validation_costs"] < 0) is lasting
    holds(stage)
    play(stage, THURSDAY, FRIDAY)
    assert balances(stage)["validation_costs"] == 0
    assert (check(stage, "b000")["state"], open_cases(stage)) == ("failed", ["validation_failed"])
    holds(stage)


def test_the_same_return_told_twice_changes_nothing(tmp_path: Path) -> None:
    twice = Script(fates={("B 000", 0): returned("R03")}, delivering=Delivering(repeats=True))
    stage = staged(tmp_path, [NEW], behaviour=twice)
    wanted(stage, "b000", MICRO)
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY)
    assert open_cases(stage) == ["validation_failed"]
    holds(stage)
