"""Merchants who are owed, and buyers who owe."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.merchants import Party, Screening
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of


class Merchant(Base):
    """A merchant: the company name and identification that buyers read on their statements.

    One paid out abroad needs the ODFI's written view whether its debits are international: ``iat_view`` names it.
    ``night_limit_entries`` and ``night_limit_minor`` are what one night debits for it at most, none when NULL.
    ``return_fee_minor`` is what a buyer pays for a debit returned for lack of funds, none when NULL;
    ``return_fee_notice`` how buyers were told, for debits authorized from ``return_fee_from`` on. ``tier`` names terms
    of the policy; ``hold_days`` and ``reserve_bps`` are the merchant's own where they differ, ``payout_method`` how it
    is paid.
    """

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
    screening: Mapped[str | None] = mapped_column(Code)
    screened_until: Mapped[date | None]
    paid_abroad: Mapped[bool] = mapped_column(server_default=false())
    iat_view: Mapped[str | None] = mapped_column(Name)
    iat_view_on: Mapped[date | None]
    night_limit_entries: Mapped[int | None]
    night_limit_minor: Mapped[int | None] = mapped_column(Key)
    return_fee_minor: Mapped[int | None] = mapped_column(Key)
    return_fee_notice: Mapped[str | None] = mapped_column(Text)
    return_fee_from: Mapped[date | None]
    tier: Mapped[str | None] = mapped_column(Code)
    hold_days: Mapped[int | None]
    reserve_bps: Mapped[int | None]
    payout_method: Mapped[str | None] = mapped_column(Code)


class Buyer(Base):
    """A buyer; ``bucket`` spreads buyers over workers and is the same on everything that is theirs.

    ``merchant_id`` is whose key of the API recorded it, NULL where nobody in particular did: it sees the buyer then
    before there is an authorization for it.
    """

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
    screening: Mapped[str | None] = mapped_column(Code)
    screened_until: Mapped[date | None]
    merchant_id: Mapped[int | None] = mapped_column(Key)


class ScreeningRecord(Base):
    """One outcome of screening a party, as an outside service gave it; the newest is on the party itself."""

    __tablename__ = "screenings"
    __table_args__ = (
        one_of("party", Party),
        one_of("status", Screening),
        UniqueConstraint("party", "party_id", "provider", "reference"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    party: Mapped[str] = mapped_column(Code)
    party_id: Mapped[int] = mapped_column(Key)
    status: Mapped[str] = mapped_column(Code)
    provider: Mapped[str] = mapped_column(Name)
    reference: Mapped[str] = mapped_column(Name)
    screened_on: Mapped[date]
    expires_on: Mapped[date | None]
    recorded_by: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
