"""Rejections of what the bank has from before, by words and by codes."""

import pytest

from ingather.reports.duplicates import says_duplicate
from ingather.reports.tables import duplicate_codes


def test_the_codes_of_iso_that_say_so_are_known() -> None:
    assert duplicate_codes() == {"AM05", "DU01", "DU02", "DU03", "DU04", "DU05"}


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (("duplicate file",), True),
        (("", "Duplication"), True),
        (("AM05",), True),
        (("DU02 batch B/1",), True),
        (("R02", "AC04 the account is closed"), False),
        (("AM055", "EDU01"), False),
        ((), False),
    ],
)
def test_a_reason_says_that_the_bank_has_the_same_from_before(reasons: tuple[str, ...], said: bool) -> None:  # noqa: FBT001 -- a table's column
    assert says_duplicate(*reasons) is said
