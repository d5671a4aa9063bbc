"""Which banking days of a feed are complete: those through its watermark, and later ones behind a gap."""

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ingather.domain.facts import FactKind, Scope
from ingather.store.asking import Value, asked
from ingather.store.tables import Fact

_COVERED = select(Fact.subject_id, Fact.on_date).where(Fact.kind == FactKind.COVERED, Fact.scope == Scope.FEED)


@asked()
def _covered_of(feed_id: Value) -> Select[date]:
    mine = Fact.scope == Scope.FEED, Fact.subject_id == feed_id
    return select(Fact.on_date).where(*mine, Fact.kind == FactKind.COVERED)


def covered_days(session: Session) -> dict[int, frozenset[date]]:
    """Return, by feed, the days that were complete while a gap lay before them; few, and none where no gap ever was."""
    rows = session.execute(_COVERED)
    found: dict[int, set[date]] = {}
    for feed_id, day in rows:
        found.setdefault(feed_id, set()).add(day)
    return {feed_id: frozenset(days) for feed_id, days in found.items()}


def covered_of(session: Session, feed_id: int) -> frozenset[date]:
    """Return the same of one feed."""
    return frozenset(session.scalars(*_covered_of(feed_id=feed_id)))
