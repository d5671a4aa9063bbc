"""Merchants who are owed, and buyers who owe."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ingather.store.tables.base import Base, Code, Instant, Key, Name


class Merchant(Base):
    """A merchant: the company name and identification that buyers read on their statements."""

    __tablename__ = "merchants"
    __table_args__ = (
        UniqueConstraint("originator_id", "external_id"),
        CheckConstraint("state IN ('active', 'suspended')", name="state_known"),
        CheckConstraint("length(company_name) BETWEEN 1 AND 16", name="company_name_fits"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    external_id: Mapped[str] = mapped_column(Name)
    name: Mapped[str] = mapped_column(Name)
    company_name: Mapped[str] = mapped_column(String(16))
    company_identification: Mapped[str] = mapped_column(String(10))
    entry_description: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(Code)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Buyer(Base):
    """A buyer; ``bucket`` spreads buyers over workers and is the same on everything that is theirs."""

    __tablename__ = "buyers"
    __table_args__ = (
        UniqueConstraint("originator_id", "external_id"),
        CheckConstraint("state IN ('active', 'suspended')", name="state_known"),
        CheckConstraint("bucket BETWEEN 0 AND 255", name="bucket_range"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    external_id: Mapped[str] = mapped_column(Name)
    name: Mapped[str] = mapped_column(Name)
    receiver_name: Mapped[str] = mapped_column(String(22))
    state: Mapped[str] = mapped_column(Code)
    bucket: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
