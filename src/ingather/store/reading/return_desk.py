"""Returns as a desk works through them: what is new, what needs a decision, and what is planned about each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.ledger import JournalKind
from ingather.domain.returns import OPEN_DISPUTES
from ingather.store.reading import returns
from ingather.store.reading.case_desk import entry_of
from ingather.store.reading.pages import Wanted, page_of
from ingather.store.tables import (
    Account,
    Authorization,
    Batch,
    Buyer,
    Case,
    Dispute,
    Merchant,
    Order,
    Posting,
    Return,
)

_AT_ONCE = 500


class Which(StrEnum):
    """Which returns are looked at."""

    NEW = "new"
    DECIDE = "decide"
    UNMATCHED = "unmatched"
    DISPUTED = "disputed"
    LATE = "late"
    ALL = "all"


def page_of_returns(
    session: Session, which: Which, *, filters: Mapping[str, Any], after: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return returns, the newest first, each with its order and the day it waits for, and where the next page begins.

    ``filters`` are those of the list of returns, and ``merchant_id``, ``company``, ``sec``, ``rdfi`` and ``file_id``.
    """
    wanted = Wanted(limit=limit, after=after, filters={**filters, "which": which})
    rows, more = page_of(session, replace(_LISTING, filters=_filters(session, which)), wanted)
    return rows, more


def counts_of_returns(session: Session) -> dict[Which, int]:
    """Return how many returns wait, by what they wait for; what is only looked at is not counted."""
    unmatched = select(func.count(Return.id)).where(_unmatched())
    disputed = select(func.count(Dispute.id)).where(Dispute.state.in_(sorted(OPEN_DISPUTES)))
    decide = select(func.count(Return.id)).where(_to_decide())
    return {
        Which.UNMATCHED: session.scalar(unmatched) or 0,
        Which.DISPUTED: session.scalar(disputed) or 0,
        Which.DECIDE: session.scalar(decide) or 0,
    }


def newest_day(session: Session) -> date | None:
    """Return the last day on which returns settled; None where none has come."""
    return session.scalar(select(func.max(Return.returned_on)))


def amounts_of(session: Session, day: date) -> tuple[int, int]:
    """Return how many returns settled on a day, and their cents."""
    found = session.execute(
        select(func.count(Return.id), func.coalesce(func.sum(Return.amount_cents), 0)).where(Return.returned_on == day)
    ).one()
    return int(found[0]), int(found[1])


def about_return(session: Session, returned: Mapping[str, Any]) -> dict[str, Any]:
    """Return the order, buyer, account and entry that a return is about, as far as it names them."""
    entry_id = parse_public_id(Prefix.ENTRY, returned["entry"]) if returned["entry"] else None
    about: dict[str, Any] = {"entry": entry_of(session, entry_id), "order": None}
    if returned["order"] is None:
        return about
    order, merchant, buyer, account = session.execute(
        select(Order, Merchant, Buyer, Account)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .join(Buyer, Buyer.id == Order.buyer_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(Order.id == parse_public_id(Prefix.ORDER, returned["order"]))
    ).one()
    return about | {
        "order": returned["order"],
        "external_id": order.external_id,
        "state": order.state,
        "collect_on": order.collect_on,
        "corrected": order.corrected,
        "presentations": order.presentations,
        "amount_minor": order.amount_minor,
        "merchant": merchant.name,
        "buyer": buyer.name,
        "last4": account.last4,
        "account_state": account.state,
        "blocked_by": account.blocked_by,
    }


def written_off(session: Session, return_id: int) -> bool:
    """Return whether a return was taken as a loss."""
    booked = select(Posting.id).where(Posting.kind == JournalKind.WRITTEN_OFF, Posting.source_id == return_id)
    row = session.get_one(Return, return_id)
    return session.execute(booked.where(Posting.originator_id == row.originator_id)).first() is not None


def _shown(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    found = returns.LISTING.shown(session, rows)
    orders = _orders(session, [row[0].order_id for row in rows if row[0].order_id is not None])
    for each, row in zip(found, rows, strict=True):
        order = orders.get(row[0].order_id)
        each["state"] = order.state if order else None
        each["collect_on"] = order.collect_on if order else None
        each["merchant_name"] = order.name if order else None
        each["last4"] = order.last4 if order else None
    return found


def _orders(session: Session, keys: Sequence[int]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for start in range(0, len(keys), _AT_ONCE):
        statement = (
            select(Order.id, Order.state, Order.collect_on, Merchant.name, Account.last4)
            .join(Merchant, Merchant.id == Order.merchant_id)
            .join(Authorization, Authorization.id == Order.authorization_id)
            .join(Account, Account.id == Authorization.account_id)
            .where(Order.id.in_(keys[start : start + _AT_ONCE]))
        )
        found.update((row.id, row) for row in session.execute(statement))
    return found


def _filters(session: Session, which: Which) -> Mapping[str, Any]:
    day = newest_day(session) if which is Which.NEW else None
    return {
        **returns.LISTING.filters,
        "which": lambda wanted: _of(wanted, day),
        "merchant_id": lambda key: Order.merchant_id == key,
        "company": lambda company: Batch.company_identification == company,
        "sec": lambda entry_class: Batch.entry_class == entry_class,
        "rdfi": _from_bank,
        "file_id": lambda key: Batch.file_id == key,
    }


def _of(which: Which, newest: date | None) -> ColumnElement[bool]:
    match which:
        case Which.NEW:
            return Return.returned_on == newest
        case Which.DECIDE:
            return _to_decide()
        case Which.UNMATCHED:
            return _unmatched()
        case Which.DISPUTED:
            return Return.id.in_(select(Dispute.return_id).where(Dispute.state.in_(sorted(OPEN_DISPUTES))))
        case Which.LATE:
            return Return.late.is_(other=True)
        case Which.ALL:
            return Return.id.is_not(None)


def _unmatched() -> ColumnElement[bool]:
    lost = exists().where(
        Posting.originator_id == Return.originator_id,
        Posting.kind == JournalKind.WRITTEN_OFF,
        Posting.batch_id == 0,
        Posting.merchant_id == 0,
        Posting.source_id == Return.id,
    )
    return and_(Return.applied.is_(False), Return.undone_on.is_(None), Return.replaced_by.is_(None), ~lost)


def _to_decide() -> ColumnElement[bool]:
    """Return which returns an open case is about, and those whose money is in suspense."""
    about = select(Case.entry_id).where(
        Case.state == CaseState.OPEN, Case.entry_id.is_not(None), Case.kind.not_in([CaseKind.REFUND, CaseKind.CHANGE])
    )
    ended = and_(Return.undone_on.is_(None), Return.replaced_by.is_(None))
    return or_(and_(Return.entry_id.in_(about), ended), _unmatched())


def _from_bank(routing: int) -> ColumnElement[bool]:
    # Asked of each return by its keys: else all accounts and authorizations are read for the few that came back.
    bank = (
        select(Account.routing)
        .join(Authorization, Authorization.account_id == Account.id)
        .where(Authorization.id == Order.authorization_id)
        .correlate(Order)
        .scalar_subquery()
    )
    return bank == routing


_LISTING = replace(returns.LISTING, shown=_shown)
