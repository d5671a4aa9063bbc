"""Settlements: what a merchant is told and owed, tied to the cent."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.store.tables.base import Base, Code, Instant, Key

_NEVER_DEBITED = text("entry_id IS NULL")


class Settlement(Base):
    """A merchant's statement as of a day: opening + collected - clawed back - payable = closing."""

    __tablename__ = "settlements"
    __table_args__ = (UniqueConstraint("originator_id", "merchant_id", "as_of"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    as_of: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    opening_minor: Mapped[int] = mapped_column(Key)
    collected_minor: Mapped[int] = mapped_column(Key)
    clawed_back_minor: Mapped[int] = mapped_column(Key)
    payable_minor: Mapped[int] = mapped_column(Key)
    closing_minor: Mapped[int] = mapped_column(Key)
    made_at: Mapped[datetime] = mapped_column(Instant)


class SettlementLine(Base):
    """One order on a statement: collected, failed with its reason, or clawed back.

    One that failed without ever being debited has no entry, and ``reason`` instead of a return code.
    """

    __tablename__ = "settlement_lines"
    __table_args__ = (
        Index("uq_settlement_lines_once", "entry_id", "kind", unique=True),
        Index("uq_settlement_lines_never_debited", "order_id", unique=True, sqlite_where=_NEVER_DEBITED,
              postgresql_where=_NEVER_DEBITED),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    settlement_id: Mapped[int] = mapped_column(Key, index=True)
    order_id: Mapped[int] = mapped_column(Key)
    entry_id: Mapped[int | None] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    amount_minor: Mapped[int] = mapped_column(Key)
    code: Mapped[str | None] = mapped_column(String(3))
    reason: Mapped[str | None] = mapped_column(Code)
