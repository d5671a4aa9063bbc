"""Routing numbers of many entries: nine digits, a prefix that exists, and the check digit, by tables of four digits."""

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Int64, digits_column, words_at
from ingather.nacha.findings import Faults
from ingather.nacha.routing import may_start

_NINE_DIGITS = 1_000_000_000
_TEN_THOUSAND = 10_000
_UNKNOWN_PREFIX = 128


def _weighted(*weights: int) -> npt.NDArray[np.uint8]:
    """Return for 0000 to 9999 the weighted sum of the four digits, modulus 10."""
    digits = np.arange(_TEN_THOUSAND)[:, None] // np.array([1000, 100, 10, 1]) % 10
    sums: npt.NDArray[np.uint8] = ((digits * np.array(weights)).sum(axis=1) % 10).astype(np.uint8)
    return sums


_FIRST = _weighted(3, 7, 1, 3)
_FIRST[~may_start(words_at(digits_column(np.arange(_TEN_THOUSAND) * _TEN_THOUSAND, 8), 0))] |= _UNKNOWN_PREFIX
_SECOND = _weighted(7, 1, 3, 7)


def check_routing(routing: Int64, low: int, faults: Faults, *, strict: bool) -> None:
    """Note the rows of a chunk that are not nine digits and, if strict, no routing numbers: prefix and check digit."""
    if len(routing) and (routing.min() < 0 or routing.max() >= _NINE_DIGITS):
        outside = (routing < 0) | (routing >= _NINE_DIGITS)
        faults.note("routing-digits", outside, low)
        routing = np.where(outside, 0, routing)
    if not strict:
        return
    eight = routing // 10
    head = eight // _TEN_THOUSAND
    total = _FIRST[head]
    prefix = total >= _UNKNOWN_PREFIX
    if prefix.any():
        total &= _UNKNOWN_PREFIX - 1
    if routing.min(initial=1) == 0:
        prefix |= routing == 0
    faults.note("routing-prefix", prefix, low)
    total += _SECOND[eight - head * _TEN_THOUSAND]
    total += (routing - eight * 10).astype(np.uint8)
    # Three numbers below ten: a whole ten is 0, 10 or 20.
    faults.note("check-digit", (total != 0) & (total != 10) & (total != 20), low)  # noqa: PLR2004 -- see above
