"""Remittance goes with a payment or alone, is never cut, and is read back as it was."""

import numpy as np
import pytest

from ingather.base.columns import column_texts
from ingather.nacha.forms.remittance import remittance, with_remittance, zero_dollar_of
from ingather.nacha.plan import FilePlan
from ingather.nacha.refused import FormatRefused
from tests.unit.nacha.forms.originals import LATER, SETTLES, checks_of, reading_of, traces
from tests.unit.nacha.plans import one_batch, with_entries

ALL = np.ones(3, np.bool_)


def zero_dollar(plan: FilePlan, texts: list[list[str]]) -> FilePlan:
    return zero_dollar_of(plan, ALL, texts=texts, head=LATER, effective_on=SETTLES, traces=traces(3))


def test_a_ctx_entry_carries_as_many_texts_as_it_is_given() -> None:
    texts = [[f"RMR*IV*{number:06d}**1.00\\" for number in range(1200)], [], ["N1*PR*BUYER\\", "DTM*003*261123\\"]]
    reading = reading_of(with_remittance(one_batch("CTX"), texts))
    assert np.bincount(reading.addenda.entry, minlength=3).tolist() == [1200, 0, 2]
    assert column_texts(reading.addenda.text[:, 3:83]) == [text for words in texts for text in words]
    assert column_texts(reading.addenda.text[:, 83:87])[-3:] == ["1200", "0001", "0002"]
    assert column_texts(reading.entries.record[:, 54:58]) == ["1200", "0000", "0002"]


def test_texts_are_neither_cut_nor_changed() -> None:
    with pytest.raises(FormatRefused) as refused:
        remittance([["X" * 81], ["É"], ["Y" * 80]])
    assert [(problem.check, problem.message[:7]) for problem in refused.value.problems] == [
        ("field-fits", "Entry 1"),
        ("characters", "Entry 2"),
    ]


def test_there_is_a_list_of_texts_for_every_entry() -> None:
    with pytest.raises(FormatRefused) as refused:
        with_remittance(one_batch("CTX"), [["A"]])
    assert checks_of(refused.value) == {"plan-shape"}
    with pytest.raises(FormatRefused) as refused:
        zero_dollar(one_batch(), [["A"]])
    assert checks_of(refused.value) == {"plan-shape"}


def test_no_entries_have_no_addenda() -> None:
    assert len(remittance([])) == 0
    assert len(remittance([[], []])) == 0


def test_zero_dollar_entries_carry_their_texts_and_no_money() -> None:
    plan = zero_dollar(one_batch("CCD"), [["RMR*IV*1**1.00\\"], ["RMR*IV*2**2.00\\"], ["RMR*IV*3**3.00\\"]])
    assert plan.entries.transaction_code.tolist() == [29, 39, 29]
    assert not plan.entries.amount_cents.any()
    reading = reading_of(plan)
    assert reading.addenda.entry.tolist() == [0, 1, 2]
    ctx = zero_dollar(one_batch("CTX"), [["A\\", "B\\"], ["C\\"], ["D\\"] * 3])
    assert np.bincount(reading_of(ctx).addenda.entry).tolist() == [2, 1, 3]


def test_zero_dollar_credits_are_credits() -> None:
    sent = with_entries(one_batch(), transaction_code=np.array([22, 32, 52], np.int64))
    plan = zero_dollar(sent, [["A\\"], ["B\\"], ["C\\"]])
    assert plan.entries.transaction_code.tolist() == [24, 34, 54]
    assert list(plan.batches.service_class) == [220]


def test_a_zero_dollar_entry_says_something() -> None:
    with pytest.raises(FormatRefused, match=r"Entry 2 \(batch 1\): a zero-dollar entry needs a text") as refused:
        zero_dollar(one_batch(), [["A\\"], [], ["C\\"]])
    assert checks_of(refused.value) == {"addenda-missing"}


def test_loan_debits_have_no_zero_dollar_form() -> None:
    loan = with_entries(one_batch(), transaction_code=np.array([27, 55, 26], np.int64))
    with pytest.raises(FormatRefused) as refused:
        zero_dollar(loan, [["A"]] * 3)
    assert [problem.check for problem in refused.value.problems] == ["class-use"] * 2
