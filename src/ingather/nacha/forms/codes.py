"""Which transaction code an entry of another use or direction to the same account has: columns of 100, by the code."""

import numpy as np

from ingather.base.columns import Int64
from ingather.nacha.transaction_codes import TRANSACTION_CODES, AccountKind, Use

LOAN_DEBITS = [code for code, row in TRANSACTION_CODES.items() if row.account is AccountKind.LOAN and row.debit]


def _to(use: Use, *, debit: bool | None = None) -> Int64:
    """Return the code with this use of the same account, in the same direction or the one given; 0 for none.

    Answers have none: their code says nothing about what is sent.
    """
    codes = np.zeros(100, np.int64)
    found = {(row.account, row.debit, row.use): code for code, row in TRANSACTION_CODES.items() if code < 80}  # noqa: PLR2004 -- advices are from 81 on
    for code, row in TRANSACTION_CODES.items():
        if row.use is not Use.RETURN:
            codes[code] = found.get((row.account, row.debit if debit is None else debit, use), 0)
    return codes


PRENOTE_OF = _to(Use.PRENOTE)
ZERO_DOLLAR_OF = _to(Use.ZERO_DOLLAR)
CREDIT_BESIDE = _to(Use.LIVE, debit=False)
# A loan account is debited only to reverse a credit.
DEBIT_BESIDE = np.where(np.isin(_to(Use.LIVE, debit=True), LOAN_DEBITS), 0, _to(Use.LIVE, debit=True))
