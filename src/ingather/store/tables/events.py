"""Facts, append-only: the transitions and the events are these rows, and there is no second copy."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.facts import FactKind, Scope
from ingather.store.tables.base import Base, Code, Instant, Key, one_of


class Fact(Base):
    """One fact. ``once`` makes it unique within its subject and kind, so that telling it twice changes nothing.

    On PostgreSQL facts lie in parts by the month in which they were recorded, and ``FactOnce`` keeps them unique.
    """

    __tablename__ = "facts"
    __table_args__ = (
        one_of("scope", Scope),
        one_of("kind", FactKind),
        Index("uq_facts_once", "scope", "subject_id", "kind", "once", unique=True).ddl_if(dialect="sqlite"),
        Index("ix_facts_subject", "scope", "subject_id", "kind").ddl_if(dialect="postgresql"),
    )
    seq: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    originator_id: Mapped[int] = mapped_column(Key)
    scope: Mapped[str] = mapped_column(Code)
    subject_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    once: Mapped[str] = mapped_column(String(80))
    on_date: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


class FactOnce(Base):
    """That a fact is on record, in whatever month: kept by triggers on PostgreSQL, empty on SQLite."""

    __tablename__ = "facts_once"
    scope: Mapped[str] = mapped_column(Code, primary_key=True)
    subject_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Code, primary_key=True)
    once: Mapped[str] = mapped_column(String(80), primary_key=True)
