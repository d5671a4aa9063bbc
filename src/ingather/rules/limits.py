"""Limits of buyers, merchants, a night and a file: which debits still fit, and how they are divided into files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """How much may be debited at most: entries, and debits in minor units; 0 means no limit."""

    entries: int = 0
    minor: int = 0

    def __bool__(self) -> bool:
        """Return whether anything is limited."""
        return bool(self.entries or self.minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What groups have used up: ``(g,)`` ascending ids with their entries and minor units; other groups nothing."""

    group: Int64
    entries: Int64
    minor: Int64

    def of(self, groups: Int64) -> tuple[Int64, Int64]:
        """Return the entries and minor units that the group of each of ``n`` rows has used."""
        if not len(self.group):
            return np.zeros(len(groups), np.int64), np.zeros(len(groups), np.int64)
        at = np.minimum(np.searchsorted(self.group, groups), len(self.group) - 1)
        known = self.group[at] == groups
        return np.where(known, self.entries[at], 0), np.where(known, self.minor[at], 0)

    def plus(self, groups: Int64, minor: Int64) -> "Used":
        """Return the same with one entry more for each row, of that group and amount."""
        return used_by(
            np.concatenate((self.group, groups)),
            np.concatenate((self.entries, np.ones(len(groups), np.int64))),
            np.concatenate((self.minor, minor)),
        )


NOTHING_USED = Used(group=np.empty(0, np.int64), entries=np.empty(0, np.int64), minor=np.empty(0, np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What has used the limits before a page is decided: tonight's files, and the debits that are still exposed.

    ``nights`` and ``exposed_minor`` are by route, ``buyers`` by the date on which their debits settle. A merchant's
    night counts over all routes.
    """

    nights: Mapping[int, Most] = field(default_factory=dict)
    exposed_minor: Mapping[int, int] = field(default_factory=dict)
    merchants: Used = NOTHING_USED
    buyers: Mapping[date, Used] = field(default_factory=dict)

    def plus(self, due: Due, *, route_id: int, effective_on: date) -> "Spent":
        """Return the same with these orders debited by a route for a settlement date."""
        night, minor = self.nights.get(route_id, Most()), int(due.amount_minor.sum())
        buyers = self.buyers.get(effective_on, NOTHING_USED).plus(due.buyer_id, due.amount_minor)
        return Spent(
            nights={**self.nights, route_id: Most(entries=night.entries + len(due), minor=night.minor + minor)},
            exposed_minor={**self.exposed_minor, route_id: self.exposed_minor.get(route_id, 0) + minor},
            merchants=self.merchants.plus(due.merchant_id, due.amount_minor),
            buyers={**self.buyers, effective_on: buyers},
        )


def used_by(groups: Int64, entries: Int64, minor: Int64) -> Used:
    """Return what groups used, from ``n`` rows of (group, entries, minor units) in any order, groups repeated."""
    distinct, at = np.unique(groups, return_inverse=True)
    sums = np.zeros((2, len(distinct)), np.int64)
    np.add.at(sums[0], at, entries)
    np.add.at(sums[1], at, minor)
    return Used(group=distinct.astype(np.int64), entries=sums[0], minor=sums[1])


def within_group_limits(
    due: Due,
    codes: Codes,
    groups: Int64,
    *,
    reason: str,
    most_entries: Int64 | int,
    most_minor: Int64 | int,
    used: Used = NOTHING_USED,
) -> Codes:
    """Return the codes with ``reason`` for the debitable orders that no longer fit the limits of their group.

    ``groups`` ``(n,)`` say which orders share a limit: a buyer's, a merchant's, all of a route. Limits are one number
    or ``(n,)``, the same throughout a group; 0 means none. Orders due earlier come first, then smaller order ids; the
    first that does not fit ends its group, so that a large order is not overtaken for ever by small ones.
    """
    chosen = np.flatnonzero(codes == DEBITABLE)
    ranked = chosen[np.lexsort((due.order_id[chosen], due.due_on[chosen], groups[chosen]))]
    if not len(ranked):
        return codes
    mine = groups[ranked]
    firsts = np.flatnonzero(np.append(np.ones(1, np.bool_), mine[1:] != mine[:-1]))
    lengths = np.diff(np.append(firsts, len(mine)))
    sums = np.cumsum(due.amount_minor[ranked])
    before = np.repeat(sums[firsts] - due.amount_minor[ranked][firsts], lengths)
    used_entries, used_minor = used.of(mine)
    entries = np.arange(1, len(mine) + 1) - np.repeat(firsts, lengths) + used_entries
    minor = sums - before + used_minor
    limits = [np.broadcast_to(np.asarray(most, np.int64), codes.shape)[ranked] for most in (most_entries, most_minor)]
    over = ((limits[0] > 0) & (entries > limits[0])) | ((limits[1] > 0) & (minor > limits[1]))
    limited = codes.copy()
    limited[ranked[over]] = REASON_CODES[reason]
    return limited


def within_limit(due: Due, codes: Codes, most: Most, *, reason: str, used: Most = Most()) -> Codes:
    """Return the codes with ``reason`` for the debitable orders that no longer fit one limit over all of them.

    ``used`` is what earlier pages and files hold.
    """
    if not most:
        return codes
    everything = np.zeros(len(due), np.int64)
    return within_group_limits(
        due, codes, everything, reason=reason, most_entries=most.entries, most_minor=most.minor,
        used=used_by(np.zeros(1, np.int64), np.array([used.entries]), np.array([used.minor])),
    )  # fmt: skip


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
