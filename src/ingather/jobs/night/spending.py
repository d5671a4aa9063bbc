"""What has used the limits while a night goes on: one account, which several workers borrow in turn.

A page is decided while its worker holds the account, so that a limit over all merchants, routes or the night is as
exact with many workers as with one. What one buyer used stays with the worker that holds the buyer's bucket.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from multiprocessing.connection import Connection
from typing import Protocol

import numpy as np

from ingather.base.columns import Int64
from ingather.jobs.desk import Desk
from ingather.jobs.night.planning import Chosen, Passage
from ingather.rules.limits import NOTHING_USED, Most, Spent, Used, used_by
from ingather.store.due import DueOrders
from ingather.store.exposure import read_spent


class Spending(Protocol):
    """Who keeps the account of what is spent."""

    def borrow(self) -> Spent:
        """Return what has used the limits so far; nobody else decides until it is given back."""

    def give_back(self, spent: Spent) -> None:
        """Return the account with what was decided meanwhile."""

    def undo(self, unsealed: Sequence[tuple[DueOrders, Chosen]]) -> None:
        """Take back what was decided for files that were not sealed."""


@dataclass(slots=True)  # mutable -- the account of a night that has one worker
class OwnSpending:
    """The account of a night that one process seals: it is read from the book, again when a claim was lost."""

    read: Callable[[], Spent]
    spent: Spent | None = None

    def borrow(self) -> Spent:
        """Return what has used the limits so far."""
        if self.spent is None:
            self.spent = self.read()
        return self.spent

    def give_back(self, spent: Spent) -> None:
        """Keep what was decided."""
        self.spent = spent

    def undo(self, unsealed: Sequence[tuple[DueOrders, Chosen]]) -> None:
        """Forget the account: the book knows what was sealed."""
        _ = unsealed
        self.spent = None


@dataclass(slots=True)  # mutable -- a worker's part of the account
class LentSpending:
    """A worker's side of an account that the night keeps at the other end of a pipe."""

    pipe: Connection
    buyers: dict[date, Used] = field(default_factory=dict)

    def borrow(self) -> Spent:
        """Wait for the account and return it, with what this worker's buyers used."""
        self.pipe.send(("borrow", None))
        spent: Spent = self.pipe.recv()
        return replace(spent, buyers={**spent.buyers, **self.buyers})

    def give_back(self, spent: Spent) -> None:
        """Give the account to whoever waits for it; buyers are nobody else's."""
        self.buyers = dict(spent.buyers)
        self.pipe.send(("spent", replace(spent, buyers={})))

    def undo(self, unsealed: Sequence[tuple[DueOrders, Chosen]]) -> None:
        """Borrow the account and take back from it what these files would have used."""
        spent = self.borrow()
        for page, chosen in unsealed:
            spent = _minus(spent, page, chosen)
        self.give_back(spent)


def _minus(spent: Spent, page: DueOrders, chosen: Chosen) -> Spent:
    due, route_id = page.due.take(chosen.rows), chosen.route.row.id
    minor, night = int(due.amount_minor.sum()), spent.nights.get(route_id, Most())
    buyers = spent.buyers.get(chosen.effective_on, NOTHING_USED)
    return Spent(
        nights={**spent.nights, route_id: Most(entries=night.entries - len(due), minor=night.minor - minor)},
        exposed_minor={**spent.exposed_minor, route_id: spent.exposed_minor.get(route_id, 0) - minor},
        merchants=_less(spent.merchants, due.merchant_id, due.amount_minor),
        buyers={**spent.buyers, chosen.effective_on: _less(buyers, due.buyer_id, due.amount_minor)},
    )


def _less(used: Used, groups: Int64, minor: Int64) -> Used:
    return used_by(
        np.concatenate((used.group, groups)),
        np.concatenate((used.entries, -np.ones(len(groups), np.int64))),
        np.concatenate((used.minor, -minor)),
    )


def spent_so_far(desk: Desk, night_on: date, passages: Sequence[Passage]) -> Spent:
    """Return what has used the limits so far, as the book says it; only what some profile limits is read."""
    profiles = [passage.route.profile for passage in passages]
    with desk.view() as ctx:
        return read_spent(
            ctx.session,
            night_on=night_on,
            today=ctx.today,
            settling_on={passage.effective_on for passage in passages if passage.route.profile.buyer_most},
            exposure=any(profile.exposure_limit.debit_cents for profile in profiles),
        )


@contextmanager
def deciding(spending: Spending) -> Iterator[list[Spent]]:
    """Yield the account in a list of one, to be replaced by what is spent then; given back whatever happens."""
    held = [spending.borrow()]
    try:
        yield held
    finally:
        spending.give_back(held[0])
