"""Where an entry of a file comes from: its order, authorization, account and merchant."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import Scope
from ingather.store.tables import Account, Approval, Authorization, Batch, Entry, Fact, File, Merchant, Order


def origin_of(session: Session, file: File, trace: int) -> dict[str, Any] | None:
    """Return what an entry of a file rests on, by its trace; None where the file has no such entry in the book.

    What has no order, such as an offset or a payout, has only its kind and batch.
    """
    found = session.execute(
        select(Entry, Batch, Merchant.name, Order, Authorization, Account)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(Merchant, Merchant.id == Batch.merchant_id)
        .outerjoin(Order, Order.id == Entry.order_id)
        .outerjoin(Authorization, Authorization.id == Order.authorization_id)
        .outerjoin(Account, Account.id == Authorization.account_id)
        .where(
            Entry.file_id == file.id,
            Entry.trace == trace,
            # Entries lie in parts by month, which is that of their ids.
            Entry.id.between(file.first_entry_id, file.last_entry_id),
        )
    ).first()
    if found is None:
        return None
    values: tuple[Any, ...] = tuple(found)
    entry, batch, merchant, order, authorization, account = values
    return {
        "entry": public_id(Prefix.ENTRY, entry.id),
        "kind": entry.kind,
        "presentation": entry.presentation,
        "ended": entry.ended,
        "amount_minor": entry.amount_cents,
        "merchant": merchant,
        "merchant_id": public_id(Prefix.MERCHANT, batch.merchant_id),
        "entry_class": batch.entry_class,
        "settled_on": batch.settled_on,
        "hold_until": batch.hold_until,
        "order": _order(order) if order is not None else None,
        "authorization": _authorization(authorization) if authorization is not None else None,
        "account": _account(account) if account is not None else None,
        "rule_set": public_id(Prefix.RULE_SET, file.rule_set_id) if file.rule_set_id else None,
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.ORDER, order.id),
        "external_id": order.external_id,
        "instalment": order.instalment,
        "amount_minor": order.amount_minor,
        "due_on": order.due_on,
        "state": order.state,
    }


def _authorization(row: Authorization) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.AUTHORIZATION, row.id),
        "external_id": row.external_id,
        "kind": row.kind,
        "channel": row.channel,
        "state": row.state,
        "text_version": row.text_version,
        "max_amount_minor": row.max_amount_minor,
        "given_at": row.given_at,
    }


def _account(row: Account) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.ACCOUNT, row.id),
        "last4": row.last4,
        "kind": row.kind,
        "validated": row.validated,
        "state": row.state,
    }


def history_of(session: Session, file: File) -> list[dict[str, Any]]:
    """Return what became of a file, oldest first: sealed, decided, and every fact told of it."""
    told: list[dict[str, Any]] = [
        {"at": row.decided_at, "what": row.decision, "actor": row.checker, "detail": row.reason or "", "on": None}
        for row in session.scalars(select(Approval).where(Approval.file_id == file.id).order_by(Approval.id))
    ]
    facts = session.scalars(
        select(Fact).where(Fact.scope == Scope.FILE, Fact.subject_id == file.id).order_by(Fact.seq)
    ).all()
    decided = {(row["what"], row["actor"]) for row in told}
    told += [
        {"at": row.recorded_at, "what": row.kind, "actor": row.actor, "detail": _said(row.detail), "on": row.on_date}
        for row in facts
        if (row.kind, row.actor) not in decided
    ]
    return sorted(told, key=lambda each: each["at"])


def _said(detail: dict[str, Any]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in detail.items() if value not in (None, "", [])
    )


def latest_decision(session: Session, file_ids: list[int]) -> dict[int, Approval]:
    """Return the last decision about each of these files."""
    rows = session.scalars(select(Approval).where(Approval.file_id.in_(file_ids)).order_by(Approval.id))
    return {row.file_id: row for row in rows}
