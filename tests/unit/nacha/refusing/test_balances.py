"""Batches by what they add up to: offsets balance, micro-entries never cost the receiver anything."""

import numpy as np
import pytest

from ingather.base.columns import text_column
from ingather.nacha.plan import FilePlan
from tests.unit.nacha.plans import one_batch, with_batches, with_entries
from tests.unit.nacha.refusing.breaks import refused


def of(codes: list[int], cents: list[int], description: str = "PURCHASE", service: int = 200) -> FilePlan:
    plan = with_entries(
        one_batch("PPD", len(codes)), transaction_code=np.array(codes), amount_cents=np.array(cents, np.int64)
    )
    return with_batches(plan, service_class=[service], entry_description=[description])


@pytest.mark.parametrize(
    ("codes", "cents", "checks"),
    [
        ([22, 22, 27], [5, 7, 12], set()),
        ([22, 22, 27], [5, 7, 11], set()),
        ([22, 22, 27], [5, 7, 13], {"micro-entries"}),
        ([22, 27], [99, 99], set()),
        ([22, 27], [100, 100], {"micro-entries"}),
        ([27], [1], {"micro-entries"}),
        ([22], [99], set()),
    ],
)
def test_micro_entries_are_small_and_never_debit_more_than_they_credit(
    codes: list[int], cents: list[int], checks: set[str]
) -> None:
    assert refused(of(codes, cents, "ACCTVERIFY")) == checks
    assert refused(of(codes, cents)) == set()


def test_an_offset_is_no_micro_entry() -> None:
    plan = of([22, 22, 27], [99, 99, 198], "ACCTVERIFY")
    assert refused(with_entries(plan, offset=np.array([False, False, True]))) == set()


def test_an_offset_balances_its_batch_in_service_class_200() -> None:
    offset = np.array([False, False, True])
    good = with_entries(of([27, 27, 22], [40, 2, 42]), offset=offset)
    assert refused(good) == set()
    assert refused(with_entries(of([27, 27, 22], [40, 2, 41]), offset=offset)) == {"offset"}
    assert refused(with_batches(good, service_class=[225])) == {"offset", "service-class"}
    only_debits = with_entries(of([27, 27, 27], [0, 0, 0], service=225), offset=offset)
    assert "offset" in refused(only_debits)


def test_an_offset_needs_no_payment_type_and_may_credit_a_class_of_debits() -> None:
    offset = np.array([False, False, True])
    plan = with_batches(of([27, 27, 22], [40, 2, 42]), standard_entry_class=["TEL"])
    blank = text_column(["S", "S", "X"], 2)
    assert refused(with_entries(plan, offset=offset, discretionary=blank)) == set()
    assert refused(with_entries(plan, discretionary=blank)) == {"class-direction", "payment-type"}
