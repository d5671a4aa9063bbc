"""Returns as people and systems ask for them: what the bank said, what was decided, and on which rule rows."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.store.tables import Batch, Case, Entry, OdfiRequest, Order, Return, RuleSet


def listed(
    session: Session,
    *,
    code: str | None = None,
    timeliness: str | None = None,
    applied: bool | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Return returns, the newest first; ``applied`` false gives those that fit no entry or came twice."""
    statement = _statement().order_by(Return.id.desc())
    if code is not None:
        statement = statement.where(Return.code == code)
    if timeliness is not None:
        statement = statement.where(Return.timeliness == timeliness)
    if applied is not None:
        statement = statement.where(Return.applied.is_(applied))
    rows = session.execute(statement.limit(limit) if limit else statement)
    return [_as_dict(row, external_id, entry_class) for row, external_id, entry_class in rows]


def shown(session: Session, return_id: int) -> dict[str, Any] | None:
    """Return one return with its rule rows, its cases and what had been asked of the ODFI; None when there is none."""
    found = session.execute(_statement().where(Return.id == return_id)).one_or_none()
    if found is None:
        return None
    row = found[0]
    rows = session.execute(select(RuleSet.rows).where(RuleSet.id == row.rule_set_id)).scalar() or []
    about = Case.entry_id == row.entry_id if row.entry_id else Case.once == row.item_key.hex()
    cases = session.scalars(select(Case).where(about).order_by(Case.id)).all()
    asked = session.scalars(select(OdfiRequest).where(OdfiRequest.entry_id == row.entry_id)).all()
    return _as_dict(*found) | {
        "entry": public_id(Prefix.ENTRY, row.entry_id) if row.entry_id else None,
        "original_trace": f"{row.original_trace:015d}",
        "return_trace": f"{row.return_trace:015d}",
        "matched_by": row.matched_by,
        "clawed_back": row.clawed_back,
        "information": row.information.strip(),
        "rows": list(rows),
        "cases": [
            {
                "id": public_id(Prefix.CASE, case.id),
                "kind": case.kind,
                "state": case.state,
                "due_on": case.due_on.isoformat() if case.due_on else None,
                "sentence": case.sentence,
                "outcome": case.outcome,
            }
            for case in cases
        ],
        "asked": [
            {
                "kind": each.kind,
                "on": each.asked_on.isoformat(),
                "answered_on": each.answered_on.isoformat() if each.answered_on else None,
                "actor": each.actor,
                "reason": each.reason,
            }
            for each in asked
        ],
        "open": any(case.state == CaseState.OPEN for case in cases),
    }


def _statement() -> Select[Return, str | None, str | None]:
    return (
        select(Return, Order.external_id, Batch.entry_class)
        .outerjoin(Order, Order.id == Return.order_id)
        .outerjoin(Entry, Entry.id == Return.entry_id)
        .outerjoin(Batch, Batch.id == Entry.batch_id)
    )


def _as_dict(row: Return, external_id: str | None, entry_class: str | None) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.RETURN, row.id),
        "order": public_id(Prefix.ORDER, row.order_id) if row.order_id else None,
        "external_id": external_id,
        "code": row.code,
        "entry_class": entry_class,
        "amount_minor": row.amount_cents,
        "returned_on": row.returned_on.isoformat() if row.returned_on else None,
        "deadline_on": row.deadline_on.isoformat() if row.deadline_on else None,
        "timeliness": row.timeliness,
        "next_step": row.next_step,
        "late": row.late,
        "applied": row.applied,
    }
