"""Authorizations by what a person knows of them, and what is asked of us about them, with its days."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.store.tables import (
    Account,
    AccountValidation,
    AuditRecord,
    Authorization,
    Batch,
    Buyer,
    Case,
    Entry,
    Fact,
    Merchant,
    Notice,
    Order,
    Return,
)

LOOKS_AT = 50_000
"""How many authorizations one question looks at."""
MOST = 100
_ABOUT = (CaseKind.PROOF_OF_AUTHORIZATION, CaseKind.STATEMENT_COPY, CaseKind.EXTENDED_RETURN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which authorizations; nothing that is None narrows. ``lacking`` are drafts and others that lack something."""

    state: AuthorizationState | None = None
    merchant_id: int | None = None
    buyer_id: int | None = None
    account_id: int | None = None
    last4: str | None = None
    kind: str | None = None
    channel: str | None = None
    legal_hold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of authorizations, and the key after which the next question looks on, None at the beginning of the book.

    ``looked_to`` is when the one was recorded at which the question ended before its page was full.
    """

    rows: Sequence[dict[str, Any]]
    following: int | None
    looked_to: datetime | None = None


def authorizations_wanted(session: Session, wanted: Wanted, *, after: int | None, limit: int) -> Found:
    """Return a page of authorizations, the newest first, and where the next begins."""
    behind: list[ColumnElement[bool]] = [] if after is None else [Authorization.id < after]
    end = session.scalar(
        select(Authorization.id).where(*behind).order_by(Authorization.id.desc()).offset(LOOKS_AT - 1).limit(1)
    )
    statement = select(Authorization.id).where(*behind, *_conditions(wanted))
    if wanted.last4 is not None:
        statement = statement.join(Account, Account.id == Authorization.account_id).where(Account.last4 == wanted.last4)
    if end is not None:
        statement = statement.where(Authorization.id >= end)
    found = session.scalars(statement.order_by(Authorization.id.desc()).limit(limit + 1)).all()
    rows = _rows(session, found[:limit])
    if len(found) > limit:
        return Found(rows=rows, following=found[limit - 1])
    if end is None or session.scalar(select(Authorization.id).where(Authorization.id < end).limit(1)) is None:
        return Found(rows=rows, following=None)
    looked_to = session.scalar(select(Authorization.created_at).where(Authorization.id == end))
    return Found(rows=rows, following=end, looked_to=looked_to)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked: list[tuple[Any, ColumnElement[bool]]] = [
        (wanted.state, Authorization.state == wanted.state),
        (wanted.merchant_id, Authorization.merchant_id == wanted.merchant_id),
        (wanted.buyer_id, Authorization.buyer_id == wanted.buyer_id),
        (wanted.account_id, Authorization.account_id == wanted.account_id),
        (wanted.kind, Authorization.kind == wanted.kind),
        (wanted.channel, Authorization.channel == wanted.channel),
    ]
    found = [condition for value, condition in asked if value is not None]
    return [*found, Authorization.legal_hold.is_(True)] if wanted.legal_hold else found


def _rows(session: Session, keys: Sequence[int]) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Authorization, Merchant.name, Buyer.name, Account.last4, Account.holder)
        .join(Merchant, Merchant.id == Authorization.merchant_id)
        .join(Buyer, Buyer.id == Authorization.buyer_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(Authorization.id.in_(keys))
        .order_by(Authorization.id.desc())
    )
    return [
        {
            "id": public_id(Prefix.AUTHORIZATION, row.id),
            "external_id": row.external_id,
            "merchant_name": merchant,
            "buyer_name": buyer,
            "last4": last4,
            "holder": holder,
            "kind": row.kind,
            "channel": row.channel,
            "state": row.state,
            "lacks": row.lacks or [],
            "given_at": row.given_at,
            "given_on": row.given_at.astimezone(NEW_YORK).date(),
            "min_amount_minor": row.min_amount_minor,
            "max_amount_minor": row.max_amount_minor,
            "every": row.every,
            "legal_hold": row.legal_hold,
        }
        for row, merchant, buyer, last4, holder in rows
    ]


def asked_about(session: Session, originator_id: int) -> list[dict[str, Any]]:
    """Return the open cases of proofs that a bank asked for, statements we asked for, and returns that may come still.

    Those that need somebody first come first; the others wait by themselves.
    """
    rows = session.execute(
        select(Case, Order.external_id, Order.amount_minor, Order.authorization_id, Buyer.name)
        .outerjoin(Order, Order.id == Case.order_id)
        .outerjoin(Buyer, Buyer.id == Order.buyer_id)
        .where(Case.originator_id == originator_id, Case.state == CaseState.OPEN, Case.kind.in_(_ABOUT))
        .order_by(Case.due_on.is_(None), Case.due_on, Case.id)
        .limit(MOST)
    )
    return [
        {
            "id": public_id(Prefix.CASE, case.id),
            "kind": case.kind,
            "subject": case.subject,
            "order": public_id(Prefix.ORDER, case.order_id) if case.order_id else None,
            "external_id": order,
            "amount_minor": amount,
            "authorization": public_id(Prefix.AUTHORIZATION, authorization) if authorization else None,
            "buyer_name": buyer,
            "opened_on": case.opened_on,
            "due_on": case.due_on,
        }
        for case, order, amount, authorization, buyer in rows
    ]


def cases_about(session: Session, authorization_id: int, order_ids: Sequence[int]) -> list[Case]:
    """Return the cases about an authorization or its orders that ask for a proof or a statement, the newest first."""
    name = public_id(Prefix.AUTHORIZATION, authorization_id)
    rows = session.scalars(
        select(Case)
        .where(Case.order_id.in_(order_ids), Case.kind.in_(_ABOUT))
        .order_by(Case.state.desc(), Case.id.desc())
        .limit(MOST)
    )
    return [row for row in rows if row.kind != CaseKind.EXTENDED_RETURN or row.subject in {name, ""}]


def names_of(session: Session, authorization_id: int) -> tuple[str, str]:
    """Return the names of the buyer and of the merchant of an authorization."""
    row = _rows(session, [authorization_id])[0]
    return row["buyer_name"], row["merchant_name"]


def returns_of(session: Session, order_ids: Sequence[int]) -> list[Return]:
    """Return the returns of these orders that fit an entry, the newest first."""
    chosen = select(Return).where(Return.order_id.in_(order_ids), Return.batch_id.is_not(None))
    return list(session.scalars(chosen.order_by(Return.id.desc()).limit(MOST)))


def orders_under(session: Session, authorization_id: int, buyer_id: int) -> list[Order]:
    """Return the newest orders under an authorization, found by their buyer."""
    return list(
        session.scalars(
            select(Order)
            .where(Order.buyer_id == buyer_id, Order.authorization_id == authorization_id)
            .order_by(Order.id.desc())
            .limit(MOST)
        )
    )


def used(session: Session, authorization_id: int, buyer_id: int) -> dict[str, tuple[int, int]]:
    """Return how many orders under an authorization are in each state, and of how much."""
    rows = session.execute(
        select(Order.state, func.count(), func.sum(Order.amount_minor))
        .where(Order.buyer_id == buyer_id, Order.authorization_id == authorization_id)
        .group_by(Order.state)
    )
    return {state: (count, int(minor)) for state, count, minor in rows}


def last_settled_on(session: Session, authorization_id: int, buyer_id: int) -> date | None:
    """Return when the last debit under an authorization settled, or should have."""
    return session.scalar(
        select(func.max(func.coalesce(Batch.settled_on, Batch.effective_on)))
        .select_from(Order)
        .join(Entry, Entry.order_id == Order.id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(Order.buyer_id == buyer_id, Order.authorization_id == authorization_id)
    )


def notices_of(session: Session, order_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the notices that buyers must have before these orders' debits, the first to send first."""
    rows = session.execute(
        select(Notice, Order.external_id, Order.instalment, Order.amount_minor, Order.due_on, Order.state)
        .join(Order, Order.id == Notice.order_id)
        .where(Notice.order_id.in_(order_ids))
        .order_by(Notice.send_by, Notice.id)
    )
    return [
        {
            "order": public_id(Prefix.ORDER, notice.order_id),
            "external_id": external_id,
            "instalment": instalment,
            "amount_minor": amount,
            "due_on": due_on,
            "state": state,
            "kind": notice.kind,
            "kind_words": f"notice of {notice.kind}",
            "text": notice.text,
            "send_by": notice.send_by,
            "sent_on": notice.sent_on,
            "proof": notice.proof,
        }
        for notice, external_id, instalment, amount, due_on, state in rows
    ]


def validations_of(session: Session, account_id: int) -> list[AccountValidation]:
    """Return what proves that an account may be debited, the oldest first."""
    chosen = select(AccountValidation).where(AccountValidation.account_id == account_id)
    return list(session.scalars(chosen.order_by(AccountValidation.validated_on, AccountValidation.id)))


def proofs_made(session: Session, authorization_id: int) -> list[Fact]:
    """Return the facts that a proof of an authorization was made, the newest first."""
    chosen = select(Fact).where(
        Fact.scope == Scope.AUTHORIZATION, Fact.subject_id == authorization_id, Fact.kind == FactKind.PROOF_MADE
    )
    return list(session.scalars(chosen.order_by(Fact.seq.desc())))


def last_purges(session: Session) -> list[dict[str, Any]]:
    """Return the last purges, the newest first: when, by whom, of how many, and the hash of the certificate."""
    chosen = select(AuditRecord.at, AuditRecord.actor, AuditRecord.detail).where(
        AuditRecord.subject == "book", AuditRecord.verb == "purge_authorizations"
    )
    rows = session.execute(chosen.order_by(AuditRecord.seq.desc()).limit(MOST))
    told = [(row.at, row.actor, json.loads(row.detail)) for row in rows]
    return [
        {"at": at, "by": actor, "count": detail.get("purged"), "certificate": detail.get("certificate", "")}
        for at, actor, detail in told
    ]


def under_legal_hold(session: Session) -> list[dict[str, Any]]:
    """Return the authorizations under a legal hold, the newest first, with who set it and why."""
    held = session.scalars(_HELD).all()
    rows = _rows(session, held)
    keys = {row["id"]: row for row in rows}
    for key in held:
        fact = session.scalar(
            select(Fact)
            .where(Fact.scope == Scope.AUTHORIZATION, Fact.subject_id == key, Fact.kind == FactKind.LEGAL_HOLD)
            .order_by(Fact.seq.desc())
            .limit(1)
        )
        keys[public_id(Prefix.AUTHORIZATION, key)] |= {
            "because": fact.detail.get("because", "") if fact else "",
            "by": fact.actor if fact else "",
            "since": fact.on_date if fact else None,
        }
    return rows


_HELD = select(Authorization.id).where(Authorization.legal_hold).order_by(Authorization.id.desc()).limit(MOST)
