"""Account numbers as they stand in their columns: filled, not only zeros, from the first column on, without blanks."""

import numpy as np

from ingather.base.columns import BLANK, ZERO, Bytes2D, Int64, Mask

SENTENCES = {
    "account-blank": "The account number is blank.",
    "account-zeros": "The account number is all zeros.",
    "account-justified": "The account number does not start in its first column.",
    "account-spaces": "There are blanks inside the account number.",
}
_WORD = 8
_WORDS = np.uint64
# Zeros and blanks differ in one bit, so that with it set both are zeros.
_BLANK_TO_ZERO = np.array(0x1010_1010_1010_1010, _WORDS)
_ZEROS = np.array(0x3030_3030_3030_3030, _WORDS)


def account_faults(columns: Bytes2D, /) -> list[tuple[str, Mask]]:
    """Return for each check of account numbers which rows of ``(n, width)`` bytes fail it."""
    blank = columns == BLANK
    filled = ~blank
    empty = ~filled.any(axis=1)
    zeros = (blank | (columns == ZERO)).all(axis=1)
    started = np.logical_or.accumulate(filled, axis=1)
    ended = np.logical_or.accumulate(filled[:, ::-1], axis=1)[:, ::-1]
    return [
        ("account-blank", empty),
        ("account-zeros", zeros & ~empty),
        ("account-justified", blank[:, 0] & ~empty),
        ("account-spaces", (blank & started & ended).any(axis=1)),
    ]


def odd_accounts(first: Bytes2D, last: Bytes2D, /) -> Int64:
    """Return the rows that may fail a check of account numbers: all that do, and hardly any others.

    An account number comes as ``first``, ``(n, 16)`` contiguous bytes, and ``last``, the ``(n,)`` column after them. It
    is good when its blanks follow all else and it is not only zeros.
    """
    words = first.view(_WORDS)
    odd = np.zeros(len(first), np.bool_)
    # A whole column at once, as if each number went on in the next: where one starts anew does not count.
    blank = np.equal(first.reshape(-1), BLANK)
    gap = np.greater(blank[:-1], blank[1:])
    gap[first.shape[1] - 1 :: first.shape[1]] = False
    if np.count_nonzero(gap):
        odd[np.flatnonzero(gap) // first.shape[1]] = True
    idle = (words[:, 0] | _BLANK_TO_ZERO) == _ZEROS
    if np.count_nonzero(idle):
        idle &= (words[:, 1] | _BLANK_TO_ZERO) == _ZEROS
        odd |= idle
    # Columns apart from each other are compared more slowly than moved together and then compared.
    long = np.ascontiguousarray(last) != BLANK
    if np.count_nonzero(long):
        odd |= long & blank[first.shape[1] - 1 :: first.shape[1]]
    return np.flatnonzero(odd)
