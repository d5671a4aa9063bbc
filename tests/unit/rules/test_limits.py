"""The night's limit stops late dues first, and files are divided without passing either of their limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.rules.debitable import REASON_CODES, decide
from ingather.rules.due import Terms
from ingather.rules.limits import FileLimits, divide_into_files, within_night_limit
from tests.unit.rules.due_orders import EFFECTIVE_ON, day, due

LIMITED = REASON_CODES["night-limit"]
HELD = REASON_CODES["held"]


def test_orders_due_earlier_use_the_night_first() -> None:
    orders = due(
        {"order_id": 1, "due_on": day(EFFECTIVE_ON), "amount_minor": 400},
        {"order_id": 3, "due_on": day(EFFECTIVE_ON) - 3, "amount_minor": 500},
        {"order_id": 2, "due_on": day(EFFECTIVE_ON) - 3, "amount_minor": 300},
        {"order_id": 4, "due_on": day(EFFECTIVE_ON) - 9, "amount_minor": 999, "held": True},
    )
    codes = decide(orders, Terms(effective_on=EFFECTIVE_ON))
    assert within_night_limit(orders, codes, limit_minor=800).tolist() == [LIMITED, 0, 0, HELD]
    assert within_night_limit(orders, codes, limit_minor=800, used_minor=200).tolist() == [LIMITED, LIMITED, 0, HELD]
    assert within_night_limit(orders, codes, limit_minor=0).tolist() == [0, 0, 0, HELD]


def test_a_large_order_is_not_overtaken_by_smaller_later_ones() -> None:
    orders = due({"order_id": 1, "amount_minor": 900}, {"order_id": 2, "amount_minor": 100})
    codes = np.zeros(2, np.int16)
    assert within_night_limit(orders, codes, limit_minor=500).tolist() == [LIMITED, LIMITED]


def divided(amounts: list[int], limits: FileLimits, keys: list[int] | None = None) -> tuple[list[int], list[int]]:
    """Return the file and batch numbers of these amounts."""
    column = np.array(amounts, np.int64)
    found = divide_into_files(np.array(keys or [0] * len(amounts), np.int64), column, limits)
    return found.file.tolist(), found.batch.tolist()


def test_files_are_cut_where_either_limit_is_reached() -> None:
    amounts = [50, 50, 10, 90, 1, 1, 1, 1]
    assert divided(amounts, FileLimits(entries=3, debit_cents=100))[0] == [0, 0, 1, 1, 2, 2, 2, 3]
    assert divided([], FileLimits()) == ([], [])


def test_batches_are_cut_where_a_key_changes_a_limit_is_reached_or_a_file_ends() -> None:
    keys, amounts = [7, 7, 7, 7, 9, 9, 9], [10, 10, 10, 30, 10, 10, 10]
    assert divided(amounts, FileLimits(), keys) == ([0] * 7, [0, 0, 0, 0, 1, 1, 1])
    assert divided(amounts, FileLimits(batch_entries=3), keys)[1] == [0, 0, 0, 1, 2, 2, 2]
    assert divided(amounts, FileLimits(batch_debit_cents=30), keys)[1] == [0, 0, 0, 1, 2, 2, 2]
    assert divided(amounts, FileLimits(entries=5), keys) == ([0] * 5 + [1] * 2, [0, 0, 0, 0, 1, 2, 2])


def test_a_file_holds_no_more_batches_than_its_limit() -> None:
    found = divided([1] * 7, FileLimits(batch_entries=2, batches=2), [7] * 5 + [9] * 2)
    assert found == ([0, 0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 3, 3])


def test_an_entry_over_an_amount_by_itself_is_refused_not_divided() -> None:
    with pytest.raises(ValueError, match="whole file"):
        divided([101], FileLimits(debit_cents=100))
    with pytest.raises(ValueError, match="or batch"):
        divided([101], FileLimits(batch_debit_cents=100))


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 100)), max_size=60).map(sorted),
    entries=st.integers(1, 10),
    debit_cents=st.integers(100, 400),
    batches=st.integers(0, 3),
    batch_entries=st.integers(0, 4),
    batch_debit_cents=st.integers(100, 200) | st.just(0),
)
def test_no_file_or_batch_is_over_a_limit_and_none_could_take_the_next_entry(
    rows: list[tuple[int, int]],
    entries: int,
    debit_cents: int,
    batches: int,
    batch_entries: int,
    batch_debit_cents: int,
) -> None:
    limits = FileLimits(
        entries=entries,
        debit_cents=debit_cents,
        batches=batches,
        batch_entries=batch_entries,
        batch_debit_cents=batch_debit_cents,
    )
    keys, amounts = [key for key, _ in rows], [amount for _, amount in rows]
    files, numbers = divided(amounts, limits, keys)
    # The obvious way: an entry opens a batch or a file only when it may not go where the last one went.
    file = batch = -1
    in_file: list[int] = []
    in_batch: list[int] = []
    for row, (key, amount) in enumerate(rows):
        goes_on = bool(in_batch) and key == keys[row - 1] and not (batch_entries and len(in_batch) == batch_entries)
        goes_on = goes_on and not (batch_debit_cents and sum(in_batch) + amount > batch_debit_cents)
        opened = len({numbers[at] for at in range(row) if files[at] == file})
        full = len(in_file) == entries or sum(in_file) + amount > debit_cents
        full = full or (not goes_on and batches > 0 and opened == batches)
        if full or not in_file:
            file, in_file, goes_on = file + 1, [], False
        if not goes_on:
            batch, in_batch = batch + 1, []
        in_file.append(amount)
        in_batch.append(amount)
        assert (files[row], numbers[row]) == (file, batch)
