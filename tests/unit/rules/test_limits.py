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


def test_files_are_cut_where_either_limit_is_reached() -> None:
    amounts = np.array([50, 50, 10, 90, 1, 1, 1, 1], np.int64)
    assert divide_into_files(amounts, FileLimits(entries=3, debit_cents=100)).tolist() == [0, 0, 1, 1, 2, 2, 2, 3]
    assert divide_into_files(np.empty(0, np.int64), FileLimits()).tolist() == []


def test_an_entry_over_a_files_amount_is_refused_not_divided() -> None:
    with pytest.raises(ValueError, match="whole file"):
        divide_into_files(np.array([101], np.int64), FileLimits(debit_cents=100))


@given(
    amounts=st.lists(st.integers(1, 100), max_size=60),
    entries=st.integers(1, 10),
    debit_cents=st.integers(100, 400),
)
def test_no_file_is_over_a_limit_and_none_could_take_the_next_entry(
    amounts: list[int], entries: int, debit_cents: int
) -> None:
    column = np.array(amounts, np.int64)
    files = divide_into_files(column, FileLimits(entries=entries, debit_cents=debit_cents))
    for number in range(int(files.max()) + 1 if amounts else 0):
        held = column[files == number]
        assert 1 <= len(held) <= entries
        assert held.sum() <= debit_cents
        later = column[files > number]
        if len(later):
            assert len(held) == entries or held.sum() + later[0] > debit_cents
