"""What may stand in a batch, decided once per kind of batch and looked up for all of its entries."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Int64
from ingather.nacha.descriptions import REVERSAL
from ingather.nacha.refusing.batches import CREDITS_ONLY, DEBITS_ONLY
from ingather.nacha.refusing.scope import Scope
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.transaction_codes import DEBIT, FORWARD, LIVE, RETURNED, TRANSACTION_CODES, Use
from ingather.nacha.writing.frames import header_texts

CODES = 100
_LOAN_DEBIT = 55
# One bit each of a verdict.
NO_CODE, OTHER_SERVICE, OTHER_DIRECTION, OTHER_USE, LIVE_ENTRY, NEEDS_ADDENDA = 1, 2, 4, 8, 16, 32

Verdicts = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchKinds:
    """``kind`` ``(b,)`` is each batch's row in ``verdicts`` ``(kinds, 100)``: what its transaction codes may be."""

    kind: Int64
    verdicts: Verdicts


def batch_kinds(scope: Scope) -> BatchKinds:
    """Return the kinds of the batches, by SEC code, service class and whether they reverse."""
    texts = header_texts(scope.plan, slice(None), scope.dialect, scope.purpose)
    keys = [
        (code, service, description.rstrip() == REVERSAL)
        for code, service, description in zip(
            texts.standard_entry_class,
            scope.plan.batches.service_class,
            texts.company_entry_description,
            strict=True,
        )
    ]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    verdicts = np.zeros((len(numbers), CODES), np.uint8)
    for key, number in numbers.items():
        verdicts[number] = _verdicts(*key, originates=scope.originates)
    return BatchKinds(kind=np.array([numbers[key] for key in keys], np.int64), verdicts=verdicts)


def _verdicts(code: str, service: int, reverses: bool, *, originates: bool) -> Verdicts:  # noqa: FBT001 -- part of a key
    verdicts = np.zeros(CODES, np.uint8)
    if service == CREDITS_ONLY:
        verdicts[DEBIT] |= OTHER_SERVICE
    if service == DEBITS_ONLY:
        verdicts[~DEBIT] |= OTHER_SERVICE
    row = SEC_CODES.get(code)
    unknown = ~(FORWARD if originates else RETURNED)
    if not originates or row is None:
        verdicts[unknown] = NO_CODE
        return verdicts
    verdicts[LIVE] |= LIVE_ENTRY
    for number, known in TRANSACTION_CODES.items():
        if not (row.debits if known.debit else row.credits) and not reverses:
            verdicts[number] |= OTHER_DIRECTION
        if known.use not in row.uses:
            verdicts[number] |= OTHER_USE
        if known.use is Use.ZERO_DOLLAR:
            verdicts[number] |= NEEDS_ADDENDA
    if not reverses:
        verdicts[_LOAN_DEBIT] |= OTHER_USE
    # Of a code that is not written nothing more is said.
    verdicts[unknown] = NO_CODE
    return verdicts
