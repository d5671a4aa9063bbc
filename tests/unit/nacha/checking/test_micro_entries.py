"""Micro-entries are below a dollar each and never debit more than they credit."""

from typing import Any

import pytest

from tests.unit.nacha.composed import batch_of, entry_of, found

ACCTVERIFY: dict[str, Any] = {"company_entry_description": "ACCTVERIFY"}


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ([(22, 99), (22, 1), (27, 100)], []),
        ([(22, 99), (22, 1)], []),
        ([(22, 100)], [(3, 30, 39)]),
        ([(22, 1), (22, 250), (27, 251)], [(4, 30, 39)]),
        ([(22, 50), (27, 51)], [(2, 0, 0)]),
    ],
)
def test_micro_entries_are_small_and_never_a_net_debit(
    amounts: list[tuple[int, int]], told: list[tuple[int, int, int]]
) -> None:
    entries = [entry_of(number=i, transaction_code=code, amount=cents) for i, (code, cents) in enumerate(amounts, 1)]
    assert found("micro-entries", batch_of("PPD", *entries, **ACCTVERIFY)) == told


def test_other_descriptions_have_no_such_limit() -> None:
    assert found("micro-entries", batch_of("PPD", entry_of(transaction_code=27, amount=500))) == []
