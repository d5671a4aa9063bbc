"""Cases as people and systems ask for them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.store.tables import Case


def listed(session: Session, *, state: str | None = None) -> list[dict[str, Any]]:
    """Return cases, the oldest first."""
    statement = select(Case).order_by(Case.id)
    if state is not None:
        statement = statement.where(Case.state == state)
    return [
        {
            "id": public_id(Prefix.CASE, row.id),
            "kind": row.kind,
            "state": row.state,
            "subject": row.subject,
            "sentence": row.sentence,
            "owner": row.owner,
            "suspense_minor": row.suspense_minor,
            "opened_on": row.opened_on.isoformat(),
            "due_on": row.due_on.isoformat() if row.due_on else None,
            "outcome": row.outcome,
        }
        for row in session.scalars(statement)
    ]
