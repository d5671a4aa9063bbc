"""The lawful debit: which due orders may be debited on a date, and for the others the one reason why not.

Decisions are columns: ``Due`` is what the store hands out, ``decide`` gives one small code per order, and ``REASONS``
is the one table that says what each code means and what the way out is.
"""

import numpy as np

from ingather.rules.due import MAX_PRESENTATIONS, Due, Terms
from ingather.rules.reasons import (
    DEBITABLE,
    FORMAT_LIMIT_MINOR,
    REASON_CODES,
    REASONS,
    Codes,
    Reason,
    reason_of,
)

__all__ = [
    "DEBITABLE",
    "FORMAT_LIMIT_MINOR",
    "MAX_PRESENTATIONS",
    "REASONS",
    "REASON_CODES",
    "Codes",
    "Due",
    "Reason",
    "Terms",
    "decide",
    "reason_of",
]


def decide(due: Due, terms: Terms) -> Codes:
    """Return ``(n,)`` reason codes of orders that would settle on the terms' date; 0 means debitable."""
    codes = np.zeros(len(due), np.int16)
    for code, reason in enumerate(REASONS):
        codes[reason.test(due, terms) & (codes == DEBITABLE)] = code
    return codes
