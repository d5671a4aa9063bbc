"""What other terms would have done: the book's own history of collected money replayed under a hold and a reserve.

A replay says three things: how long money waits until it is the merchant's, what of the debits that came back late
would have been with us still, and what would have been taken out of the next payouts or been missing at the end.
Merchants are paid on every day on which they are owed; that is the hardest case for us.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ingather.base.columns import Int64, Mask

_BPS = 10_000
NEVER = np.iinfo(np.int64).max // 4
"""The day of what never came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Debits that were collected, one row each: ``(n,)`` columns, days as ordinals, amounts in minor units.

    ``returned_on`` is the day of a late return, ``NEVER`` for what stayed.
    """

    merchant_id: Int64
    amount_minor: Int64
    settled_on: Int64
    collected_on: Int64
    returned_on: Int64

    def __len__(self) -> int:
        """Return the number of debits."""
        return len(self.merchant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayTerms:
    """The terms of each debit: ``(n,)`` columns; days are calendar days, the share is in basis points."""

    hold_days: Int64
    reserve_bps: Int64
    reserve_days: Int64


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What came of a replay, in minor units over all merchants.

    ``delay_days_tenths``: tenths of days from settlement until money was the merchant's, weighted by amount.
    ``late_minor`` came back late; of it ``held_minor`` had not been paid out, ``reserve_minor`` was covered by
    reserves, ``netted_minor`` was taken out of later payouts, ``missing_minor`` still missed at the end.
    ``worst_minor`` is the most that all merchants together owed on one day.
    """

    debits: int
    collected_minor: int
    delay_days_tenths: int
    late_minor: int
    held_minor: int
    reserve_minor: int
    netted_minor: int
    missing_minor: int
    worst_minor: int


def replay(history: History, terms: ReplayTerms) -> Replay:
    """Return what the terms would have done to a history; linear in its rows but for one sort."""
    amount = history.amount_minor
    payable_on = history.collected_on + terms.hold_days
    late = history.returned_on < NEVER
    held = late & (history.returned_on <= payable_on)
    kept = amount * terms.reserve_bps // _BPS
    freed_on = payable_on + terms.reserve_days
    waited = (payable_on - history.settled_on) * (amount - kept) + (freed_on - history.settled_on) * kept
    total = int(amount.sum())
    ends = [_one_merchant(days) for days in _by_merchant(history, ~held, payable_on, freed_on, kept)]
    owed: dict[int, int] = {}
    for end in ends:
        for day, change in end.owed_changes:
            owed[day] = owed.get(day, 0) + change
    return Replay(
        debits=len(history),
        collected_minor=total,
        delay_days_tenths=int(waited.sum()) * 10 // total if total else 0,
        late_minor=int(amount[late].sum()),
        held_minor=int(amount[held].sum()),
        reserve_minor=sum(end.reserve_minor for end in ends),
        netted_minor=sum(end.netted_minor for end in ends),
        missing_minor=sum(end.missing_minor for end in ends),
        worst_minor=_worst(owed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    reserve_minor: int
    netted_minor: int
    missing_minor: int
    owed_changes: list[tuple[int, int]]


_Day = tuple[int, int, int, int, int]
"""A day, what becomes payable on it, what goes into reserve, what is due out of reserve, and what comes back."""


def _by_merchant(history: History, paid: Mask, payable_on: Int64, freed_on: Int64, kept: Int64) -> Iterator[list[_Day]]:
    """Yield, merchant by merchant, the days on which something happens, in order."""
    order = np.argsort(history.merchant_id[paid], kind="stable")
    merchant, amount, kept = history.merchant_id[paid][order], history.amount_minor[paid][order], kept[paid][order]
    pay, free, back = payable_on[paid][order], freed_on[paid][order], history.returned_on[paid][order]
    edges = np.flatnonzero(np.diff(merchant)) + 1
    for rows in np.split(np.arange(len(merchant)), edges) if len(merchant) else []:
        days: dict[int, list[int]] = {}
        for which, on, minor in (
            (0, pay[rows], amount[rows] - kept[rows]),
            (1, pay[rows], kept[rows]),
            (2, free[rows], kept[rows]),
            (3, back[rows], amount[rows]),
        ):
            known = on < NEVER
            found, places = np.unique(on[known], return_inverse=True)
            totals = np.zeros(len(found), np.int64)
            np.add.at(totals, places, minor[known])
            for day, value in zip(found.tolist(), totals.tolist(), strict=True):
                days.setdefault(day, [0, 0, 0, 0])[which] = value
        yield [(day, sums[0], sums[1], sums[2], sums[3]) for day, sums in sorted(days.items())]


def _one_merchant(days: list[_Day]) -> _End:
    position = reserve = spent = covered = netted = 0
    owed: list[tuple[int, int]] = []
    for day, payable, kept, due, back in days:
        before = max(-position, 0)
        reserve += kept
        # What was used of the reserve is not there to be freed.
        freed = min(max(due - spent, 0), reserve)
        spent -= min(spent, due)
        reserve -= freed
        came = payable + freed
        netted += min(before, came)
        position = min(position + came, 0) - back
        drawn = min(max(-position, 0), reserve)
        reserve, position, covered, spent = reserve - drawn, position + drawn, covered + drawn, spent + drawn
        after = max(-position, 0)
        if after != before:
            owed.append((day, after - before))
    return _End(reserve_minor=covered, netted_minor=netted, missing_minor=max(-position, 0), owed_changes=owed)


def _worst(owed: dict[int, int]) -> int:
    worst = running = 0
    for day in sorted(owed):
        running += owed[day]
        worst = max(worst, running)
    return worst
