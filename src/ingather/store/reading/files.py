"""Files as people and systems ask for them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.store.tables import Approval, Batch, File


def listed(session: Session) -> list[dict[str, Any]]:
    """Return every file, oldest first, with its totals and hash."""
    return [_as_dict(row) for row in session.scalars(select(File).order_by(File.id))]


def _as_dict(row: File) -> dict[str, Any]:
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
    }


def shown(session: Session, file_id: int) -> dict[str, Any] | None:
    """Return one file with its batches and approvals; None when there is none."""
    row = session.get(File, file_id)
    if row is None:
        return None
    batches = session.scalars(select(Batch).where(Batch.file_id == file_id).order_by(Batch.number))
    approvals = session.scalars(select(Approval).where(Approval.file_id == file_id).order_by(Approval.id))
    return _as_dict(row) | {
        "batch_list": [
            {
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
            {"checker": found.checker, "decision": found.decision, "reason": found.reason} for found in approvals
        ],
    }
