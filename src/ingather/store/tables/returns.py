"""Returns as the bank reported them, each applied once or kept for a person."""

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.returns import OdfiRequestKind
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of

_APPLIED = text("applied")


class Return(Base):
    """A returned entry. ``item_key`` is the hash of what identifies it, so that two carriers tell of it once."""

    __tablename__ = "returns"
    __table_args__ = (
        Index("uq_returns_item_key", "originator_id", "item_key", unique=True),
        Index("uq_returns_applied_entry", "entry_id", unique=True, sqlite_where=_APPLIED, postgresql_where=_APPLIED),
        Index(None, "order_id"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    report_id: Mapped[int] = mapped_column(Key)
    item_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    line: Mapped[int]
    entry_id: Mapped[int | None] = mapped_column(Key)
    order_id: Mapped[int | None] = mapped_column(Key)
    batch_id: Mapped[int | None] = mapped_column(Key)
    code: Mapped[str] = mapped_column(String(3))
    original_trace: Mapped[int] = mapped_column(Key)
    return_trace: Mapped[int] = mapped_column(Key)
    amount_cents: Mapped[int] = mapped_column(Key)
    returned_on: Mapped[date | None]
    late: Mapped[bool]
    applied: Mapped[bool]
    clawed_back: Mapped[bool]
    matched_by: Mapped[str | None] = mapped_column(Code)
    information: Mapped[str] = mapped_column(String(44))
    received_at: Mapped[datetime] = mapped_column(Instant)
    rule_set_id: Mapped[int | None] = mapped_column(Key)
    timeliness: Mapped[str | None] = mapped_column(Code)
    deadline_on: Mapped[date | None]
    next_step: Mapped[str | None] = mapped_column(Code)


class OdfiRequest(Base):
    """What we asked of the ODFI, or agreed to, about one entry: R06 and R31 are matched to it."""

    __tablename__ = "odfi_requests"
    __table_args__ = (one_of("kind", OdfiRequestKind), UniqueConstraint("entry_id", "kind"))
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    entry_id: Mapped[int] = mapped_column(Key)
    order_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    reason: Mapped[str] = mapped_column(Name)
    asked_on: Mapped[date]
    answered_on: Mapped[date | None]
    actor: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
