"""The worker's runs, as people and programs read them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from ingather.base.ids import Prefix, public_id
from ingather.domain.work import RunState
from ingather.store.reading.pages import Listing
from ingather.store.tables import WorkRun


def listed(session: Session, *, kind: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return the last runs, the newest first, of one kind if it is named; instants are in UTC."""
    asked = select(WorkRun).order_by(WorkRun.started_at.desc(), WorkRun.id.desc()).limit(limit)
    if kind is not None:
        asked = asked.where(WorkRun.kind == kind)
    return [_as_dict(row) for row in session.scalars(asked)]


def ended(session: Session, *, since: Iterable[datetime]) -> set[tuple[str, str, datetime]]:
    """Return the kind, subject and due instant of the runs due at one of some instants that were made to their end."""
    rows = session.execute(
        select(WorkRun.kind, WorkRun.about, WorkRun.due_at).where(
            WorkRun.due_at.in_(sorted(set(since))), WorkRun.state == RunState.DONE
        ),
    )
    return {(kind, about, due_at) for kind, about, due_at in rows}


def failed(session: Session) -> list[dict[str, Any]]:
    """Return the runs that failed or died and after which none of their kind, about the same, came to its end."""
    later = aliased(WorkRun)
    made_since = exists().where(
        later.kind == WorkRun.kind,
        later.about == WorkRun.about,
        later.due_at >= WorkRun.due_at,
        later.state == RunState.DONE,
    )
    ill = (RunState.FAILED, RunState.ABANDONED)
    rows = session.scalars(select(WorkRun).where(WorkRun.state.in_(ill), ~made_since).order_by(WorkRun.due_at))
    return [_as_dict(row) for row in rows]


def shown(session: Session, run_id: int) -> dict[str, Any] | None:
    """Return one run, or None."""
    row = session.get(WorkRun, run_id)
    return None if row is None else _as_dict(row)


def _as_dict(row: WorkRun) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.WORK_RUN, row.id),
        "kind": row.kind,
        "about": row.about,
        "state": row.state,
        "due_at": row.due_at.isoformat(),
        "started_at": row.started_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "exit_code": row.exit_code,
        "result": row.result,
        "fault": row.fault,
        "holder": row.holder,
    }


LISTING = Listing(
    statement=lambda: select(WorkRun),
    key=WorkRun.id,
    shown=lambda _, rows: [_as_dict(row[0]) for row in rows],
    filters={
        "kind": WorkRun.kind.in_,
        "state": WorkRun.state.in_,
        "about": lambda about: WorkRun.about == about,
        "due_from": lambda at: WorkRun.due_at >= at,
        "due_to": lambda at: WorkRun.due_at <= at,
    },
)
"""The worker's runs page by page."""
