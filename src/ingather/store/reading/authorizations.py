"""Authorizations as people and systems ask for them, with their notices, orders and history."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import AuthorizationKind
from ingather.domain.facts import FactKind, Scope
from ingather.store.reading.names import key_among
from ingather.store.reading.pages import Listing
from ingather.store.tables import Account, Authorization, Buyer, Entry, Fact, File, Label, Merchant, Notice, Order


def listed(session: Session, *, state: str | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    """Return authorizations, oldest first, with what a list shows of each."""
    statement = (
        select(Authorization, Buyer.external_id, Merchant.external_id, Account)
        .join(Buyer, Buyer.id == Authorization.buyer_id)
        .join(Merchant, Merchant.id == Authorization.merchant_id)
        .join(Account, Account.id == Authorization.account_id)
        .order_by(Authorization.id)
    )
    if state is not None:
        statement = statement.where(Authorization.state == state)
    return [_as_dict(row) for row in session.execute(statement.limit(limit) if limit else statement)]


def _as_dict(found: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    row, buyer, merchant, account, *_ = found
    return {
        "id": public_id(Prefix.AUTHORIZATION, row.id),
        "external_id": row.external_id,
        "buyer": buyer,
        "merchant": merchant,
        "account": account.external_id,
        "last4": account.last4,
        "holder": account.holder,
        "kind": row.kind,
        "channel": row.channel,
        "state": row.state,
        "lacks": row.lacks or [],
        "amount_terms": row.amount_terms,
        "min_amount_minor": row.min_amount_minor,
        "max_amount_minor": row.max_amount_minor,
        "every": row.every,
        "debits": row.debits,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "ended_on": row.ended_on.isoformat() if row.ended_on else None,
        "ended_because": row.ended_because,
        "legal_hold": row.legal_hold,
        "purged": row.purged_at is not None,
    }


def shown(session: Session, authorization_id: int) -> dict[str, Any] | None:
    """Return one authorization with its text, evidence, orders and history; None when there is none."""
    found = session.execute(
        select(Authorization, Buyer.external_id, Merchant.external_id, Account)
        .join(Buyer, Buyer.id == Authorization.buyer_id)
        .join(Merchant, Merchant.id == Authorization.merchant_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(Authorization.id == authorization_id),
    ).one_or_none()
    if found is None:
        return None
    row = found[0]
    orders = session.scalars(
        select(Order)
        .where(Order.buyer_id == row.buyer_id, Order.authorization_id == authorization_id)
        .order_by(Order.id),
    ).all()
    return _as_dict(found) | {
        "text": row.text,
        "text_sha256": row.text_sha256.hex(),
        "text_version": row.text_version,
        "locale": row.locale,
        "given_at": row.given_at.isoformat(),
        "evidence": row.evidence,
        "statements": row.statements,
        "superseded_by": public_id(Prefix.AUTHORIZATION, row.superseded_by) if row.superseded_by else None,
        "orders": [
            {
                "id": public_id(Prefix.ORDER, order.id),
                "external_id": order.external_id,
                "instalment": order.instalment,
                "amount_minor": order.amount_minor,
                "due_on": order.due_on.isoformat(),
                "state": order.state,
            }
            for order in orders
        ],
        "facts": history(session, authorization_id, [order.id for order in orders]),
    }


def history(session: Session, authorization_id: int, order_ids: list[int]) -> list[dict[str, Any]]:
    """Return the facts about an authorization, about its orders, and about the files these went out in, as they came.

    A fact of a file, such as that it was sent, is told once however many of the orders were in it. That a file used up
    authorizations is only told of those for one debit.
    """
    kind = session.execute(select(Authorization.kind).where(Authorization.id == authorization_id)).scalar()
    elsewhere = () if kind == AuthorizationKind.SINGLE else (FactKind.CONSUMED, FactKind.UNCONSUMED)
    file_ids = session.scalars(select(Entry.file_id).where(Entry.order_id.in_(order_ids)).distinct()).all()
    facts = session.scalars(
        select(Fact)
        .where(
            ((Fact.scope == Scope.AUTHORIZATION) & (Fact.subject_id == authorization_id))
            | ((Fact.scope == Scope.ORDER) & Fact.subject_id.in_(order_ids))
            | ((Fact.scope == Scope.FILE) & Fact.subject_id.in_(file_ids) & Fact.kind.not_in(elsewhere)),
        )
        .order_by(Fact.seq),
    )
    prefixes = {Scope.AUTHORIZATION: Prefix.AUTHORIZATION, Scope.ORDER: Prefix.ORDER, Scope.FILE: Prefix.FILE}
    return [
        {
            "kind": fact.kind,
            "about": public_id(prefixes[Scope(fact.scope)], fact.subject_id),
            "on": fact.on_date.isoformat(),
            "at": fact.recorded_at.isoformat(),
            "actor": fact.actor,
            "detail": fact.detail,
        }
        for fact in facts
    ]


def notices(session: Session, *, everything: bool = False) -> list[dict[str, Any]]:
    """Return the notices that are due, by the day they are to be sent by; with ``everything`` those that were sent too.

    Those of orders that are debited no more are left out of what is due.
    """
    statement = (
        select(Notice, Order, Buyer.external_id, Merchant.external_id)
        .join(Order, Order.id == Notice.order_id)
        .join(Buyer, Buyer.id == Order.buyer_id)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .order_by(Notice.send_by, Notice.id)
    )
    if not everything:
        statement = statement.where(Notice.sent_on.is_(None), Order.state == "open")
    return [
        {
            "order": public_id(Prefix.ORDER, order.id),
            "external_id": order.external_id,
            "authorization": public_id(Prefix.AUTHORIZATION, notice.authorization_id),
            "buyer": buyer,
            "merchant": merchant,
            "kind": notice.kind,
            "due_on": order.due_on.isoformat(),
            "amount_minor": order.amount_minor,
            "send_by": notice.send_by.isoformat(),
            "sent_on": notice.sent_on.isoformat() if notice.sent_on else None,
            "proof": notice.proof,
            "text": notice.text,
        }
        for notice, order, buyer, merchant in session.execute(statement)
    ]


def files_of(session: Session, order_id: int) -> list[tuple[Entry, File]]:
    """Return the entries of an order with their files, in the order they were made."""
    rows = session.execute(
        select(Entry, File).join(File, File.id == Entry.file_id).where(Entry.order_id == order_id).order_by(Entry.id),
    )
    return [(row[0], row[1]) for row in rows]


def _full() -> Select[*tuple[Any, ...]]:
    return (
        select(Authorization, Buyer.external_id, Merchant.external_id, Account, Label.content)
        .join(Buyer, Buyer.id == Authorization.buyer_id)
        .join(Merchant, Merchant.id == Authorization.merchant_id)
        .join(Account, Account.id == Authorization.account_id)
        .outerjoin(Label, Label.subject_id == Authorization.id)
    )


def _in_full(found: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    row, account = found[0], found[3]
    return _as_dict(found) | {
        "buyer_id": public_id(Prefix.BUYER, row.buyer_id),
        "merchant_id": public_id(Prefix.MERCHANT, row.merchant_id),
        "account_id": public_id(Prefix.ACCOUNT, account.id),
        "text_sha256": row.text_sha256.hex(),
        "text_version": row.text_version,
        "locale": row.locale,
        "given_at": row.given_at,
        "statements": row.statements,
        "superseded_by": public_id(Prefix.AUTHORIZATION, row.superseded_by) if row.superseded_by else None,
        "created_at": row.created_at,
        "metadata": found[4] or {},
    }


def in_full(session: Session, keys: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return authorizations by their keys, without their words and evidence, with the callers' labels."""
    return {row[0].id: _in_full(row) for row in session.execute(_full().where(Authorization.id.in_(keys)))}


def words_of(session: Session, key: int) -> dict[str, Any]:
    """Return the text of an authorization and the evidence of how it was given."""
    row = session.execute(select(Authorization.text, Authorization.evidence).where(Authorization.id == key)).one()
    return {"text": row.text, "evidence": row.evidence}


LISTING = Listing(
    statement=_full,
    key=Authorization.id,
    shown=lambda _, rows: [_in_full(row) for row in rows],
    merchant=lambda merchant_id: Authorization.merchant_id == merchant_id,
    filters={
        "external_id": lambda name: Authorization.external_id == name,
        "state": Authorization.state.in_,
        "buyer": lambda name: or_(Buyer.external_id == name, Buyer.id == key_among(Prefix.BUYER, name)),
        "merchant": lambda name: or_(Merchant.external_id == name, Merchant.id == key_among(Prefix.MERCHANT, name)),
        "account": lambda name: or_(Account.external_id == name, Account.id == key_among(Prefix.ACCOUNT, name)),
        "last4": lambda last4: Account.last4 == last4,
        "given_from": lambda at: Authorization.given_at >= at,
        "given_to": lambda at: Authorization.given_at <= at,
    },
)
"""Authorizations page by page."""


def _notices() -> Select[*tuple[Any, ...]]:
    return (
        select(Notice, Order, Buyer.external_id, Merchant.external_id)
        .join(Order, Order.id == Notice.order_id)
        .join(Buyer, Buyer.id == Order.buyer_id)
        .join(Merchant, Merchant.id == Order.merchant_id)
    )


def _notice(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    notice, order, buyer, merchant, *_ = row
    return {
        "order_id": public_id(Prefix.ORDER, order.id),
        "authorization_id": public_id(Prefix.AUTHORIZATION, notice.authorization_id),
        "buyer": buyer,
        "merchant": merchant,
        "kind": notice.kind,
        "due_on": order.due_on,
        "amount_minor": order.amount_minor,
        "currency": order.currency,
        "send_by": notice.send_by,
        "sent_on": notice.sent_on,
        "proof": notice.proof,
        "text": notice.text,
    }


NOTICES = Listing(
    statement=_notices,
    key=Notice.id,
    shown=lambda _, rows: [_notice(row) for row in rows],
    merchant=lambda merchant_id: Order.merchant_id == merchant_id,
    filters={
        "sent": lambda sent: (
            Notice.sent_on.is_not(None) if sent else Notice.sent_on.is_(None) & (Order.state == "open")
        ),
        "send_from": lambda day: Notice.send_by >= day,
        "send_to": lambda day: Notice.send_by <= day,
    },
)
"""Notices to buyers page by page."""
