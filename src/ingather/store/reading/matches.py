"""Matches as people and systems ask for them: what explains what, by which rule, how sure, and whether it stands."""

from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.reconciliation import MatchKind
from ingather.rules.matching import sentence_of
from ingather.store.reading.pages import Listing
from ingather.store.tables import Entry, Match

_TARGETS = {
    MatchKind.RETURN: Prefix.ENTRY,
    MatchKind.SETTLEMENT: Prefix.BATCH,
    MatchKind.RETURN_POSTING: Prefix.RETURN,
    MatchKind.PAYOUT_POSTING: Prefix.PAYOUT,
}


def listed(
    session: Session,
    *,
    kind: MatchKind | None = None,
    rule: str | None = None,
    subject_id: int | None = None,
    order_id: int | None = None,
    undone: bool | None = None,
    asked: bool = False,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Return matches, the newest first.

    ``subject_id`` is a return or bank posting; ``order_id`` leaves the matches of its debits. ``undone`` leaves those
    that are undone, or that stand; ``asked`` those that somebody asked to undo and nobody did yet.
    """
    statement = select(Match).order_by(Match.id.desc())
    if kind is not None:
        statement = statement.where(Match.kind == kind)
    if rule is not None:
        statement = statement.where(Match.rule == rule)
    if subject_id is not None:
        statement = statement.where(Match.subject_id == subject_id)
    if order_id is not None:
        debits = select(Entry.id).where(Entry.order_id == order_id)
        statement = statement.where(Match.kind == MatchKind.RETURN, Match.target_id.in_(debits))
    if undone is not None:
        statement = statement.where(Match.undone_at.is_not(None) if undone else Match.undone_at.is_(None))
    if asked:
        statement = statement.where(Match.undo_asked_by.is_not(None), Match.undone_at.is_(None))
    rows = session.scalars(statement.limit(limit) if limit else statement).all()
    return [_as_dict(row) for row in rows]


def shown(session: Session, match_id: int) -> dict[str, Any] | None:
    """Return one match with what shows it; None when there is none."""
    row = session.get(Match, match_id)
    if row is None:
        return None
    order_id = session.scalar(select(Entry.order_id).where(Entry.id == row.target_id)) if _of_return(row) else None
    return _as_dict(row) | {
        "order": public_id(Prefix.ORDER, order_id) if order_id else None,
        "sentence": sentence_of(row.rule, row.matched_on),
        "evidence": row.evidence,
    }


def _of_return(row: Match) -> bool:
    return row.kind == MatchKind.RETURN


def _as_dict(row: Match) -> dict[str, Any]:
    prefix = _TARGETS.get(MatchKind(row.kind))
    target = public_id(prefix, row.target_id) if prefix and row.target_id else str(row.target_id or "")
    return {
        "id": public_id(Prefix.MATCH, row.id),
        "kind": row.kind,
        "subject": public_id(Prefix.RETURN if _of_return(row) else Prefix.POSTING, row.subject_id),
        "target": target,
        "batch": public_id(Prefix.BATCH, row.batch_id) if row.batch_id else None,
        "amount_minor": row.amount_minor,
        "rule": row.rule,
        "score": row.score,
        "by": row.actor,
        "on": row.matched_on.isoformat(),
        "undone_at": row.undone_at.isoformat() if row.undone_at else None,
        "undone_by": row.undone_by,
        "undone_because": row.undone_because,
        "undo_asked_by": row.undo_asked_by,
    }


def _of_order(order_id: int) -> ColumnElement[bool]:
    debits = select(Entry.id).where(Entry.order_id == order_id)
    return and_(Match.kind == MatchKind.RETURN, Match.target_id.in_(debits))


def _asked() -> ColumnElement[bool]:
    return and_(Match.undo_asked_by.is_not(None), Match.undone_at.is_(None))


LISTING = Listing(
    statement=lambda: select(Match),
    key=Match.id,
    shown=lambda _, rows: [_as_dict(row) for row, *_ in rows],
    filters={
        "kind": Match.kind.in_,
        "rule": lambda rule: Match.rule == rule,
        "return_id": lambda key: and_(Match.kind == MatchKind.RETURN, Match.subject_id == key),
        "order_id": _of_order,
        "undone": lambda wanted: Match.undone_at.is_not(None) if wanted else Match.undone_at.is_(None),
        "asked": lambda wanted: _asked() if wanted else ~_asked(),
        "matched_on_gte": lambda day: Match.matched_on >= day,
        "matched_on_lte": lambda day: Match.matched_on <= day,
    },
)
"""Matches page by page."""
