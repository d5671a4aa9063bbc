"""Cases as they were known at an instant: opened, given to whom, and closed, as the facts told until then."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.store.among import AT_ONCE, among
from ingather.store.reading.past.known import FactColumns, facts_known
from ingather.store.tables import Case, Fact


def listed(
    session: Session,
    at: datetime,
    *,
    state: str | None = None,
    kind: str | None = None,
    owner: str | None = None,
    due_before: date | None = None,
    today: date,
) -> list[dict[str, Any]]:
    """Return the cases that were open at an instant, or all that had been opened, by their last day as they stood then.

    ``state``, ``owner`` and ``due_before`` are asked of what was known; ``today`` is the day of the instant.
    """
    statement = select(Case).where(Case.opened_on <= today)
    if kind is not None:
        statement = statement.where(Case.kind == kind)
    rows = session.scalars(statement.order_by(Case.due_on.is_(None), Case.due_on, Case.id)).all()
    found = _then(session, rows, at, today)
    return [
        row
        for row in found
        if (state is None or row["state"] == state)
        and (owner is None or row["owner"] == owner)
        and (due_before is None or (row["due_on"] is not None and row["due_on"] < due_before.isoformat()))
    ]


def shown(session: Session, case_id: int, at: datetime, *, today: date) -> dict[str, Any] | None:
    """Return one case with what had been done about it by an instant; None for one that was not open yet."""
    row = session.get(Case, case_id)
    found = [] if row is None else _then(session, [row], at, today)
    if row is None or not found:
        return None
    facts = facts_known(session, Scope.CASE, [case_id], at)
    return found[0] | {
        "order": public_id(Prefix.ORDER, row.order_id) if row.order_id else None,
        "entry": public_id(Prefix.ENTRY, row.entry_id) if row.entry_id else None,
        "holds_release": row.holds_release,
        "history": [
            {"kind": fact.kind, "on": fact.on.isoformat(), "at": fact.at.isoformat(), "detail": fact.detail}
            for fact in facts
        ],
    }


def _then(session: Session, rows: Sequence[Case], at: datetime, today: date) -> list[dict[str, Any]]:
    keys = [row.id for row in rows]
    columns = FactColumns(facts_known(session, Scope.CASE, keys, at))
    opened, closed = columns.newest(FactKind.OPENED), columns.newest(FactKind.CLOSED)
    escalated, owners = columns.newest(FactKind.ESCALATED), _owners_before(session, keys, at)
    found = []
    for row in rows:
        if row.id not in opened:
            continue
        over = closed.get(row.id)
        is_open = over is None
        found.append(
            {
                "id": public_id(Prefix.CASE, row.id),
                "kind": row.kind,
                "state": CaseState.OPEN if is_open else CaseState.CLOSED,
                "subject": row.subject,
                "sentence": row.sentence,
                "owner": owners.get(row.id, row.owner),
                "suspense_minor": row.suspense_minor,
                "opened_on": row.opened_on.isoformat(),
                "due_on": row.due_on.isoformat() if row.due_on else None,
                "clock": row.clock,
                "days_left": (row.due_on - today).days if row.due_on and is_open else None,
                "escalated": row.id in escalated,
                "outcome": over.detail.get("outcome") if over else None,
                "known_at": at,
            }
        )
    return found


def _owners_before(session: Session, keys: Sequence[int], at: datetime) -> dict[int, str]:
    """Return who had the cases that were given to somebody else only later: the first such fact says from whom."""
    found: dict[int, str] = {}
    for start in range(0, len(keys), AT_ONCE):
        rows = session.execute(
            select(Fact.subject_id, Fact.detail)
            .where(
                Fact.scope == Scope.CASE,
                among(session, Fact.subject_id, keys[start : start + AT_ONCE]),
                Fact.kind == FactKind.ESCALATED,
                Fact.recorded_at > at,
            )
            .order_by(Fact.seq)
        )
        for key, detail in rows:
            if detail.get("before"):
                found.setdefault(key, detail["before"])
    return found
