"""Batches that balance, and offsets known by account, mark and direction, never by a name."""

from dataclasses import replace

import numpy as np
import pytest

from ingather.base.columns import Mask, column_texts, text_column
from ingather.nacha.copying import plans_of
from ingather.nacha.offsets import OffsetAccount, balance, offsets_of
from ingather.nacha.plan import FilePlan
from ingather.nacha.reader import read
from ingather.nacha.refused import FormatRefused
from ingather.nacha.writer import write
from tests.red import red_account
from tests.unit.nacha.plans import ODFI, one_batch, small_plan, with_batches, with_entries

MARK = "OFFSET-01"
OURS = OffsetAccount(
    routing=91000019, account=red_account(39).encode().ljust(17), savings=False, name="INGATHER", mark=MARK
)
NEXT = ODFI * 10_000_000 + np.arange(900, 910)


def balanced(plan: FilePlan, account: OffsetAccount = OURS) -> FilePlan:
    return balance(plan, account, traces=NEXT[: len(plan.batches)])


def apart(plan: FilePlan) -> FilePlan:
    """Return the plan with room between its batches' trace numbers, so that an offset fits after each."""
    return with_entries(plan, trace=plan.entries.trace + plan.entries.batch * 10)


def found_in(plan: FilePlan, account: OffsetAccount = OURS) -> Mask:
    return offsets_of(read(write(plan).data), account)


def test_a_batch_of_debits_gets_one_credit_after_its_last_entry() -> None:
    plan = balanced(one_batch())
    entries = plan.entries
    assert list(plan.batches.service_class) == [200]
    assert entries.transaction_code.tolist() == [27, 37, 27, 22]
    assert entries.amount_cents.tolist() == [1999, 3998, 5997, 11994]
    assert entries.offset is not None
    assert entries.offset.tolist() == [False, False, False, True]
    assert int(entries.trace[-1]) == NEXT[0]
    assert column_texts(entries.identification[-1:]) == [MARK]
    assert column_texts(entries.name[-1:]) == ["INGATHER"]
    written = write(plan)
    assert written.debit_cents == written.credit_cents == 11994
    assert read(written.data).problems == ()


def test_credits_get_a_debit_and_savings_their_own_codes() -> None:
    credits_only = with_batches(
        with_entries(one_batch(), transaction_code=np.array([22, 32, 22], np.int64)), service_class=[220]
    )
    assert balanced(credits_only).entries.transaction_code.tolist() == [22, 32, 22, 27]
    savings = replace(OURS, savings=True)
    assert balanced(credits_only, savings).entries.transaction_code.tolist() == [22, 32, 22, 37]
    assert balanced(one_batch(), savings).entries.transaction_code.tolist() == [27, 37, 27, 32]
    assert read(write(balanced(credits_only)).data).ok


def test_debits_and_credits_are_balanced_by_what_is_left_of_them() -> None:
    mixed = with_batches(
        with_entries(one_batch(), transaction_code=np.array([27, 37, 22], np.int64)), service_class=[200]
    )
    assert len(balanced(mixed).entries) == 3
    less = with_entries(mixed, amount_cents=np.array([1999, 3998, 6000], np.int64))
    assert balanced(less).entries.transaction_code.tolist() == [27, 37, 22, 27]
    assert balanced(less).entries.amount_cents.tolist() == [1999, 3998, 6000, 3]


def test_every_batch_has_its_own_and_addenda_stay_with_their_entries() -> None:
    plan = with_batches(apart(small_plan()), standard_entry_class=["CCD", "PPD", "WEB", "CCD"])
    more = balance(plan, OURS, traces=plan.entries.trace[1::2] + 1)
    assert np.bincount(more.entries.batch).tolist() == [3, 3, 3, 3]
    assert more.entries.offset is not None
    assert np.flatnonzero(more.entries.offset).tolist() == [2, 5, 8, 11]
    assert more.entries.addenda is not None
    assert more.entries.addenda.entry.tolist() == [0, 6]
    reading = read(write(more).data)
    assert reading.addenda.entry.tolist() == [0, 6]
    assert reading.problems == ()
    assert offsets_of(reading, OURS).tolist() == more.entries.offset.tolist()


def test_a_class_without_credits_is_not_balanced_by_one() -> None:
    plan = apart(small_plan())
    with pytest.raises(FormatRefused) as refused:
        balance(plan, OURS, traces=plan.entries.trace[1::2] + 1)
    assert [(problem.check, "TEL" in problem.message) for problem in refused.value.problems] == [("offset", True)]


def test_what_balances_already_stays_as_it_is() -> None:
    once = balanced(one_batch())
    twice = balanced(once)
    assert twice == replace(once, entries=twice.entries)
    assert write(twice).data == write(once).data
    prenotes = with_entries(
        one_batch(), transaction_code=np.array([28, 38, 28], np.int64), amount_cents=np.zeros(3, np.int64)
    )
    assert list(balanced(prenotes).batches.service_class) == [225]
    assert len(balanced(prenotes).entries) == 3


def test_a_payer_named_offset_is_a_payer() -> None:
    names = text_column(["OFFSET", OURS.name, MARK], 22)
    plan = balanced(with_entries(one_batch(), name=names))
    assert found_in(plan).tolist() == [False, False, False, True]


def test_an_offset_is_known_by_all_of_account_routing_mark_and_code() -> None:
    plan = balanced(one_batch())
    assert found_in(plan).tolist() == [False, False, False, True]
    for other in (
        replace(OURS, routing=231380104),
        replace(OURS, account=red_account(38).encode().ljust(17)),
        replace(OURS, mark="OFFSET-02"),
        replace(OURS, mark="OFFSET-0"),
        replace(OURS, savings=True),
    ):
        assert not found_in(plan, other).any()


def test_a_debit_of_our_own_account_with_our_mark_in_a_batch_of_debits_balances_nothing() -> None:
    first = np.array([True, False, False])
    account = np.where(first[:, None], np.frombuffer(OURS.account, np.uint8), one_batch().entries.account)
    identification = np.where(first[:, None], text_column([MARK], 15), one_batch().entries.identification)
    plan = with_entries(
        one_batch(),
        account=account,
        identification=identification,
        routing=np.array([OURS.routing, 121042882, 21000021], np.int64),
    )
    assert not found_in(plan).any()
    assert found_in(balanced(plan)).tolist() == [False, False, False, True]


def test_offsets_found_in_a_file_are_marked_in_its_copy() -> None:
    reading = read(write(balanced(one_batch())).data)
    [plan] = plans_of(reading, offset=offsets_of(reading, OURS))
    assert plan.entries.offset is not None
    assert plan.entries.offset.tolist() == [False, False, False, True]
    assert len(balanced(plan).entries) == 4


def test_web_offsets_say_single_as_every_entry_of_that_class_says_something() -> None:
    plan = balanced(one_batch("WEB"))
    assert column_texts(plan.entries.discretionary) == ["S", "S", "S", "S"]
    assert read(write(plan).data).problems == ()


def test_an_account_that_cannot_be_written_is_refused_with_every_reason() -> None:
    bad = OffsetAccount(routing=91000018, account=b"1", savings=False, name="N" * 23, mark="")
    with pytest.raises(FormatRefused) as refused:
        balance(one_batch(), bad, traces=NEXT[:2])
    assert [problem.field for problem in refused.value.problems] == [
        "", "receiving_dfi", "account_number", "identification_number", "receiver_name"
    ]  # fmt: skip
    assert [problem.check for problem in refused.value.problems] == ["plan-shape"] + ["offset"] * 4


def test_offsets_that_do_not_balance_are_refused() -> None:
    plan = balanced(one_batch())
    more = with_entries(plan, amount_cents=plan.entries.amount_cents + np.array([1, 0, 0, 0]))
    with pytest.raises(FormatRefused, match="do not balance"):
        balanced(more)


def test_a_sum_over_ten_digits_is_the_writers_to_refuse() -> None:
    large = with_entries(one_batch(), amount_cents=np.full(3, 9_999_999_999, np.int64))
    with pytest.raises(FormatRefused) as refused:
        write(balanced(large))
    assert {problem.check for problem in refused.value.problems} == {"amount-limit"}


def test_the_account_is_not_shown() -> None:
    assert "account" not in repr(OURS)
