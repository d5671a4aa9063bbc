"""A single authorization is for one debit: of several orders that name it, one is debited."""

import numpy as np

from ingather.rules.due import Due, Int64
from ingather.rules.reasons import DEBITABLE, REASON_CODES, Codes
from ingather.rules.vocabulary import AuthorizationKind


def within_single_use(due: Due, codes: Codes, *, used: Int64) -> Codes:
    """Return the codes with ``authorization-used`` for debitable orders whose authorization another order uses.

    ``used`` are the ids of the single authorizations that earlier decisions of this night used. What was presented
    before has used its authorization already and goes on; of the others the order due earliest comes first, then the
    smallest id.
    """
    chosen = np.flatnonzero((codes == DEBITABLE) & (due.authorization_kind == AuthorizationKind.SINGLE))
    if not len(chosen):
        return codes
    first = due.presentations[chosen] == 0
    ranked = chosen[np.lexsort((due.order_id[chosen], due.due_on[chosen], first))]
    ids = due.authorization_id[ranked]
    _, leading = np.unique(ids, return_index=True)
    alone = np.zeros(len(ranked), np.bool_)
    alone[leading] = True
    refused = (due.presentations[ranked] == 0) & (~alone | np.isin(ids, used))
    limited = codes.copy()
    limited[ranked[refused]] = REASON_CODES["authorization-used"]
    return limited


def single_authorizations(due: Due, rows: Int64) -> Int64:
    """Return the ids of the single authorizations that these orders rest on."""
    kinds = due.authorization_kind[rows]
    found: Int64 = due.authorization_id[rows[kinds == AuthorizationKind.SINGLE]]
    return found
