"""Adding facts and asking for them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.domain.facts import FactKind, Scope
from ingather.store.tables import Fact


def add(  # noqa: PLR0913 -- the fields of a fact are these
    session: Session,
    kind: FactKind,
    *,
    scope: Scope,
    subject: int,
    originator: int,
    on: date,
    at: datetime,
    actor: str,
    once: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Record a fact; ``once`` tells apart facts of the same kind about the same subject."""
    session.add(
        Fact(
            originator_id=originator,
            scope=scope,
            subject_id=subject,
            kind=kind,
            once=once,
            on_date=on,
            recorded_at=at,
            actor=actor,
            detail=dict(detail or {}),
        ),
    )


def count(session: Session, kind: FactKind, *, scope: Scope, subject: int) -> int:
    """Return how many facts of this kind there are about this subject."""
    statement = select(func.count()).where(Fact.scope == scope, Fact.subject_id == subject, Fact.kind == kind)
    return session.execute(statement).scalar_one()


def known(session: Session, kind: FactKind, *, scope: Scope, subject: int, once: str = "") -> bool:
    """Return whether this fact is on record."""
    statement = select(Fact.seq).where(
        Fact.scope == scope,
        Fact.subject_id == subject,
        Fact.kind == kind,
        Fact.once == once,
    )
    return session.execute(statement).first() is not None
