"""Cases: what a person must look at."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Index, String, Text, or_
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.cases import ENTANGLING, CaseKind, CaseState
from ingather.store.tables.base import Base, Code, Instant, Key, one_of


class Case(Base):
    """A case; ``once`` keeps the same finding from opening a second one.

    ``clock`` names the clock of the Rules or the house that ``due_on`` was counted by; ``evidence`` is what it was
    closed with.
    """

    __tablename__ = "cases"
    __table_args__ = (
        one_of("kind", CaseKind),
        one_of("state", CaseState),
        Index("uq_cases_once", "originator_id", "kind", "once", unique=True),
        Index(None, "originator_id", "state"),
        Index(None, "order_id"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    once: Mapped[str] = mapped_column(String(120))
    order_id: Mapped[int | None] = mapped_column(Key)
    entry_id: Mapped[int | None] = mapped_column(Key)
    subject: Mapped[str] = mapped_column(String(80))
    sentence: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Code)
    suspense_minor: Mapped[int] = mapped_column(Key)
    holds_release: Mapped[bool]
    opened_on: Mapped[date]
    due_on: Mapped[date | None]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(Text)
    clock: Mapped[str | None] = mapped_column(Code)
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    evidence: Mapped[str | None] = mapped_column(Text)
    closed_by: Mapped[str | None] = mapped_column(String(80))


ENTANGLES: ColumnElement[bool] = or_(Case.holds_release, Case.kind.in_(sorted(ENTANGLING)))
"""Whether a case, while it is open, stops any new debit of its order."""
