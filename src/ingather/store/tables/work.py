"""The worker's due runs: each one a row with its result."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.work import RunState, WorkKind
from ingather.store.tables.base import Base, Code, Instant, Key, one_of


class WorkRun(Base):
    """One run of one kind of work, for one route or feed where it is about one: due, started, ended, and how."""

    __tablename__ = "work_runs"
    __table_args__ = (
        one_of("kind", WorkKind),
        one_of("state", RunState),
        Index("uq_work_runs_due", "kind", "about", "due_at", unique=True),
        Index(None, "state"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Code)
    about: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(Code)
    due_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    exit_code: Mapped[int | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    fault: Mapped[str | None] = mapped_column(Text)
    holder: Mapped[str] = mapped_column(String(80))
