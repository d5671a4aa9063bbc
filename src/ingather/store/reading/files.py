"""Files as people and systems ask for them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.store.approvals import NOT_TAKEN_BACK
from ingather.store.reading.pages import Listing
from ingather.store.tables import Account, Approval, Authorization, Batch, Entry, File, Order


def listed(session: Session) -> list[dict[str, Any]]:
    """Return every file, oldest first, with its totals and hash."""
    return [as_dict(row) for row in session.scalars(select(File).order_by(File.id))]


def as_dict(row: File) -> dict[str, Any]:
    """Return what a list shows of a file."""
    return {
        "id": public_id(Prefix.FILE, row.id),
        "name": row.name,
        "state": row.state,
        "night_on": row.night_on.isoformat(),
        "effective_on": row.effective_on.isoformat(),
        "batches": row.batches,
        "entries": row.entries,
        "debit_cents": row.debit_cents,
        "credit_cents": row.credit_cents,
        "sha256": row.sha256.hex(),
        "second_reader": row.second_reader,
        "maker": row.maker,
        "void_reason": row.void_reason,
        "rule_set": public_id(Prefix.RULE_SET, row.rule_set_id) if row.rule_set_id else None,
        "sealed_at": row.sealed_at.isoformat(),
        "transmitted_at": row.transmitted_at.isoformat() if row.transmitted_at else None,
    }


def shown(session: Session, file_id: int) -> dict[str, Any] | None:
    """Return one file with its batches and approvals; None when there is none."""
    row = session.get(File, file_id)
    if row is None:
        return None
    batches = session.scalars(select(Batch).where(Batch.file_id == file_id).order_by(Batch.number))
    approvals = session.scalars(
        select(Approval).where(Approval.file_id == file_id, NOT_TAKEN_BACK).order_by(Approval.id)
    )
    return as_dict(row) | {
        "batch_list": [
            {
                "id": public_id(Prefix.BATCH, batch.id),
                "number": batch.number,
                "entry_class": batch.entry_class,
                "company_name": batch.company_name,
                "description": batch.entry_description,
                "entries": batch.entries,
                "debit_cents": batch.debit_cents,
                "credit_cents": batch.credit_cents,
                "service_class": batch.service_class,
                "settled_on": batch.settled_on.isoformat() if batch.settled_on else None,
                "settlement_basis": batch.settlement_basis,
                "rejected": batch.rejected,
            }
            for batch in batches
        ],
        "approvals": [
            {
                "checker": found.checker,
                "decision": found.decision,
                "reason": found.reason,
                "decided_at": found.decided_at.isoformat(),
            }
            for found in approvals
        ],
    }


LISTING = Listing(
    statement=lambda: select(File),
    key=File.id,
    shown=lambda _, rows: [as_dict(file) for file, *_ in rows],
    filters={
        "state": File.state.in_,
        "name": lambda name: File.name == name,
        "night_on_gte": lambda day: File.night_on >= day,
        "night_on_lte": lambda day: File.night_on <= day,
        "effective_on_gte": lambda day: File.effective_on >= day,
        "effective_on_lte": lambda day: File.effective_on <= day,
    },
)
"""Files page by page."""


def entries_of(file_id: int) -> Listing:
    """Return the entries of a file page by page, each with its line, trace, order and masked account.

    The account is the order's as it is today; the bytes that were sent are shown by the records.
    """
    return Listing(
        statement=lambda: (
            select(Entry, Batch.number, Batch.entry_class, Order.external_id, Account.last4)
            .join(Batch, Batch.id == Entry.batch_id)
            .outerjoin(Order, Order.id == Entry.order_id)
            .outerjoin(Authorization, Authorization.id == Order.authorization_id)
            .outerjoin(Account, Account.id == Authorization.account_id)
            .where(Entry.file_id == file_id)
        ),
        key=Entry.id,
        shown=_entries,
        filters={
            "batch": lambda number: Batch.number == number,
            "trace": lambda trace: Entry.trace == trace,
            "kind": Entry.kind.in_,
            "ended": Entry.ended.in_,
            "amount_minor_gte": lambda amount: Entry.amount_cents >= amount,
            "amount_minor_lte": lambda amount: Entry.amount_cents <= amount,
            "last4": lambda last4: Account.last4 == last4,
            "external_id": lambda name: Order.external_id == name,
        },
    )


def _entries(_: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    return [
        {
            "id": public_id(Prefix.ENTRY, entry.id),
            "line": entry.line,
            "batch": number,
            "entry_class": entry_class,
            "kind": entry.kind,
            "trace": f"{entry.trace:015d}",
            "order": public_id(Prefix.ORDER, entry.order_id) if entry.order_id else None,
            "external_id": external_id,
            "presentation": entry.presentation,
            "amount_minor": entry.amount_cents,
            "last4": last4,
            "ended": entry.ended,
        }
        for entry, number, entry_class, external_id, last4, *_ in rows
    ]
