"""Prenotes and micro-entries are accepted by the writer and read back without a problem."""

from dataclasses import replace

import numpy as np
import pytest

from ingather.base.columns import Bytes2D, Int64, text_column
from ingather.nacha.forms.validating import micro_entries, prenotes_of
from ingather.nacha.plan import FilePlan
from ingather.nacha.refused import FormatRefused
from tests.unit.nacha.forms.originals import LATER, SETTLES, checks_of, reading_of, traces
from tests.unit.nacha.plans import one_batch, small_plan, with_entries

ALL = np.ones(3, np.bool_)


def names(count: int) -> Bytes2D:
    return text_column([f"CHECK{number:04d}" for number in range(count)], 15)


def micro(
    plan: FilePlan, credit_cents: list[list[int]], *, identification: Bytes2D | None = None, rows: Int64 | None = None
) -> FilePlan:
    cents = np.array(credit_cents, np.int64)
    count = cents.size + len(cents)
    return micro_entries(
        plan,
        np.arange(len(cents)) if rows is None else rows,
        credit_cents=cents,
        identification=names(count) if identification is None else identification,
        head=LATER,
        effective_on=SETTLES,
        traces=traces(count),
    )


def test_a_prenote_has_the_account_and_neither_amount_nor_addenda() -> None:
    sent = small_plan()
    plan = prenotes_of(sent, np.arange(8), head=LATER, effective_on=SETTLES, traces=traces(8))
    assert plan.entries.transaction_code.tolist() == [28, 38] * 4
    assert not plan.entries.amount_cents.any()
    assert plan.entries.addenda is None
    assert (plan.entries.account == sent.entries.account).all()
    assert list(plan.batches.entry_description) == ["PURCHASE"] * 4
    assert list(plan.batches.service_class) == [225] * 4
    reading_of(plan)


def test_prenotes_of_credits_are_credits() -> None:
    sent = with_entries(one_batch(), transaction_code=np.array([22, 32, 52], np.int64))
    plan = prenotes_of(sent, ALL, head=LATER, effective_on=SETTLES, traces=traces(3))
    assert plan.entries.transaction_code.tolist() == [23, 33, 53]
    assert list(plan.batches.service_class) == [220]
    reading_of(plan)


@pytest.mark.parametrize("code", [55, 26, 21])
def test_loan_debits_and_answers_have_no_prenote(code: int) -> None:
    sent = with_entries(one_batch(), transaction_code=np.array([27, 37, code], np.int64))
    with pytest.raises(FormatRefused) as refused:
        prenotes_of(sent, ALL, head=LATER, effective_on=SETTLES, traces=traces(3))
    assert checks_of(refused.value) == {"class-use"}


def test_micro_entries_are_two_credits_and_the_debit_of_both() -> None:
    plan = micro(one_batch("PPD"), [[12, 34], [99, 1], [50, 50]])
    assert plan.entries.transaction_code.tolist() == [22, 22, 27, 32, 32, 37, 22, 22, 27]
    assert plan.entries.amount_cents.tolist() == [12, 34, 46, 99, 1, 100, 50, 50, 100]
    assert list(plan.batches.entry_description) == ["ACCTVERIFY"]
    assert list(plan.batches.service_class) == [200]
    assert list(plan.batches.effective_on) == [SETTLES]
    reading = reading_of(plan)
    assert reading.debit_cents == reading.credit_cents == 246


def test_credits_may_go_out_without_a_debit_that_takes_them_back() -> None:
    sent = one_batch("PPD")
    plan = micro_entries(
        sent,
        np.arange(len(sent.entries)),
        credit_cents=np.array([[12, 34], [99, 1], [50, 50]], np.int64),
        identification=names(6),
        head=LATER,
        effective_on=SETTLES,
        traces=traces(6),
        take_back=False,
    )
    assert plan.entries.transaction_code.tolist() == [22, 22, 32, 32, 22, 22]
    assert list(plan.batches.service_class) == [220]
    reading = reading_of(plan)
    assert (reading.debit_cents, reading.credit_cents) == (0, 246)


def test_one_credit_is_enough_and_each_batch_has_its_own() -> None:
    sent = small_plan()
    plan = micro(sent, [[7], [8], [9]], rows=np.array([0, 2, 3], np.int64))
    assert plan.entries.transaction_code.tolist() == [22, 27, 22, 27, 32, 37]
    assert plan.entries.batch.tolist() == [0, 0, 1, 1, 1, 1]
    assert plan.entries.addenda is None
    reading_of(plan)


@pytest.mark.parametrize("cents", [[[0, 1]], [[100]], [[-1]], [[1, 2, 3]], [[]]])
def test_other_amounts_are_refused(cents: list[list[int]]) -> None:
    with pytest.raises(FormatRefused) as refused:
        micro(one_batch("PPD"), cents)
    assert checks_of(refused.value) == {"micro-entries"}


def test_identifications_are_filled_and_distinct() -> None:
    for bad in (np.tile(names(1), (2, 1)), names(3), text_column(["", "CHECK"], 15)):
        with pytest.raises(FormatRefused, match="identification of its own"):
            micro(one_batch("PPD"), [[5]], identification=bad)


def test_loans_and_offsets_get_none() -> None:
    loan = with_entries(one_batch("PPD"), transaction_code=np.array([55, 26, 27], np.int64))
    with pytest.raises(FormatRefused) as refused:
        micro(loan, [[5], [6], [7]])
    assert [problem.message.partition(":")[0] for problem in refused.value.problems] == [
        "Entry 1 (batch 1)",
        "Entry 2 (batch 1)",
    ]
    sent = one_batch("PPD")
    marked = replace(sent, entries=replace(sent.entries, offset=np.array([True, False, False])))
    with pytest.raises(FormatRefused, match="an offset"):
        micro(marked, [[5]])
