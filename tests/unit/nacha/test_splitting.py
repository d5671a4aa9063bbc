"""One plan into several files: no limit passed, nothing lost or moved, and what belongs together stays so."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingather.base.columns import text_column
from ingather.nacha import splitting
from ingather.nacha.plan import Batches, FilePlan, payment_addenda
from ingather.nacha.reader import read
from ingather.nacha.refused import FormatRefused
from ingather.nacha.splitting import Limits, split
from ingather.nacha.writer import write
from tests.unit.nacha.plans import one_batch, small_plan, wide_plan, with_batches, with_entries
from tests.unit.nacha.refusing.breaks import first, headed

COLUMNS = ("transaction_code", "routing", "account", "amount_cents", "identification", "name", "discretionary", "trace")


def sizes(plans: list[FilePlan]) -> list[list[int]]:
    return [np.bincount(plan.entries.batch, minlength=len(plan.batches)).tolist() for plan in plans]


def checks(plan: FilePlan, limits: Limits | None = None, modifiers: str | None = None) -> list[str]:
    with pytest.raises(FormatRefused) as refused:
        split(plan, limits=limits or Limits(), modifiers=modifiers)
    return [problem.check for problem in refused.value.problems]


def filled(plan: FilePlan) -> dict[str, list[Any]]:
    """Return the columns of the batches that are there."""
    columns = {name: getattr(plan.batches, name) for name in Batches.__dataclass_fields__}
    return {name: list(column) for name, column in columns.items() if column is not None}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(), [[2, 2, 2, 2]]),
        (Limits(file_entries=8), [[2, 2, 2, 2]]),
        (Limits(file_entries=4), [[2, 2], [2, 2]]),
        (Limits(file_entries=3), [[2, 1], [1, 2], [2]]),
        (Limits(file_entries=5), [[2, 2, 1], [1, 2]]),
        (Limits(batch_entries=1), [[1] * 8]),
        (Limits(file_batches=3), [[2, 2, 2], [2]]),
        (Limits(file_batches=1, batch_entries=1), [[1]] * 8),
        # 1999, 3998 | 5997, 7996 | 9995, 11994 | 13993, 15992
        (Limits(file_debit_cents=15_992), [[2, 1], [1], [1], [1], [1], [1]]),
        (Limits(file_debit_cents=19_990), [[2, 2], [1], [1], [1], [1]]),
        (Limits(file_debit_cents=19_989), [[2, 1], [1, 1], [1], [1], [1]]),
        (Limits(batch_debit_cents=15_992), [[2, 2, 1, 1, 1, 1]]),
    ],
)
def test_files_and_batches_are_filled_up_to_a_limit_and_no_further(limits: Limits, expected: list[list[int]]) -> None:
    assert sizes(split(small_plan(), limits=limits)) == expected


def test_entries_keep_their_order_traces_and_addenda_and_batches_are_numbered_anew() -> None:
    plan = small_plan()
    plans = split(plan, limits=Limits(file_entries=3))
    for name in COLUMNS:
        joined = np.concatenate([getattr(part.entries, name) for part in plans])
        assert np.array_equal(joined, getattr(plan.entries, name))
    assert [part.head.id_modifier for part in plans] == ["A", "B", "C"]
    assert [list(part.batches.batch_number) for part in plans] == [[1, 2], [1, 2], [1]]
    classes = [list(part.batches.standard_entry_class) for part in plans]
    assert classes == [["CCD", "PPD"], ["PPD", "WEB"], ["TEL"]]
    readings = [read(write(part).data) for part in plans]
    assert [reading.problems for reading in readings] == [()] * 3
    found = [reading.entries.trace[reading.addenda.entry].tolist() for reading in readings]
    assert found == [[int(plan.entries.trace[0])], [int(plan.entries.trace[4])], []]


def test_an_uncut_plan_says_the_same_as_before() -> None:
    (part,) = split(small_plan(), limits=Limits())
    assert write(part).data == write(small_plan()).data


def test_the_same_plan_is_split_the_same_way() -> None:
    plan = wide_plan(5_000, batches=7)
    parts = [[write(part).data for part in split(plan, limits=Limits(file_entries=999))] for _ in range(2)]
    assert parts[0] == parts[1]
    assert len(parts[0]) == 6


def test_modifiers_go_on_from_the_heads_own_and_end_with_nine() -> None:
    limits = Limits(file_entries=1)
    assert [part.head.id_modifier for part in split(headed(one_batch(), id_modifier="Y"), limits=limits)] == [
        "Y",
        "Z",
        "0",
    ]
    assert checks(headed(one_batch(), id_modifier="8"), limits) == ["id-modifier"]
    assert [part.head.id_modifier for part in split(one_batch(), limits=limits, modifiers="XQ7")] == ["X", "Q", "7"]
    assert checks(one_batch(), limits, "XQ") == ["id-modifier"]
    assert checks(one_batch(), limits, "XXQ") == ["id-modifier"]


def test_a_single_entry_over_a_limit_is_refused() -> None:
    plan = first(one_batch(), amount_cents=100)
    assert checks(plan, Limits(file_debit_cents=3_997)) == ["batch-limit"]
    assert checks(plan, Limits(batch_debit_cents=3_997)) == ["batch-limit"]
    assert len(split(plan, limits=Limits(file_debit_cents=5_997))) == 2


def test_a_balanced_batch_is_moved_whole_or_refused() -> None:
    offset = np.array([False, False, True] * 2)
    plan = with_entries(
        one_batch("PPD", 6),
        batch=np.repeat([0, 1], 3),
        transaction_code=np.array([27, 27, 22] * 2),
        amount_cents=np.array([40, 2, 42] * 2),
        offset=offset,
    )
    pair = {name: list(column) * 2 for name, column in filled(plan).items()}
    plan = with_batches(plan, **{**pair, "service_class": [200] * 2, "batch_number": [1, 2]})
    parts = split(plan, limits=Limits(file_entries=5))
    assert sizes(parts) == [[3], [3]]
    assert [part.entries.offset.tolist() for part in parts if part.entries.offset is not None] == [
        [False, False, True]
    ] * 2
    assert checks(plan, Limits(batch_entries=2)) == ["offset"]
    assert checks(plan, Limits(file_entries=2)) == ["offset"]


def test_micro_entries_stay_together() -> None:
    plan = with_entries(one_batch("PPD"), transaction_code=np.array([22, 22, 27]), amount_cents=np.array([5, 7, 12]))
    plan = with_batches(plan, service_class=[200], entry_description=["ACCTVERIFY"])
    assert sizes(split(plan, limits=Limits(file_entries=3))) == [[3]]
    assert checks(plan, Limits(file_entries=2)) == ["offset"]


def test_totals_of_twelve_digits_are_a_limit_of_the_format() -> None:
    plan = wide_plan(250)
    largest = np.full(250, 9_999_999_999)
    assert sizes(split(with_entries(plan, amount_cents=largest), limits=Limits())) == [[100], [100], [50]]
    mixed = with_entries(plan, amount_cents=largest, transaction_code=np.where(np.arange(250) % 2, 27, 22))
    assert sizes(split(with_batches(mixed, service_class=[200]), limits=Limits())) == [[200], [50]]


def test_addenda_count_towards_the_formats_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = np.repeat(np.arange(6), [0, 3, 1, 0, 2, 3])
    plan = with_entries(one_batch("CTX", 6), name=text_column(["BUYER"] * 6, 22))
    plan = with_entries(plan, addenda=payment_addenda(owner, text_column(["RMR"] * 9, 80)))
    monkeypatch.setattr(splitting, "MAX_BATCH_RECORDS", 5)
    parts = split(plan, limits=Limits())
    assert sizes(parts) == [[2, 2, 1, 1]]
    assert [line[:1] for line in write(parts[0]).data.splitlines()].count(b"7") == 9
    # Of nine records five are the frames of the file and its first batch; the next batch takes two more.
    monkeypatch.setattr(splitting, "MAX_FILE_RECORDS", 9)
    parts = split(plan, limits=Limits())
    assert sizes(parts) == [[2], [2], [1], [1]]
    counts = [
        np.bincount(addenda.entry, minlength=len(part.entries)).tolist()
        for part in parts
        if (addenda := part.entries.addenda) is not None
    ]
    assert counts == [[0, 3], [1, 0], [2], [3]]


def test_batches_of_a_file_are_limited_by_the_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "MAX_BATCHES", 3)
    assert sizes(split(small_plan(), limits=Limits())) == [[2, 2, 2], [2]]


def test_an_entry_that_is_twice_in_the_plan_is_not_parted_from_its_twin() -> None:
    plan = one_batch()
    twice = {name: getattr(plan.entries, name)[[0, 1, 0]] for name in COLUMNS if name != "trace"}
    assert checks(with_entries(plan, **twice), Limits(file_entries=1)) == ["duplicate-entry"]
    trace = small_plan().entries.trace[[0, 1, 0, 3, 4, 5, 6, 7]]
    assert checks(with_entries(small_plan(), trace=trace), Limits(file_entries=2)) == ["duplicate-trace"]


def test_a_plan_that_makes_no_sense_is_not_split() -> None:
    plan = small_plan()
    assert checks(with_entries(plan, trace=plan.entries.trace[1:])) == ["plan-shape"]
    assert checks(first(plan, transaction_code=100)) == ["plan-shape"]
    assert checks(first(plan, amount_cents=-1)) == ["plan-shape"]
    assert checks(with_entries(plan, batch=np.maximum(plan.entries.batch, 1))) == ["batch-empty"]
    none = {name: column[:0] for name, column in filled(plan).items()}
    empty = {name: getattr(plan.entries, name)[:0] for name in ("batch", *COLUMNS)}
    nothing = with_batches(with_entries(plan, **empty, addenda=None), **none)
    assert checks(nothing) == ["file-empty"]


def test_a_negative_limit_is_an_error() -> None:
    with pytest.raises(ValueError, match="negative"):
        Limits(file_entries=-1)


def test_every_column_goes_along() -> None:
    plan = replace(small_plan(), entries=replace(small_plan().entries, announced=np.arange(8)))
    plan = with_batches(plan, settlement_date=["001", "002", "003", "004"], authentication=["A", "B", "C", "D"])
    parts = split(plan, limits=Limits(file_entries=3))
    announced = [part.entries.announced for part in parts]
    assert [column.tolist() for column in announced if column is not None] == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert [part.batches.settlement_date for part in parts] == [["001", "002"], ["002", "003"], ["004"]]
    assert [part.batches.authentication for part in parts] == [["A", "B"], ["B", "C"], ["D"]]


@settings(max_examples=60, deadline=None)
@given(
    cents=st.lists(st.integers(1, 50), min_size=1, max_size=24),
    cuts=st.lists(st.booleans(), min_size=24, max_size=24),
    batch_entries=st.integers(0, 5),
    file_entries=st.integers(0, 7),
    file_batches=st.integers(0, 3),
    file_debit_cents=st.sampled_from([0, 50, 120]),
    batch_debit_cents=st.sampled_from([0, 50, 77]),
)
def test_no_limit_is_passed_and_no_file_could_have_taken_the_next_entry(
    cents: list[int],
    cuts: list[bool],
    batch_entries: int,
    file_entries: int,
    file_batches: int,
    file_debit_cents: int,
    batch_debit_cents: int,
) -> None:
    count = len(cents)
    batch = np.cumsum(np.array([False, *cuts[1:count]]).astype(np.int64))
    plan = with_entries(wide_plan(count, batches=int(batch[-1]) + 1), batch=batch, amount_cents=np.array(cents))
    limits = Limits(
        batch_entries=batch_entries,
        batch_debit_cents=batch_debit_cents,
        file_entries=file_entries,
        file_batches=file_batches,
        file_debit_cents=file_debit_cents,
    )
    parts = split(plan, limits=limits, modifiers=[str(number) for number in range(count)])
    assert np.concatenate([part.entries.trace for part in parts]).tolist() == plan.entries.trace.tolist()
    for place, part in enumerate(parts):
        amount, own = part.entries.amount_cents, part.entries.batch
        held = np.bincount(own)
        debited = np.array([amount[own == number].sum() for number in range(len(part.batches))])
        assert held.min() > 0
        assert not batch_entries or held.max() <= batch_entries
        assert not batch_debit_cents or debited.max() <= batch_debit_cents
        assert not file_entries or len(amount) <= file_entries
        assert not file_batches or len(part.batches) <= file_batches
        assert not file_debit_cents or amount.sum() <= file_debit_cents
        if place + 1 < len(parts):
            after = int(parts[place + 1].entries.amount_cents[0])
            full = (
                (file_entries and len(amount) == file_entries)
                or (file_debit_cents and amount.sum() + after > file_debit_cents)
                or (file_batches and len(part.batches) == file_batches)
            )
            assert full
