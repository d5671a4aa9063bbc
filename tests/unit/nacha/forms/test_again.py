"""Reversals, retries and return fees come out as the Rules want them, or not at all."""

import numpy as np
import pytest

from ingather.base.columns import Mask, column_texts, text_column
from ingather.nacha.copying import plans_of
from ingather.nacha.forms.again import retry_of, return_fee_of, reversal_of, reversal_of_file, reversible_rows
from ingather.nacha.forms.remittance import with_remittance
from ingather.nacha.offsets import balance
from ingather.nacha.plan import FilePlan
from ingather.nacha.reader import read
from ingather.nacha.refused import FormatRefused
from ingather.nacha.writer import write
from tests.unit.nacha.forms.originals import LATER, SETTLES, checks_of, reading_of, traces
from tests.unit.nacha.plans import one_batch, small_plan, with_batches, with_entries
from tests.unit.nacha.test_offsets import NEXT, OURS, apart


def rows(*index: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(index, np.int64)


def reversed_rows(plan: FilePlan, *index: int) -> FilePlan:
    return reversal_of(plan, rows(*index), head=LATER, effective_on=SETTLES, traces=traces(len(index)))


def with_codes(*codes: int) -> FilePlan:
    """Return one batch of entries with these codes, of amounts as they need them."""
    code = np.array(codes, np.int64)
    live = np.isin(code % 10, (2, 5, 7))
    return with_batches(
        with_entries(
            one_batch(count=len(codes)),
            transaction_code=code,
            amount_cents=np.where(live, np.arange(1, len(codes) + 1) * 100, 0),
        ),
        service_class=[200],
    )


def test_a_reversal_takes_entries_back_and_keeps_all_else() -> None:
    sent = small_plan()
    plan = reversed_rows(sent, 4, 1, 0)
    assert plan.entries.transaction_code.tolist() == [22, 32, 22]
    assert list(plan.batches.entry_description) == ["REVERSAL", "REVERSAL"]
    assert list(plan.batches.service_class) == [220, 220]
    assert list(plan.batches.standard_entry_class) == ["CCD", "WEB"]
    assert list(plan.batches.company_name) == ["ACME GOODS", "BLUE LANE"]
    assert list(plan.batches.company_identification) == ["1234567890"] * 2
    assert list(plan.batches.batch_number) == [1, 2]
    assert list(plan.batches.effective_on) == [SETTLES] * 2
    assert plan.entries.batch.tolist() == [0, 0, 1]
    for name in ("amount_cents", "routing", "account", "identification", "name", "discretionary"):
        assert (getattr(plan.entries, name) == getattr(sent.entries, name)[[0, 1, 4]]).all()
    assert plan.entries.trace.tolist() == traces(3).tolist()
    assert plan.entries.addenda is not None
    assert plan.entries.addenda.entry.tolist() == [0, 2]
    reading = reading_of(plan)
    assert reading.credit_cents == int(sent.entries.amount_cents[[0, 1, 4]].sum())
    assert reading.debit_cents == 0


def test_telephone_credits_only_reverse_and_are_read_without_a_problem() -> None:
    assert reading_of(reversed_rows(small_plan(), 6, 7)).standard_entry_class == ("TEL",)


def test_rows_may_be_a_mask() -> None:
    mask: Mask = np.array([True, False, True])
    plan = reversal_of(one_batch(), mask, head=LATER, effective_on=SETTLES, traces=traces(2), batch_number=7)
    assert plan.entries.amount_cents.tolist() == [1999, 5997]
    assert list(plan.batches.batch_number) == [7]


def test_rows_of_another_plan_are_not_taken() -> None:
    for wrong in (np.ones(2, np.bool_), rows(-1), rows(3)):
        with pytest.raises(IndexError):
            reversal_of(one_batch(), wrong, head=LATER, effective_on=SETTLES, traces=traces(2))


@pytest.mark.parametrize(
    ("codes", "turned", "service"),
    [
        ((27, 37, 47), [22, 32, 42], 220),
        ((22, 32, 42, 52), [27, 37, 47, 55], 225),
        ((27, 22), [22, 27], 200),
    ],
)
def test_every_live_code_has_its_reversal_and_the_service_class_follows(
    codes: tuple[int, ...], turned: list[int], service: int
) -> None:
    plan = reversed_rows(with_codes(*codes), *range(len(codes)))
    assert plan.entries.transaction_code.tolist() == turned
    assert list(plan.batches.service_class) == [service]
    reading_of(plan)


@pytest.mark.parametrize("code", [28, 38, 23, 33, 29, 24, 26, 21, 55])
def test_what_moved_nothing_came_back_or_reverses_itself_has_no_reversal(code: int) -> None:
    with pytest.raises(FormatRefused) as refused:
        reversed_rows(with_codes(27, code), 0, 1)
    assert [(problem.check, problem.message[:17]) for problem in refused.value.problems] == [
        ("reversal", "Entry 2 (batch 1)")
    ]


def test_a_reversal_is_not_reversed() -> None:
    with pytest.raises(FormatRefused, match="a reversal itself"):
        reversed_rows(reversed_rows(one_batch(), 0), 0)


def test_offsets_are_not_reversed_and_the_file_is_balanced_anew() -> None:
    plan = with_batches(apart(small_plan()), standard_entry_class=["CCD", "PPD", "WEB", "CCD"])
    sent = balance(plan, OURS, traces=plan.entries.trace[1::2] + 1)
    with pytest.raises(FormatRefused, match="an offset"):
        reversed_rows(sent, 0, 1, 2)
    back = reversal_of_file(sent, head=LATER, effective_on=SETTLES, traces=traces(8))
    assert back.entries.transaction_code.tolist() == [22, 32] * 4
    assert list(back.batches.service_class) == [220] * 4


def test_a_whole_file_comes_back_without_what_moved_nothing() -> None:
    sent = with_codes(27, 28, 37)
    assert reversible_rows(sent).tolist() == [0, 2]
    back = reversal_of_file(sent, head=LATER, effective_on=SETTLES, traces=traces(2))
    assert back.entries.transaction_code.tolist() == [22, 32]
    with pytest.raises(FormatRefused, match="no entry"):
        reversal_of_file(with_codes(28), head=LATER, effective_on=SETTLES, traces=traces(0))
    with pytest.raises(FormatRefused) as refused:
        reversal_of_file(with_codes(27, 26), head=LATER, effective_on=SETTLES, traces=traces(2))
    assert checks_of(refused.value) == {"reversal"}


def test_a_file_that_was_read_is_reversed_from_its_copy() -> None:
    [sent] = plans_of(read(write(small_plan()).data))
    back = reversal_of_file(sent, head=LATER, effective_on=SETTLES, traces=traces(8))
    again = reversal_of_file(small_plan(), head=LATER, effective_on=SETTLES, traces=traces(8))
    assert write(back).data == write(again).data


def test_what_the_operator_filled_and_the_first_days_mark_are_not_repeated() -> None:
    sent = with_batches(one_batch(), settlement_date=["328"], authentication=["CODE"], descriptive_date=["SD1300"])
    plan = reversed_rows(sent, 0)
    assert plan.batches.settlement_date is None
    assert plan.batches.authentication is None
    assert list(plan.batches.descriptive_date) == [""]
    assert list(reversed_rows(one_batch(), 0).batches.descriptive_date) == ["261123"]


def test_there_are_as_many_traces_as_entries() -> None:
    with pytest.raises(FormatRefused) as refused:
        reversal_of(one_batch(), rows(0, 1), head=LATER, effective_on=SETTLES, traces=traces(3))
    assert checks_of(refused.value) == {"plan-shape"}


def test_a_retry_says_so_and_leaves_all_else_as_it_was() -> None:
    sent = small_plan()
    plan = retry_of(sent, rows(0, 5), head=LATER, effective_on=SETTLES, traces=traces(2))
    assert list(plan.batches.entry_description) == ["RETRY PYMT"] * 2
    assert list(plan.batches.service_class) == [225] * 2
    for name in ("transaction_code", "amount_cents", "routing", "account", "identification", "name", "discretionary"):
        assert (getattr(plan.entries, name) == getattr(sent.entries, name)[[0, 5]]).all()
    assert plan.entries.addenda is not None
    assert plan.entries.addenda.entry.tolist() == [0]
    reading_of(plan)
    # The second presentation may itself be presented again.
    again = retry_of(plan, rows(0), head=LATER, effective_on=SETTLES, traces=traces(1))
    assert list(again.batches.entry_description) == ["RETRY PYMT"]


@pytest.mark.parametrize("code", [22, 28, 29, 26])
def test_only_live_debits_are_presented_again(code: int) -> None:
    with pytest.raises(FormatRefused) as refused:
        retry_of(with_codes(code), rows(0), head=LATER, effective_on=SETTLES, traces=traces(1))
    assert checks_of(refused.value) == {"retry"}


def test_offsets_and_reversals_are_not_presented_again() -> None:
    credits_back = reversed_rows(with_codes(22), 0)
    with pytest.raises(FormatRefused, match="a reversal is not"):
        retry_of(credits_back, rows(0), head=LATER, effective_on=SETTLES, traces=traces(1))
    given = with_batches(with_entries(one_batch(), transaction_code=np.array([22] * 3, np.int64)), service_class=[220])
    with pytest.raises(FormatRefused, match="an offset"):
        retry_of(balance(given, OURS, traces=NEXT[:1]), rows(3), head=LATER, effective_on=SETTLES, traces=traces(1))


def test_a_fee_has_its_own_amount_and_batch_and_no_addenda() -> None:
    plan = return_fee_of(
        small_plan(), rows(0, 4), head=LATER, effective_on=SETTLES, traces=traces(2), amount_cents=rows(2500, 3000)
    )
    assert list(plan.batches.entry_description) == ["RETURN FEE"] * 2
    assert list(plan.batches.company_name) == ["ACME GOODS", "BLUE LANE"]
    assert plan.entries.amount_cents.tolist() == [2500, 3000]
    assert plan.entries.transaction_code.tolist() == [27, 27]
    assert plan.entries.addenda is None
    assert column_texts(plan.entries.identification) == ["0C4M7R2V9K000", "0C4M7R2V9K004"]
    reading_of(plan)


def test_a_fee_for_an_entry_that_was_read_announces_no_addenda() -> None:
    [sent] = plans_of(read(write(with_remittance(one_batch("CTX"), [["A\\", "B\\"], ["C\\"], []])).data))
    plan = return_fee_of(sent, rows(0), head=LATER, effective_on=SETTLES, traces=traces(1), amount_cents=rows(2500))
    assert reading_of(plan).entries.record[0, 54:58].tobytes() == b"0000"


def test_the_class_of_a_fee_may_be_another() -> None:
    plain = with_entries(one_batch("WEB"), discretionary=text_column([""] * 3, 2))
    plan = return_fee_of(
        plain,
        rows(0),
        head=LATER,
        effective_on=SETTLES,
        traces=traces(1),
        amount_cents=rows(2500),
        standard_entry_class="PPD",
    )
    assert reading_of(plan).standard_entry_class == ("PPD",)


def test_there_is_no_fee_on_a_fee_on_credits_or_of_nothing() -> None:
    def fee_of(plan: FilePlan, *cents: int) -> None:
        return_fee_of(plan, rows(0), head=LATER, effective_on=SETTLES, traces=traces(1), amount_cents=rows(*cents))

    fee = return_fee_of(
        one_batch(), rows(0), head=LATER, effective_on=SETTLES, traces=traces(1), amount_cents=rows(2500)
    )
    for plan, cents, words in (
        (fee, [2500], "no fee on a fee"),
        (with_codes(22), [2500], "only returned debits"),
        (reversed_rows(with_codes(22), 0), [2500], "a reversal bears no fee"),
        (one_batch(), [0], "not above zero"),
        (one_batch(), [1, 2], "2 fees for 1"),
    ):
        with pytest.raises(FormatRefused, match=words) as refused:
            fee_of(plan, *cents)
        assert checks_of(refused.value) == {"return-fee"}
