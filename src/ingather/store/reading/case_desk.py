"""Open cases as a desk works through them: the soonest last day first, each with its order, merchant and money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.store.tables import Account, Authorization, Batch, Buyer, Case, Entry, File, Merchant, Order

WITH_A_BANK = (
    CaseKind.DISHONOUR,
    CaseKind.STATEMENT_COPY,
    CaseKind.EXTENDED_RETURN,
    CaseKind.REPORT_GAP,
    CaseKind.REPORT_LATE,
    CaseKind.ISO_RETURN,
    CaseKind.MISSING_SETTLEMENT,
    CaseKind.RETURN_WITHOUT_POSTING,
    CaseKind.POSTING_WITHOUT_RETURN,
)
"""Kinds with which we wait for what a bank does or tells; they close by themselves when it comes."""


class Which(StrEnum):
    """Which open cases are looked at."""

    ALL = "all"
    OVERDUE = "overdue"
    TODAY = "today"
    MINE = "mine"
    BANK = "bank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks for which cases, and on which day."""

    which: Which
    actor: str
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the list: the last day and the key of the case it stands after."""

    due_on: date | None
    key: int


def page_of_cases(
    session: Session, asked: Asked, *, after: Place | None, limit: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """Return open cases, those with the soonest last day first and those without one last, and where the next begin."""
    statement = _with_order().where(_wanted(asked))
    if after is not None:
        statement = statement.where(_later(after))
    rows = session.execute(statement.order_by(Case.due_on.is_(None), Case.due_on, Case.id).limit(limit + 1)).all()
    more = Place(due_on=rows[limit - 1][0].due_on, key=rows[limit - 1][0].id) if len(rows) > limit else None
    return [_row(*row) for row in rows[:limit]], more


def counts_of_cases(session: Session, *, actor: str, today: date) -> Mapping[Which, int]:
    """Return how many open cases there are of each sort."""
    columns = [func.count(Case.id).filter(_wanted(Asked(which=which, actor=actor, today=today))) for which in Which]
    found = session.execute(select(*columns).where(Case.state == CaseState.OPEN)).one()
    return dict(zip(Which, found, strict=True))


def closed_since(session: Session, instant: datetime, *, most: int = 5_000) -> tuple[int, int]:
    """Return how many cases were closed since an instant, and how many of them after their last day."""
    rows = session.execute(
        select(Case.closed_at, Case.due_on).where(Case.state == CaseState.CLOSED, Case.closed_at >= instant).limit(most)
    ).all()
    late = [at for at, due in rows if at and due and at.astimezone(instant.tzinfo).date() > due]
    return len(rows), len(late)


def about_case(session: Session, case_id: int) -> dict[str, Any]:
    """Return what a case is about, as far as it names an order: buyer, account and the debit with its file and line."""
    found = session.execute(
        select(Case, Order, Merchant.name, Buyer, Account)
        .join(Order, Order.id == Case.order_id)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .join(Buyer, Buyer.id == Order.buyer_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(Case.id == case_id)
    ).one_or_none()
    if found is None:
        return {}
    case, order, merchant, buyer, account = found
    return {
        "order": public_id(Prefix.ORDER, order.id),
        "external_id": order.external_id,
        "state": order.state,
        "amount_minor": order.amount_minor,
        "merchant": merchant,
        "buyer": buyer.name,
        "last4": account.last4,
        "entry": entry_of(session, case.entry_id, order_id=order.id),
    }


def entry_of(session: Session, entry_id: int | None, *, order_id: int | None = None) -> dict[str, Any] | None:
    """Return an entry with its file, line, trace and days, the newest debit of an order where none is named."""
    statement = (
        select(Entry, File.name, Batch)
        .join(File, File.id == Entry.file_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .order_by(Entry.id.desc())
        .limit(1)
    )
    if entry_id is None and order_id is None:
        return None
    wanted = Entry.id == entry_id if entry_id is not None else Entry.order_id == order_id
    found = session.execute(statement.where(wanted)).one_or_none()
    if found is None:
        return None
    entry, name, batch = found
    return {
        "id": public_id(Prefix.ENTRY, entry.id),
        "file": public_id(Prefix.FILE, entry.file_id),
        "name": name,
        "line": entry.line,
        "trace": f"{entry.trace:015d}",
        "amount_minor": entry.amount_cents,
        "presentation": entry.presentation,
        "entry_class": batch.entry_class,
        "company": batch.company_name,
        "effective_on": batch.effective_on,
        "settled_on": batch.settled_on,
        "hold_until": batch.hold_until,
        "ended": entry.ended,
    }


def days_of_cases(session: Session, *, most: int = 2_000) -> Sequence[tuple[int, str, str, date]]:
    """Return key, kind, subject and last day of the open cases that have one, the soonest first: no more than that."""
    rows = session.execute(
        select(Case.id, Case.kind, Case.subject, Case.due_on)
        .where(Case.state == CaseState.OPEN, Case.due_on.is_not(None))
        .order_by(Case.due_on, Case.id)
        .limit(most)
    )
    return [(row.id, row.kind, row.subject, row.due_on) for row in rows]


def _with_order() -> Select[*tuple[Any, ...]]:
    return (
        select(Case, Order, Merchant.name)
        .outerjoin(Order, Order.id == Case.order_id)
        .outerjoin(Merchant, Merchant.id == Order.merchant_id)
        .where(Case.state == CaseState.OPEN)
    )


def _wanted(asked: Asked) -> ColumnElement[bool]:
    match asked.which:
        case Which.ALL:
            return true()
        case Which.OVERDUE:
            return Case.due_on < asked.today
        case Which.TODAY:
            return Case.due_on == asked.today
        case Which.MINE:
            return Case.owner == asked.actor
        case Which.BANK:
            return Case.kind.in_(WITH_A_BANK)


def _later(after: Place) -> ColumnElement[bool]:
    if after.due_on is None:
        return and_(Case.due_on.is_(None), Case.id > after.key)
    return or_(
        Case.due_on.is_(None), Case.due_on > after.due_on, and_(Case.due_on == after.due_on, Case.id > after.key)
    )


def _row(case: Case, order: Order | None, merchant: str | None) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.CASE, case.id),
        "kind": case.kind,
        "subject": case.subject,
        "sentence": case.sentence,
        "owner": case.owner,
        "amount_minor": case.suspense_minor or (order.amount_minor if order is not None else None),
        "opened_on": case.opened_on,
        "due_on": case.due_on,
        "escalated": case.escalated_at is not None,
        "order": public_id(Prefix.ORDER, order.id) if order is not None else None,
        "external_id": order.external_id if order is not None else None,
        "merchant": merchant,
    }
