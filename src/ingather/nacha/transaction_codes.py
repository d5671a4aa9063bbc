"""The table of transaction codes: which account, debit or credit, and whether money moves (RB13 Appendix Three)."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ingather.base.columns import Int64, Mask


class AccountKind(StrEnum):
    """The kind of account a transaction code names."""

    CHECKING = "checking"
    SAVINGS = "savings"
    LEDGER = "general ledger"
    LOAN = "loan"
    ACCOUNTING = "accounting"


class Use(StrEnum):
    """What an entry with this code does."""

    LIVE = "live"
    PRENOTE = "prenote"
    ZERO_DOLLAR = "zero-dollar with remittance"
    RETURN = "return or change"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionCode:
    """One row: code, account, direction, use."""

    code: int
    account: AccountKind
    debit: bool
    use: Use


_ROWS = (
    (AccountKind.CHECKING, False, 22, 23, 24, 21),
    (AccountKind.CHECKING, True, 27, 28, 29, 26),
    (AccountKind.SAVINGS, False, 32, 33, 34, 31),
    (AccountKind.SAVINGS, True, 37, 38, 39, 36),
    (AccountKind.LEDGER, False, 42, 43, 44, 41),
    (AccountKind.LEDGER, True, 47, 48, 49, 46),
    (AccountKind.LOAN, False, 52, 53, 54, 51),
    (AccountKind.LOAN, True, 55, 0, 0, 56),
    # The operator's own accounting advices (ADV): 81, 83, 85, 87 credit; 82, 84, 86, 88 debit.
    (AccountKind.ACCOUNTING, False, 81, 0, 0, 0),
    (AccountKind.ACCOUNTING, True, 82, 0, 0, 0),
    (AccountKind.ACCOUNTING, False, 83, 0, 0, 0),
    (AccountKind.ACCOUNTING, True, 84, 0, 0, 0),
    (AccountKind.ACCOUNTING, False, 85, 0, 0, 0),
    (AccountKind.ACCOUNTING, True, 86, 0, 0, 0),
    (AccountKind.ACCOUNTING, False, 87, 0, 0, 0),
    (AccountKind.ACCOUNTING, True, 88, 0, 0, 0),
)

TRANSACTION_CODES: dict[int, TransactionCode] = {
    code: TransactionCode(code=code, account=account, debit=debit, use=use)
    for account, debit, *codes in _ROWS
    for code, use in zip(codes, Use, strict=True)
    if code
}


def _flags(*codes: int) -> Mask:
    flags = np.zeros(100, np.bool_)
    flags[list(codes)] = True
    return flags


# Indexed by code: (100,) masks.
KNOWN = _flags(*TRANSACTION_CODES)
# The second digit tells credits (0 to 4) from debits (5 to 9), of codes the Rules do not know too; advices alternate.
DEBIT = _flags(
    *(code for code in range(80) if code % 10 >= 5),  # noqa: PLR2004 -- the rule above
    *(code for code, row in TRANSACTION_CODES.items() if row.account is AccountKind.ACCOUNTING and row.debit),
)
LIVE = _flags(*(code for code, row in TRANSACTION_CODES.items() if row.use is Use.LIVE))
RETURNED = _flags(*(code for code, row in TRANSACTION_CODES.items() if row.use is Use.RETURN))
FORWARD = KNOWN & ~RETURNED & ~_flags(*range(81, 89))


def _codes(pairs: dict[int, int]) -> Int64:
    codes = np.zeros(100, np.int64)
    codes[list(pairs)] = list(pairs.values())
    return codes


# Indexed by code: (100,) codes, 0 where there is none. What comes back of an entry (RB13 Appendix Three).
RETURN_OF = _codes({code: returned for _, _, *codes, returned in _ROWS for code in codes if code and returned})
# What takes a live entry back. A loan debit (55) is itself a reversal, so that nothing reverses it.
REVERSAL_OF = _codes({22: 27, 27: 22, 32: 37, 37: 32, 42: 47, 47: 42, 52: 55})


def describe_code(code: int) -> str:
    """Return a transaction code in words, such as ``checking debit, live``; unknown ones say so."""
    row = TRANSACTION_CODES.get(code)
    if row is None:
        return "unknown transaction code"
    return f"{row.account} {'debit' if row.debit else 'credit'}, {row.use}"
