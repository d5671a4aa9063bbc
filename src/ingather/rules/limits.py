"""Limits of a night and of a file: which debits still fit tonight, and how they are divided into files."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingather.rules.debitable import DEBITABLE, REASON_CODES, Codes, Due

Int64 = npt.NDArray[np.int64]

FORMAT_FILE_LIMIT_MINOR = 999_999_999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """How much one file may hold, and each of its batches: entries, batches, debits in cents.

    0 means as much as the format's twelve digits hold, or as the file does; only ``entries`` is always a limit.
    """

    entries: int = 100_000
    debit_cents: int = 0
    batches: int = 0
    batch_entries: int = 0
    batch_debit_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """Where each entry goes: file and batch numbers ``(n,)``, both ascending from 0, batches counted over all files."""

    file: Int64
    batch: Int64


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


def divide_into_files(keys: Int64, amounts_cents: Int64, limits: FileLimits) -> Division:
    """Return the files and batches that entries go into, in the given order, within all limits.

    ``keys`` ``(n,)`` are what batches differ by, alike ones together; a batch that passes a limit goes on in another.
    An entry never exceeds an amount on its own: the entry limit is checked before. Raises ``ValueError`` when one does.
    """
    most = min(limits.debit_cents or FORMAT_FILE_LIMIT_MINOR, FORMAT_FILE_LIMIT_MINOR)
    most_of_batch = min(limits.batch_debit_cents or most, most)
    if len(amounts_cents) and int(amounts_cents.max()) > most_of_batch:
        message = "one entry is over the amount limit of a whole file or batch"
        raise ValueError(message)
    totals = np.concatenate((np.zeros(1, np.int64), np.cumsum(amounts_cents, dtype=np.int64)))
    changes = np.append(np.flatnonzero(keys[1:] != keys[:-1]) + 1, len(keys))
    files, batches = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    at = file = batch = 0
    while at < len(keys):
        start, opened = at, batch
        end = min(start + limits.entries, _reach(totals, start, most))
        while at < end and not (limits.batches and batch - opened == limits.batches):
            stop = min(end, int(changes[np.searchsorted(changes, at, side="right")]), _reach(totals, at, most_of_batch))
            stop = min(stop, at + limits.batch_entries) if limits.batch_entries else stop
            batches[at:stop] = batch
            at, batch = stop, batch + 1
        files[start:at] = file
        file += 1
    return Division(file=files, batch=batches)


def _reach(totals: Int64, start: int, most: int) -> int:
    """Return before which entry a stretch from ``start`` on would debit more than that."""
    return int(np.searchsorted(totals, totals[start] + most, side="right")) - 1
