"""Journals: two lines that sum to zero, with the merchant only where the account is a merchant's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.domain.ledger import PER_MERCHANT, JournalKind, LedgerAccount, journal

MERCHANT = 77


@given(st.sampled_from(JournalKind), st.integers(-(10**15), 10**15))
def test_every_journal_sums_to_zero_between_two_accounts(kind: JournalKind, amount: int) -> None:
    debit, credit = journal(kind, merchant_id=MERCHANT, amount_minor=amount)
    assert debit.amount_minor + credit.amount_minor == 0
    assert debit.amount_minor == amount
    assert debit.account != credit.account


@pytest.mark.parametrize("kind", list(JournalKind))
def test_a_line_names_the_merchant_only_in_a_merchants_account(kind: JournalKind) -> None:
    for line in journal(kind, merchant_id=MERCHANT, amount_minor=1):
        assert line.merchant_id == (MERCHANT if line.account in PER_MERCHANT else 0)


LIVES = [
    (
        "collected and paid",
        [JournalKind.SUBMITTED, JournalKind.SETTLED, JournalKind.COLLECTED, JournalKind.PAID_OUT],
        {LedgerAccount.BANK_CLEARING: 5, LedgerAccount.PAYABLE_SETTLED: -5},
    ),
    ("returned", [JournalKind.SUBMITTED, JournalKind.SETTLED, JournalKind.RETURNED], {}),
    ("rejected", [JournalKind.SUBMITTED, JournalKind.REJECTED], {}),
    (
        "clawed back",
        [JournalKind.SUBMITTED, JournalKind.SETTLED, JournalKind.COLLECTED, JournalKind.CLAWED_BACK],
        {},
    ),
    (
        "clawed back after it was paid",
        [
            JournalKind.SUBMITTED,
            JournalKind.SETTLED,
            JournalKind.COLLECTED,
            JournalKind.PAID_OUT,
            JournalKind.CLAWED_BACK,
        ],
        {LedgerAccount.PAYABLE_AVAILABLE: 5, LedgerAccount.PAYABLE_SETTLED: -5},
    ),
]


@pytest.mark.parametrize(("kinds", "left"), [life[1:] for life in LIVES], ids=[life[0] for life in LIVES])
def test_a_life_of_movements_leaves_what_is_owed_and_nothing_else(
    kinds: list[JournalKind], left: dict[LedgerAccount, int]
) -> None:
    balances: dict[LedgerAccount, int] = {}
    for kind in kinds:
        for line in journal(kind, merchant_id=MERCHANT, amount_minor=5):
            balances[line.account] = balances.get(line.account, 0) + line.amount_minor
    assert {account: amount for account, amount in balances.items() if amount} == left
