"""The invariants of matches, each a question that returns how often it is broken: 0, always."""

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import aliased

from ingather.domain.facts import FactKind, Scope
from ingather.domain.reconciliation import MatchKind
from ingather.store.reading.breaches import Question, Statement, breaches
from ingather.store.tables import Entry, Fact, Match, Return


@breaches
def _applied_without_a_match() -> Statement:
    """The applied returns that do not have exactly one standing match, to their own entry and over all of them.

    Books that were kept before matches were recorded have none for their older reports: those are left out.
    """
    first = (
        select(func.min(Return.report_id))
        .join(Match, Match.subject_id == Return.id)
        .where(Match.kind == MatchKind.RETURN)
    )
    standing = select(func.count()).where(
        Match.kind == MatchKind.RETURN,
        Match.subject_id == Return.id,
        Match.undone_at.is_(None),
        Match.target_id == Return.entry_id,
        func.abs(Match.amount_minor) == Return.amount_cents,
    )
    since = Return.report_id >= first.correlate(None).scalar_subquery()
    return select(Return.id).where(Return.applied, since, standing.correlate(Return).scalar_subquery() != 1)


@breaches
def _undone_that_still_apply() -> tuple[Statement, ...]:
    """The returns that are applied although their match was undone, and the undone matches without their fact."""
    undone = and_(Match.kind == MatchKind.RETURN, Match.undone_at.is_not(None))
    applied = select(Match.id).join(Return, and_(Return.id == Match.subject_id, Return.applied))
    told = exists().where(
        Fact.scope == Scope.RETURN, Fact.kind == FactKind.UNMATCHED, Fact.subject_id == Match.subject_id
    )
    return applied.where(undone), select(Match.id).where(undone, ~told)


@breaches
def _two_returns_of_one_entry() -> Statement:
    """The matches that apply a return to an entry to which another standing one does."""
    other = aliased(Match)
    return (
        select(Match.id)
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


MATCH_INVARIANTS: dict[str, Question] = {
    "applied_returns_have_one_standing_match": _applied_without_a_match,
    "an_undone_match_applies_nothing": _undone_that_still_apply,
    "one_standing_return_per_entry": _two_returns_of_one_entry,
}
"""Every invariant of matches by its name, with the question that counts its breaches."""
