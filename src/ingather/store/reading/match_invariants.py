"""The invariants of matches, each a question that returns how often it is broken: 0, always."""

from collections.abc import Callable

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from ingather.domain.facts import FactKind, Scope
from ingather.domain.reconciliation import MatchKind
from ingather.store.tables import Entry, Fact, Match, Return


def _applied_without_a_match(session: Session) -> int:
    """Count the applied returns that do not have exactly one standing match, to their own entry and over all of them.

    Books that were kept before matches were recorded have none for their older reports: those are left out.
    """
    first = session.scalar(
        select(func.min(Return.report_id))
        .join(Match, Match.subject_id == Return.id)
        .where(Match.kind == MatchKind.RETURN)
    )
    if first is None:
        return 0
    standing = (
        select(func.count())
        .where(
            Match.kind == MatchKind.RETURN,
            Match.subject_id == Return.id,
            Match.undone_at.is_(None),
            Match.target_id == Return.entry_id,
            func.abs(Match.amount_minor) == Return.amount_cents,
        )
        .scalar_subquery()
    )
    statement = select(func.count()).select_from(Return).where(Return.applied, Return.report_id >= first, standing != 1)
    return int(session.execute(statement).scalar_one())


def _undone_that_still_apply(session: Session) -> int:
    """Count the returns that are applied although their match was undone, and the undone matches without their fact."""
    undone = and_(Match.kind == MatchKind.RETURN, Match.undone_at.is_not(None))
    applied = select(func.count()).select_from(Match).join(Return, and_(Return.id == Match.subject_id, Return.applied))
    told = exists().where(
        Fact.scope == Scope.RETURN, Fact.kind == FactKind.UNMATCHED, Fact.subject_id == Match.subject_id
    )
    silent = select(func.count()).select_from(Match).where(~told)
    return sum(int(session.execute(each.where(undone)).scalar_one()) for each in (applied, silent))


def _two_returns_of_one_entry(session: Session) -> int:
    """Count the entries to which more than one standing match applies a return."""
    other = aliased(Match)
    statement = (
        select(func.count())
        .select_from(Match)
        .join(Return, and_(Return.id == Match.subject_id, Return.applied))
        .join(Entry, Entry.id == Match.target_id)
        .where(
            Match.kind == MatchKind.RETURN,
            Match.undone_at.is_(None),
            exists().where(
                other.kind == MatchKind.RETURN,
                other.target_id == Match.target_id,
                other.undone_at.is_(None),
                other.id != Match.id,
                other.subject_id.in_(select(Return.id).where(Return.applied)),
            ),
        )
    )
    return int(session.execute(statement).scalar_one())


MATCH_INVARIANTS: dict[str, Callable[[Session], int]] = {
    "applied_returns_have_one_standing_match": _applied_without_a_match,
    "an_undone_match_applies_nothing": _undone_that_still_apply,
    "one_standing_return_per_entry": _two_returns_of_one_entry,
}
"""Every invariant of matches by its name, with the question that counts its breaches."""
