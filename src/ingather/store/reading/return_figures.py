"""What came back in the window of the rates, counted for people: by code and by how late, by bank and by week.

The same returns that the rates count, so that the sums agree; each part is one statement.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from ingather.rules.rate_series import both, joined
from ingather.rules.rates import DebitCounts, ReturnCounts, first_day
from ingather.store.rates import DEBITS, SETTLES_ON, of_window, read_counts
from ingather.store.tables import Account, Authorization, Batch, Merchant, Order, Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Debits that came back, of one settlement day, by one return day and code: how many, and their cents."""

    settled_on: date
    returned_on: date
    code: str
    count: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FromBank:
    """Debits that came back from one bank in the week that begins on a Monday."""

    routing: str
    week: date
    count: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateHistory:
    """The counts behind every rate of the window that ends on a day and of each day before in it."""

    debits: DebitCounts
    returned: ReturnCounts
    unmatched: int


def rate_history(session: Session, originator_id: int, *, as_of: date) -> RateHistory:
    """Return the counts of the window that ends on a day and of the one before it."""
    recent = read_counts(session, originator_id, as_of=as_of)
    older = read_counts(session, originator_id, as_of=first_day(as_of) - timedelta(days=1))
    return RateHistory(
        debits=joined(recent.debits, older.debits),
        returned=both(recent.returned, older.returned),
        unmatched=recent.unmatched,
    )


def came_back(session: Session, originator_id: int, *, as_of: date) -> list[Came]:
    """Return what came back in the window that ends on a day, by settlement day, return day and code.

    Where the bank does not say when a return settled it counts on the window's last day, as in the rates.
    """
    groups = (SETTLES_ON, Return.returned_on, Return.code)
    rows = session.execute(
        select(*groups, func.count(), func.sum(Return.amount_cents))
        .select_from(Return)
        .join(Batch, Batch.id == Return.batch_id)
        .where(*of_window(originator_id, as_of), DEBITS, _once())
        .group_by(*groups)
    )
    return [
        Came(settled_on=settled, returned_on=returned or as_of, code=code, count=count, cents=int(cents))
        for settled, returned, code, count, cents in rows
    ]


def by_bank(session: Session, originator_id: int, *, as_of: date) -> list[FromBank]:
    """Return what came back in the window that ends on a day by the buyer's bank and week."""
    rows = session.execute(
        select(Account.routing, Return.returned_on, func.count(), func.sum(Return.amount_cents))
        .select_from(Return)
        .join(Batch, Batch.id == Return.batch_id)
        .join(Order, Order.id == Return.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(*of_window(originator_id, as_of), DEBITS, _once())
        .group_by(Account.routing, Return.returned_on)
    )
    found: dict[tuple[int, date], tuple[int, int]] = {}
    for routing, returned, count, cents in rows:
        day = returned or as_of
        key = (routing, day - timedelta(days=day.weekday()))
        counted, sums = found.get(key, (0, 0))
        found[key] = (counted + count, sums + int(cents))
    return [
        FromBank(routing=f"{routing:09d}", week=week, count=count, cents=cents)
        for (routing, week), (count, cents) in sorted(found.items())
    ]


def settled_by_day(session: Session, originator_id: int, *, first: date, last: date) -> dict[date, int]:
    """Return the cents of debits that settled on each day of a span, by their batches."""
    rows = session.execute(
        select(Batch.settled_on, func.sum(Batch.debit_cents))
        .where(Batch.originator_id == originator_id, DEBITS, Batch.settled_on.between(first, last))
        .group_by(Batch.settled_on)
    )
    return {day: int(cents) for day, cents in rows if day is not None}


def merchant_titles(session: Session, originator_id: int) -> dict[str, tuple[str, str]]:
    """Return the names of merchants and what their client calls them, by their keys in digits."""
    rows = session.execute(
        select(Merchant.id, Merchant.name, Merchant.external_id).where(Merchant.originator_id == originator_id)
    )
    return {str(key): (name, external_id) for key, name, external_id in rows}


def _once() -> ColumnElement[bool]:
    """Return the condition that a return counts: the applied one of its entry, else the first of it."""
    other = aliased(Return)
    earlier = (
        select(other.id)
        .where(other.entry_id == Return.entry_id, other.id != Return.id, or_(other.applied, other.id < Return.id))
        .exists()
    )
    return or_(Return.applied, ~earlier)
