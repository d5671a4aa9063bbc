"""Which approvals of files still stand: a decision that somebody took back stays on record and counts no more."""

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import InstrumentedAttribute

from ingather.domain.facts import FactKind, Scope
from ingather.store.tables import Approval, Fact

NOT_TAKEN_BACK: ColumnElement[bool] = ~exists().where(
    Fact.scope == Scope.FILE,
    Fact.subject_id == Approval.file_id,
    Fact.kind == FactKind.WITHDRAWN,
    Fact.recorded_at >= Approval.decided_at,
)
"""Whether an approval still stands; of one and the same instant the taking back counts."""


def was_taken_back(file_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return whether an approval of a file was ever taken back: from then on only a person approves it."""
    return exists().where(Fact.scope == Scope.FILE, Fact.subject_id == file_id, Fact.kind == FactKind.WITHDRAWN)
