"""Nothing is debited twice in one file: traces and entries alike are refused, their lookalikes are not."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from ingather.base.columns import text_column
from ingather.nacha.dialect import Dialect
from ingather.nacha.plan import Entries, FilePlan, payment_addenda
from ingather.nacha.purpose import Purpose
from ingather.nacha.refusals import refuse
from tests.red import red_account
from tests.unit.nacha.plans import HEAD, ODFI, batches_of, entries_of, wide_plan, with_batches, with_entries
from tests.unit.nacha.refusing.breaks import batched, refused

COMPARED = ("transaction_code", "routing", "account", "amount_cents", "identification", "name", "discretionary")


def twins() -> FilePlan:
    """Return two PPD batches of two entries, the last like the first in all but its trace number."""
    plan = FilePlan(
        head=HEAD,
        batches=batches_of("PPD", "PPD"),
        entries=entries_of([red_account(number) for number in range(4)], batch=[0, 0, 1, 1]),
    )
    rows = np.array([0, 1, 2, 0])
    return with_entries(plan, **{name: getattr(plan.entries, name)[rows] for name in COMPARED})


def test_entries_alike_in_two_batches_are_refused_and_the_later_is_named() -> None:
    findings, _ = refuse(twins(), dialect=Dialect(), purpose=Purpose.ORIGINATION)
    (problem,) = findings.problems()
    assert problem.check == "duplicate-entry"
    assert problem.message.startswith("Entry 4 (batch 2)")


@pytest.mark.parametrize("column", COMPARED)
def test_entries_that_differ_in_one_column_are_two(column: str) -> None:
    plan = twins()
    values = getattr(plan.entries, column).copy()
    values[3] = values[1]
    if column == "discretionary":
        values[3] = text_column(["R"], 2)[0]
    assert refused(with_entries(plan, **{column: values})) == set()


def test_entries_that_do_not_say_which_they_are_may_be_alike() -> None:
    assert refused(with_entries(twins(), identification=text_column([""] * 4, 15))) == set()


def test_entries_that_say_it_are_found_among_those_that_do_not() -> None:
    plan = twins()
    some = plan.entries.identification.copy()
    some[1] = some[2] = 32
    assert refused(with_entries(plan, identification=some)) == {"duplicate-entry"}


def test_entries_of_another_company_or_day_are_others() -> None:
    assert refused(batched(twins(), company_identification="9876543210")) == set()
    assert refused(batched(twins(), effective_on=date(2026, 11, 25))) == set()


def test_entries_with_other_addenda_are_others() -> None:
    plan = twins()
    for texts, checks in (
        ((("A", 0), ("B", 3)), set()),
        ((("A", 0), ("A", 3)), {"duplicate-entry"}),
        ((("A", 3),), set()),
    ):
        owner = np.array([row for _, row in texts], np.int64)
        addenda = payment_addenda(owner, text_column([text for text, _ in texts], 80))
        assert refused(with_entries(plan, addenda=addenda)) == checks


def test_offset_entries_are_alike_by_nature() -> None:
    plan = twins()
    balanced = with_entries(
        plan,
        transaction_code=np.array([22, 27, 27, 22]),
        amount_cents=np.array([1999, 1999, 1999, 1999]),
        offset=np.array([True, False, False, True]),
    )
    assert refused(with_batches(balanced, service_class=[200, 200])) == set()
    assert refused(with_batches(with_entries(balanced, offset=None), service_class=[200, 200])) == {"duplicate-entry"}


def test_a_third_one_is_told_too() -> None:
    plan = wide_plan(20_000, batches=4)
    rows = np.arange(20_000)
    rows[[7_000, 19_999]] = 12
    columns = {name: getattr(plan.entries, name)[rows] for name in COMPARED}
    findings, _ = refuse(with_entries(plan, **columns), dialect=Dialect(), purpose=Purpose.ORIGINATION)
    assert [problem.message.partition(" (")[0] for problem in findings.problems()] == ["Entry 7,001", "Entry 20,000"]


def test_one_trace_number_in_two_batches_is_refused_and_descending_batches_are_not() -> None:
    plan = wide_plan(10, batches=2)
    first = ODFI * 10_000_000
    for traces, checks in (
        ([11, 12, 13, 14, 15, 1, 2, 3, 4, 5], set()),
        ([11, 12, 13, 14, 15, 11, 12, 13, 14, 16], {"duplicate-trace"}),
    ):
        entries: Entries = replace(plan.entries, trace=first + np.array(traces))
        assert refused(replace(plan, entries=entries)) == checks
