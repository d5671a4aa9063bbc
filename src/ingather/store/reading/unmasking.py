"""Who was shown account numbers: the right that stands, what an account's page says, and who was shown many."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.store.tables import Account, Authorization, Buyer, Case, Merchant, Order, Unmasking

_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOften:
    """A person who was shown more numbers than a policy says, and since when."""

    actor: str
    count: int
    since: datetime


def right_of(session: Session, account_id: int, actor: str, *, now: datetime) -> Unmasking | None:
    """Return the last right of a person to see an account's number that still stands; None when none does."""
    statement = (
        select(Unmasking)
        .where(Unmasking.account_id == account_id, Unmasking.actor == actor, Unmasking.until_at > now)
        .order_by(Unmasking.id.desc())
    )
    return session.scalars(statement.limit(1)).one_or_none()


def shown_often(session: Session, *, since: datetime, more_than: int) -> list[ShownOften]:
    """Return the persons who were shown more numbers since an instant than ``more_than``."""
    rows = session.execute(
        select(Unmasking.actor, func.count().label("shown"), func.min(Unmasking.at).label("first_at"))
        .where(Unmasking.at > since)
        .group_by(Unmasking.actor)
        .having(func.count() > more_than)
        .order_by(Unmasking.actor)
    )
    return [ShownOften(actor=row.actor, count=row.shown, since=row.first_at) for row in rows]


def of_account(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return to whom an account's number was shown, the newest first, at most twenty."""
    rows = session.scalars(
        select(Unmasking).where(Unmasking.account_id == account_id).order_by(Unmasking.id.desc()).limit(_MOST)
    )
    return [
        {
            "at": row.at,
            "until": row.until_at,
            "actor": row.actor,
            "case": public_id(Prefix.CASE, row.case_id),
            "reason": row.reason,
        }
        for row in rows
    ]


def alike(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return the other accounts with the same routing and number, by whoever recorded them, at most twenty."""
    mine = session.execute(
        select(Account.originator_id, Account.number_index).where(Account.id == account_id)
    ).one_or_none()
    if mine is None:
        return []
    rows = session.execute(
        select(Account.id, Account.external_id, Account.state, Buyer.external_id.label("buyer"))
        .join(Buyer, Buyer.id == Account.buyer_id)
        .where(
            Account.originator_id == mine.originator_id,
            Account.number_index == mine.number_index,
            Account.id != account_id,
        )
        .order_by(Account.id)
        .limit(_MOST)
    )
    return [
        {"id": public_id(Prefix.ACCOUNT, row.id), "own": row.external_id, "state": row.state, "buyer": row.buyer}
        for row in rows
    ]


def cases_open(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return the open cases that a number may be needed for, the last opened first, at most forty."""
    originator_id = session.scalar(select(Account.originator_id).where(Account.id == account_id))
    rows = session.execute(
        select(Case.id, Case.kind, Case.subject)
        .where(Case.originator_id == originator_id, Case.state == CaseState.OPEN)
        .order_by(Case.id.desc())
        .limit(2 * _MOST)
    )
    return [{"id": public_id(Prefix.CASE, row.id), "kind": row.kind, "subject": row.subject} for row in rows]


def orders_under(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return the orders that are collected from an account, the newest first, at most twenty."""
    buyer_id = session.scalar(select(Account.buyer_id).where(Account.id == account_id))
    # By buyer: the index that finds look-alike orders begins with it.
    rows = session.execute(
        select(Order.id, Order.external_id, Order.amount_minor, Order.state, Order.due_on, Merchant.name)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .where(Order.buyer_id == buyer_id, Authorization.account_id == account_id)
        .order_by(Order.id.desc())
        .limit(_MOST)
    )
    return [
        {
            "id": public_id(Prefix.ORDER, row.id),
            "own": row.external_id,
            "minor": row.amount_minor,
            "state": row.state,
            "due_on": row.due_on,
            "merchant": row.name,
        }
        for row in rows
    ]
