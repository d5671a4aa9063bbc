"""Notifications of change: the corrected data sealed, since it may hold an account number."""

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.corrections import CorrectionState
from ingather.store.tables.base import Base, Code, Instant, Key, one_of


class Correction(Base):
    """One notification of change and what became of it; ``due_on`` is the last day of its clock."""

    __tablename__ = "corrections"
    __table_args__ = (
        one_of("state", CorrectionState),
        Index("uq_corrections_item_key", "originator_id", "item_key", unique=True),
        Index(None, "account_id"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    report_id: Mapped[int] = mapped_column(Key)
    item_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    line: Mapped[int]
    entry_id: Mapped[int | None] = mapped_column(Key)
    account_id: Mapped[int | None] = mapped_column(Key)
    code: Mapped[str] = mapped_column(String(3))
    original_trace: Mapped[int] = mapped_column(Key)
    corrected_data: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Code)
    received_at: Mapped[datetime] = mapped_column(Instant)
    change_trace: Mapped[int | None] = mapped_column(Key)
    due_on: Mapped[date | None]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(String(80))
    refused_as: Mapped[str | None] = mapped_column(String(3))
