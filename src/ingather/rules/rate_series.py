"""Return rates day by day: what a rate came to on each of many days, so that a line can be drawn against its limit.

The numbers of a day are those that ``rates.measure`` gives on that day. Each count is laid on the days on whose window
it counts, so that a line of sixty days costs no more than one.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

import numpy as np

from ingather.base.columns import Int64
from ingather.rules.rates import (
    DebitCounts,
    Method,
    Rate,
    ReturnCounts,
    Slice,
    counting,
    rate_limits,
    slices_of,
)

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSeries:
    """A rate by slice and day: ``returns`` and ``debits`` are ``(slices, days)``, the slices by ``keys``."""

    keys: tuple[str, ...]
    days: tuple[date, ...]
    returns: Int64
    debits: Int64


def rate_series(
    debits: DebitCounts, returned: ReturnCounts, *, last: date, count: int, by: Slice, rate: Rate, method: Method
) -> RateSeries:
    """Return a rate on each of ``count`` days that end with ``last``, by the limits and codes in force on it.

    The counts must hold what settled or came back in the windows of all these days, and whole files.
    """
    days = tuple(last - timedelta(days=back) for back in reversed(range(count)))
    window = next((limit.days for limit in rate_limits(last) if limit.rate is rate), 1)
    names, of_debits, of_returns = slices_of(debits, returned, by)
    sheet = _Sheet(slices=len(names), first=(days[0] - _EPOCH).days, days=count)
    counts = counting(returned.code, rate, last)
    place, came, debited, number = (
        column[counts] for column in (of_returns, returned.returned, returned.day, returned.count)
    )
    match method:
        case Method.PERIOD:
            above = sheet.laid(place, came, came + window, number)
            below = sheet.laid(of_debits, debits.day, debits.day + window, debits.count)
        case Method.FILES:
            above = sheet.laid(place, came, came + window, number)
            below = _of_files(sheet, debits, of_debits, place, returned.file[counts], came, window)
        case Method.COHORT:
            above = sheet.laid(place, np.maximum(came, debited), np.minimum(came, debited) + window, number)
            below = sheet.laid(of_debits, debits.day, debits.day + window, debits.count)
        case _:
            assert_never(method)
    return RateSeries(keys=tuple(names), days=days, returns=above, debits=below)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """Slices by days, on which counts are laid from a day until before another."""

    slices: int
    first: int
    days: int

    def laid(self, place: Int64, begins: Int64, ends: Int64, count: Int64) -> Int64:
        """Return the counts as they stand on each day."""
        steps = np.zeros((self.slices, self.days + 1), np.int64)
        begin = np.clip(begins - self.first, 0, self.days)
        end = np.clip(np.maximum(ends - self.first, begin), 0, self.days)
        np.add.at(steps, (place, begin), count)
        np.add.at(steps, (place, end), -count)
        stands: Int64 = np.cumsum(steps, axis=1)[:, : self.days]
        return stands


def _of_files(
    sheet: _Sheet,
    debits: DebitCounts,
    of_debits: Int64,
    place: Int64,
    file: Int64,
    came: Int64,
    window: int,
) -> Int64:
    """Return the debits of the files that hold what came back in the window of each day, each file once."""
    files, both = np.unique(np.concatenate([debits.file, file]), return_inverse=True)
    held = of_debits * len(files) + both[: len(of_debits)]
    groups, at = np.unique(held, return_inverse=True)
    sizes = np.zeros(len(groups), np.int64)
    np.add.at(sizes, at, debits.count)
    holding = place * len(files) + both[len(of_debits) :]
    order = np.lexsort((came, holding))
    holding, came, place = holding[order], came[order], place[order]
    # A file counts once while one of its returns is in the window: each return carries it until the next one does.
    ends = came + window
    same = holding[1:] == holding[:-1]
    ends[:-1] = np.where(same, np.minimum(ends[:-1], came[1:]), ends[:-1])
    found = np.clip(np.searchsorted(groups, holding), 0, max(len(groups) - 1, 0))
    size = np.where(groups[found] == holding, sizes[found], 0) if len(groups) else np.zeros(len(holding), np.int64)
    return sheet.laid(place, came, ends, size)


def joined(recent: DebitCounts, older: DebitCounts) -> DebitCounts:
    """Return the debits of both, each file's once: files are counted whole."""
    more = ~np.isin(older.file, recent.file)
    kept = np.flatnonzero(more).tolist()
    return DebitCounts(
        file=np.concatenate([recent.file, older.file[more]]),
        company=[*recent.company, *(older.company[each] for each in kept)],
        sec=[*recent.sec, *(older.sec[each] for each in kept)],
        merchant=np.concatenate([recent.merchant, older.merchant[more]]),
        day=np.concatenate([recent.day, older.day[more]]),
        count=np.concatenate([recent.count, older.count[more]]),
    )


def both(recent: ReturnCounts, older: ReturnCounts) -> ReturnCounts:
    """Return the returns of two windows that share no day."""
    return ReturnCounts(
        file=np.concatenate([recent.file, older.file]),
        company=[*recent.company, *older.company],
        sec=[*recent.sec, *older.sec],
        merchant=np.concatenate([recent.merchant, older.merchant]),
        day=np.concatenate([recent.day, older.day]),
        returned=np.concatenate([recent.returned, older.returned]),
        code=[*recent.code, *older.code],
        count=np.concatenate([recent.count, older.count]),
    )
