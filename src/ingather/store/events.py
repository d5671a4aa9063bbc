"""Adding facts and asking for them."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.domain.facts import FactKind, Scope
from ingather.store.bulk import insert_columns
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


def add_many(  # noqa: PLR0913 -- the fields of a fact are these
    session: Session,
    kind: FactKind,
    *,
    scope: Scope,
    subjects: Sequence[int],
    originator: int,
    on: Sequence[date],
    at: datetime,
    actor: str,
    once: Sequence[str],
    detail: Sequence[Mapping[str, Any] | str],
) -> None:
    """Record one fact about each of many subjects, after what is pending in the session; columns of one length.

    ``detail`` is a mapping or its JSON text.
    """
    session.flush()
    insert_columns(
        session,
        Fact,
        {
            "subject_id": subjects,
            "once": once,
            "on_date": [day.isoformat() for day in on],
            "detail": [each if isinstance(each, str) else json.dumps(dict(each)) for each in detail],
        },
        same={"originator_id": originator, "scope": scope, "kind": kind, "recorded_at": at, "actor": actor},
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
