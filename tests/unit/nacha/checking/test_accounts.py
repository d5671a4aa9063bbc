"""Account numbers in their columns: the quick look misses none that a slow one finds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.columns import text_column
from ingather.nacha.checking.accounts import account_faults, odd_accounts

# Made of few characters, so that blanks and zeros fall everywhere.
NUMBERS = st.lists(st.text("0 7-", min_size=17, max_size=17), min_size=1, max_size=40)


def slow_faults(text: str) -> set[str]:
    if not text.strip(" "):
        return {"account-blank"}
    faults = set()
    if not text.strip(" 0"):
        faults.add("account-zeros")
    if text[0] == " ":
        faults.add("account-justified")
    if " " in text.strip(" "):
        faults.add("account-spaces")
    return faults


@given(NUMBERS)
def test_each_account_number_is_judged_by_itself(numbers: list[str]) -> None:
    found = account_faults(text_column(numbers, 17))
    for row, text in enumerate(numbers):
        assert {check for check, bad in found if bad[row]} == slow_faults(text)


@given(NUMBERS)
def test_the_quick_look_passes_only_what_has_no_fault(numbers: list[str]) -> None:
    column = text_column(numbers, 17)
    odd = odd_accounts(np.ascontiguousarray(column[:, :16]), column[:, 16]).tolist()
    assert {row for row, text in enumerate(numbers) if slow_faults(text)} <= set(odd)


def test_the_quick_look_passes_common_numbers() -> None:
    numbers = [
        "1",
        "12345678",
        "123456789",
        "1234567890123456",
        "12345678901234567",
        "0",
        "00000000000000007",
        "0012-34",
    ]
    column = text_column([text.ljust(17) for text in numbers], 17)
    assert odd_accounts(np.ascontiguousarray(column[:, :16]), column[:, 16]).tolist() == [5, 6]
