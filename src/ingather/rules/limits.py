"""Limits of a night and of a file: which debits still fit tonight, and how they are divided into files."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingather.rules.debitable import DEBITABLE, REASON_CODES, Codes, Due

Int64 = npt.NDArray[np.int64]

FORMAT_FILE_LIMIT_MINOR = 999_999_999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """How much one file may hold: entries, and debits in cents (0: as much as the format's twelve digits)."""

    entries: int = 100_000
    debit_cents: int = 0


def within_night_limit(due: Due, codes: Codes, *, limit_minor: int, used_minor: int = 0) -> Codes:
    """Return the codes with ``night-limit`` for the debitable orders that no longer fit the night's amount.

    Orders due earlier come first, then smaller order ids; the first that does not fit ends the night, so that a large
    order is not overtaken for ever by small ones. ``limit_minor`` 0 means no limit; ``used_minor`` is what earlier
    files of the night hold.
    """
    if limit_minor <= 0:
        return codes
    chosen = np.flatnonzero(codes == DEBITABLE)
    ranked = chosen[np.lexsort((due.order_id[chosen], due.due_on[chosen]))]
    over = np.cumsum(due.amount_minor[ranked]) + used_minor > limit_minor
    limited = codes.copy()
    limited[ranked[over]] = REASON_CODES["night-limit"]
    return limited


def divide_into_files(amounts_cents: Int64, limits: FileLimits) -> Int64:
    """Return ``(n,)`` file numbers from 0, ascending, that keep each file within both limits in the given order.

    An entry never exceeds a file's amount on its own: the entry limit is checked before. Raises ``ValueError`` when
    one does.
    """
    most = min(limits.debit_cents or FORMAT_FILE_LIMIT_MINOR, FORMAT_FILE_LIMIT_MINOR)
    if len(amounts_cents) and int(amounts_cents.max()) > most:
        message = "one entry is over the amount limit of a whole file"
        raise ValueError(message)
    totals = np.concatenate((np.zeros(1, np.int64), np.cumsum(amounts_cents, dtype=np.int64)))
    files = np.empty(len(amounts_cents), np.int64)
    start = number = 0
    while start < len(amounts_cents):
        by_amount = int(np.searchsorted(totals, totals[start] + most, side="right")) - 1
        end = min(start + limits.entries, by_amount, len(amounts_cents))
        files[start:end] = number
        start, number = end, number + 1
    return files
