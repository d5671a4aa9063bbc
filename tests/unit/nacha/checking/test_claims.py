"""A control whose field is no number never passes for one that agrees."""

import pytest

from ingather.nacha.reader import read
from tests.unit.nacha.composed import batch_of, entry_of, file_of, patched

PLAIN = file_of(batch_of("PPD", entry_of())).splitlines()
ADVICES = file_of(batch_of("ADV", entry_of("ADV", amount=100))).splitlines()


def told(lines: list[bytes], at: int, layout: str, **fields: str) -> list[tuple[str, int, int]]:
    changed = [*lines[:at], patched(lines[at], layout, **fields), *lines[at + 1 :]]
    problems = read(b"\n".join(changed)).problems
    assert {problem.line for problem in problems} == {at + 1}
    return [(problem.check, problem.start, problem.end) for problem in problems]


@pytest.mark.parametrize("text", ["", "0000000000-0", "00000000000X"])
def test_a_total_that_is_no_number_is_not_nothing(text: str) -> None:
    assert told(PLAIN, 3, "8", total_credit=text) == [("batch-credit-total", 33, 44)]
    assert told(PLAIN, 4, "9", total_credit=text) == [("file-credit-total", 44, 55)]


def test_all_twenty_digits_of_an_advice_count() -> None:
    wide = "01" + "0" * 15 + "100"
    assert told(ADVICES, 3, "8ADV", total_debit=wide) == [("batch-debit-total", 21, 40)]
    assert told(ADVICES, 4, "9ADV", total_debit=wide) == [("file-debit-total", 32, 51)]


def test_controls_that_are_numbers_are_good() -> None:
    assert read(b"\n".join(PLAIN)).problems == ()
    assert read(b"\n".join(ADVICES)).problems == ()
