"""Cases as people and systems ask for them: what needs somebody, by its last day, and what became of one."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import Scope
from ingather.rules.case_clocks import case_terms
from ingather.store.reading.pages import Listing
from ingather.store.tables import Case, Fact, Order


def listed(
    session: Session,
    *,
    state: str | None = None,
    kind: str | None = None,
    owner: str | None = None,
    due_before: date | None = None,
    today: date | None = None,
) -> list[dict[str, Any]]:
    """Return cases by their last day, those without one at the end, the oldest first.

    ``due_before`` keeps those whose last day is before it; with ``today`` each says how many calendar days are left.
    """
    statement = select(Case).order_by(Case.due_on.is_(None), Case.due_on, Case.id)
    wanted = ((Case.state, state), (Case.kind, kind), (Case.owner, owner))
    statement = statement.where(*(column == value for column, value in wanted if value is not None))
    if due_before is not None:
        statement = statement.where(Case.due_on < due_before)
    return [_row(row, today) for row in session.scalars(statement)]


def shown(session: Session, case_id: int, *, today: date) -> dict[str, Any] | None:
    """Return one case with its clock, its way out and its history; None for an unknown one."""
    row = session.get(Case, case_id)
    if row is None:
        return None
    terms = case_terms(CaseKind(row.kind), row.opened_on)
    found = _row(row, today)
    found |= {
        "order": public_id(Prefix.ORDER, row.order_id) if row.order_id else None,
        "entry": public_id(Prefix.ENTRY, row.entry_id) if row.entry_id else None,
        "holds_release": row.holds_release,
        "evidence": row.evidence,
        "closed_by": row.closed_by,
        "counted_from": terms.counted_from if terms else None,
        "evidence_needed": bool(terms and terms.evidence == "required"),
        "rests_on": terms.row.id if terms else None,
        "way_out": "",
    }
    if terms is not None:
        found["way_out"] = terms.way_out.format(case=found["id"], order=found["order"] or "ORDER", subject=row.subject)
    facts = session.execute(
        select(Fact.kind, Fact.on_date, Fact.recorded_at, Fact.actor, Fact.detail)
        .where(Fact.scope == Scope.CASE, Fact.subject_id == case_id)
        .order_by(Fact.seq)
    )
    found["history"] = [
        {
            "kind": fact.kind,
            "on": fact.on_date.isoformat(),
            "at": fact.recorded_at.isoformat(),
            "actor": fact.actor,
            "detail": fact.detail,
        }
        for fact in facts
    ]
    return found


def _row(row: Case, today: date | None) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.CASE, row.id),
        "kind": row.kind,
        "state": row.state,
        "subject": row.subject,
        "sentence": row.sentence,
        "owner": row.owner,
        "suspense_minor": row.suspense_minor,
        "opened_on": row.opened_on.isoformat(),
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "clock": row.clock,
        "days_left": (row.due_on - today).days if row.due_on and today and row.state == "open" else None,
        "escalated": row.escalated_at is not None,
        "outcome": row.outcome,
    }


def listing(today: date) -> Listing:
    """Return cases page by page, each with how many calendar days are left from today."""
    return Listing(
        statement=lambda: select(Case).outerjoin(Order, Order.id == Case.order_id),
        key=Case.id,
        shown=lambda _, rows: [
            _row(row, today) | {"order": public_id(Prefix.ORDER, row.order_id) if row.order_id else None}
            for row, *_ in rows
        ],
        merchant=lambda merchant_id: Order.merchant_id == merchant_id,
        filters={
            "state": lambda state: Case.state == state,
            "kind": Case.kind.in_,
            "owner": lambda owner: Case.owner == owner,
            "subject": lambda subject: Case.subject == subject,
            "order_id": lambda key: Case.order_id == key,
            "overdue": lambda wanted: _overdue(today) if wanted else ~_overdue(today),
            "due_on_gte": lambda day: Case.due_on >= day,
            "due_on_lte": lambda day: Case.due_on <= day,
        },
    )


def _overdue(today: date) -> ColumnElement[bool]:
    return and_(Case.state == CaseState.OPEN, Case.due_on.is_not(None), Case.due_on < today)
