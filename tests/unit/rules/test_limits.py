"""The night's limit stops late dues first, and files are divided without passing either of their limits."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.rules.debitable import REASON_CODES, Codes, decide
from ingather.rules.due import Due, Terms
from ingather.rules.limits import FileLimits, Most, divide_into_files, used_by, within_group_limits, within_limit
from tests.unit.rules.due_orders import EFFECTIVE_ON, day, due

LIMITED = REASON_CODES["night-limit"]
HELD = REASON_CODES["held"]
BUYER = REASON_CODES["buyer-limit"]


def night(orders: Due, codes: Codes, minor: int, *, used: int = 0) -> Codes:
    """Return the codes within a night's amount."""
    return within_limit(orders, codes, Most(minor=minor), reason="night-limit", used=Most(minor=used))


def test_orders_due_earlier_use_the_night_first() -> None:
    orders = due(
        {"order_id": 1, "due_on": day(EFFECTIVE_ON), "amount_minor": 400},
        {"order_id": 3, "due_on": day(EFFECTIVE_ON) - 3, "amount_minor": 500},
        {"order_id": 2, "due_on": day(EFFECTIVE_ON) - 3, "amount_minor": 300},
        {"order_id": 4, "due_on": day(EFFECTIVE_ON) - 9, "amount_minor": 999, "held": True},
    )
    codes = decide(orders, Terms(effective_on=EFFECTIVE_ON))
    assert night(orders, codes, 800).tolist() == [LIMITED, 0, 0, HELD]
    assert night(orders, codes, 800, used=200).tolist() == [LIMITED, LIMITED, 0, HELD]
    assert night(orders, codes, 0).tolist() == [0, 0, 0, HELD]


def test_a_large_order_is_not_overtaken_by_smaller_later_ones() -> None:
    orders = due({"order_id": 1, "amount_minor": 900}, {"order_id": 2, "amount_minor": 100})
    codes = np.zeros(2, np.int16)
    assert night(orders, codes, 500).tolist() == [LIMITED, LIMITED]


def test_a_night_is_limited_in_count_as_in_amount() -> None:
    orders = due(*({"order_id": number, "amount_minor": 100} for number in (1, 2, 3)))
    codes = np.zeros(3, np.int16)
    limited = within_limit(orders, codes, Most(entries=3), reason="night-limit", used=Most(entries=2))
    assert limited.tolist() == [0, LIMITED, LIMITED]
    nobody = within_limit(due(), np.zeros(0, np.int16), Most(entries=3), reason="night-limit", used=Most(entries=2))
    assert nobody.tolist() == []


def test_each_group_has_its_own_limit_and_what_it_used_before_counts() -> None:
    orders = due(
        {"order_id": 1, "buyer_id": 7, "amount_minor": 400},
        {"order_id": 2, "buyer_id": 8, "amount_minor": 400},
        {"order_id": 3, "buyer_id": 7, "amount_minor": 400, "due_on": day(date(2026, 11, 1))},
        {"order_id": 4, "buyer_id": 8, "amount_minor": 300},
        {"order_id": 5, "buyer_id": 9, "amount_minor": 100},
        {"order_id": 6, "buyer_id": 7, "amount_minor": 100, "held": True},
    )
    codes = decide(orders, Terms(effective_on=EFFECTIVE_ON))
    used = used_by(np.array([9, 8, 9]), np.array([1, 1, 1]), np.array([300, 100, 350]))

    def limited(minor: int, entries: int = 0) -> list[int]:
        found = within_group_limits(
            orders, codes, orders.buyer_id, reason="buyer-limit", most_entries=entries, most_minor=minor, used=used,
        )  # fmt: skip
        return [int(code) for code in found]

    assert limited(700) == [BUYER, 0, 0, BUYER, BUYER, HELD]
    assert limited(800) == [0, 0, 0, 0, 0, HELD]
    assert limited(0, entries=2) == [0, 0, 0, BUYER, BUYER, HELD]
    assert limited(0) == [0, 0, 0, 0, 0, HELD]


def test_merchants_may_have_limits_of_their_own() -> None:
    orders = due(*({"order_id": number, "merchant_id": number % 2, "amount_minor": 100} for number in (1, 2, 3, 4)))
    own = np.where(orders.merchant_id == 1, 100, 0)
    found = within_group_limits(
        orders, np.zeros(4, np.int16), orders.merchant_id, reason="merchant-limit", most_entries=0, most_minor=own,
    )  # fmt: skip
    assert found.tolist() == [0, 0, REASON_CODES["merchant-limit"], 0]


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 50)), max_size=40),
    used=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 60)), max_size=4),
    entries=st.integers(0, 6),
    minor=st.integers(0, 150),
)
def test_columns_limit_as_one_order_after_the_other_would(
    rows: list[tuple[int, int, int]], used: list[tuple[int, int, int]], entries: int, minor: int
) -> None:
    orders = due(
        *({"order_id": at, "buyer_id": buyer, "due_on": 20_000 + late, "amount_minor": amount}
          for at, (buyer, late, amount) in enumerate(rows))
    )  # fmt: skip
    before = used_by(*(np.array([row[at] for row in used], np.int64) for at in range(3)))
    found = within_group_limits(
        orders, np.zeros(len(rows), np.int16), orders.buyer_id, reason="buyer-limit", most_entries=entries,
        most_minor=minor, used=before,
    )  # fmt: skip
    meant = [0] * len(rows)
    counted = {buyer: [sum(row[at] for row in used if row[0] == buyer) for at in (1, 2)] for buyer in range(4)}
    for at in sorted(range(len(rows)), key=lambda at: (rows[at][1], at)):
        buyer, _, amount = rows[at]
        counted[buyer] = [counted[buyer][0] + 1, counted[buyer][1] + amount]
        if (entries and counted[buyer][0] > entries) or (minor and counted[buyer][1] > minor):
            meant[at] = BUYER
    assert found.tolist() == meant


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
