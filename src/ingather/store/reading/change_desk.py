"""What a notification of change is about: whose account it is, what waits for it, and the first entry after it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.orders import OrderState
from ingather.store.reading.case_desk import entry_of
from ingather.store.reading.corrections import WAITING
from ingather.store.tables import Account, Authorization, Buyer, Correction, Entry, File, Merchant, Order

_WAIT = (OrderState.OPEN, OrderState.RETURNED)


def counts_of_changes(session: Session, *, today: date) -> tuple[int, int, int]:
    """Return how many notifications wait for a person, how many past their last day, and how many until today."""
    found = session.execute(
        select(
            func.count(Correction.id),
            func.count(Correction.id).filter(Correction.due_on < today),
            func.count(Correction.id).filter(Correction.due_on == today),
        ).where(Correction.state.in_(WAITING))
    ).one()
    return int(found[0]), int(found[1]), int(found[2])


def waiting_for(session: Session, account_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return by account the orders that will debit it: how many, their minor units, and the first day of one."""
    rows = session.execute(
        select(
            Authorization.account_id, func.count(), func.sum(Order.amount_minor),
            func.min(func.coalesce(Order.collect_on, Order.due_on)),
        )
        .select_from(Account)
        .join(Order, Order.buyer_id == Account.buyer_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .where(
            Account.id.in_(account_ids), Authorization.account_id == Account.id, Order.state.in_(_WAIT),
            (Order.state == OrderState.OPEN) | Order.collect_on.is_not(None),
        )
        .group_by(Authorization.account_id)
    )  # fmt: skip
    return {row[0]: {"orders": row[1], "minor": int(row[2] or 0), "next": _day(row[3])} for row in rows}


def about_change(session: Session, correction_id: int) -> dict[str, Any]:
    """Return whose account a notification is about, the entry that it names, and the first one made after it ended."""
    row = session.get_one(Correction, correction_id)
    about: dict[str, Any] = {
        "entry": entry_of(session, row.entry_id), "account": None, "proof": None, "waiting": None
    }  # fmt: skip
    found = session.execute(
        select(Account, Buyer.name).join(Buyer, Buyer.id == Account.buyer_id).where(Account.id == row.account_id)
    ).one_or_none()
    if found is None:
        return about
    account, buyer = found
    return about | {
        "account": public_id(Prefix.ACCOUNT, account.id),
        "buyer": buyer,
        "last4": account.last4,
        "state": account.state,
        "waiting": waiting_for(session, [account.id]).get(account.id),
        "merchants": _merchants(session, account),
        "proof": _first_after(session, account, row.ended_at) if row.ended_at else None,
    }


def accounts_of(session: Session, correction_ids: Sequence[int]) -> dict[int, int]:
    """Return the account of each notification that fits one."""
    rows = session.execute(
        select(Correction.id, Correction.account_id).where(
            Correction.id.in_(correction_ids), Correction.account_id.is_not(None)
        )
    )
    return {row.id: row.account_id for row in rows if row.account_id is not None}


def _first_after(session: Session, account: Account, ended_at: datetime) -> dict[str, Any] | None:
    found = session.scalars(
        select(Entry.id)
        .join(Order, Order.id == Entry.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(File, File.id == Entry.file_id)
        .where(Order.buyer_id == account.buyer_id, Authorization.account_id == account.id, File.sealed_at > ended_at)
        .order_by(Entry.id)
        .limit(1)
    ).first()
    return entry_of(session, found)


def _merchants(session: Session, account: Account) -> list[str]:
    names = session.scalars(
        select(Merchant.name)
        .join(Order, Order.merchant_id == Merchant.id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .where(Order.buyer_id == account.buyer_id, Authorization.account_id == account.id)
        .distinct()
        .order_by(Merchant.name)
        .limit(5)
    )
    return list(names)


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
