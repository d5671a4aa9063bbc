"""Payouts to merchants, the accounts they go to, and what is kept back for returns that may still come."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.accounts import AccountKind
from ingather.domain.payouts import PayeeState, PayoutMethod, PayoutState
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of

_ACTIVE = text("state = 'active'")
_LIVE = text("state <> 'canceled'")
_HELD = text("released_on IS NULL")


class MerchantAccount(Base):
    """A merchant's account for payouts; its number is only ever sealed, and a second person puts it into use."""

    __tablename__ = "merchant_accounts"
    __table_args__ = (
        one_of("kind", AccountKind),
        one_of("state", PayeeState),
        CheckConstraint("approved_by IS NULL OR approved_by <> asked_by", name="maker_is_not_checker"),
        CheckConstraint("state <> 'active' OR approved_by IS NOT NULL", name="active_with_approval"),
        Index("uq_merchant_accounts_active", "merchant_id", unique=True, sqlite_where=_ACTIVE,
              postgresql_where=_ACTIVE),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    name: Mapped[str] = mapped_column(String(22))
    routing: Mapped[int] = mapped_column(Key)
    number: Mapped[bytes] = mapped_column(LargeBinary(80))
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    last4: Mapped[str] = mapped_column(String(4))
    kind: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    evidence: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_on: Mapped[date | None]


class Payout(Base):
    """Money owed by one statement on its way to the merchant; one statement has one payout that is not canceled.

    ``entry_id`` is its credit in a file of ours, ``sheet`` the name of the sheet that it stands on. What came back is
    owed again by the next statement, never sent again as it is.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        one_of("method", PayoutMethod),
        one_of("state", PayoutState),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("approved_by IS NULL OR approved_by <> asked_by", name="maker_is_not_checker"),
        CheckConstraint("state IN ('due', 'canceled') OR approved_by IS NOT NULL", name="approved_before_it_goes"),
        Index("uq_payouts_settlement", "settlement_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("uq_payouts_entry", "entry_id", unique=True),
        Index(None, "originator_id", "state"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlements.id"))
    merchant_account_id: Mapped[int | None] = mapped_column(Key)
    method: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    amount_minor: Mapped[int] = mapped_column(Key)
    currency: Mapped[str] = mapped_column(String(3))
    entry_id: Mapped[int | None] = mapped_column(Key)
    file_id: Mapped[int | None] = mapped_column(Key)
    batch_id: Mapped[int | None] = mapped_column(Key)
    sheet: Mapped[str | None] = mapped_column(Name)
    asked_by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    made_on: Mapped[date]
    sent_on: Mapped[date | None]
    settled_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    return_code: Mapped[str | None] = mapped_column(String(3))
    version: Mapped[int]


class Reserve(Base):
    """What is kept back of a batch's collected money until a day, against returns that may still come."""

    __tablename__ = "reserves"
    __table_args__ = (
        CheckConstraint("used_minor BETWEEN 0 AND amount_minor", name="used_within_it"),
        Index("uq_reserves_batch", "batch_id", "merchant_id", "held_on", unique=True),
        Index("ix_reserves_held", "originator_id", "merchant_id", "due_on", sqlite_where=_HELD,
              postgresql_where=_HELD),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    merchant_id: Mapped[int] = mapped_column(Key)
    batch_id: Mapped[int] = mapped_column(Key)
    amount_minor: Mapped[int] = mapped_column(Key)
    used_minor: Mapped[int] = mapped_column(Key)
    held_on: Mapped[date]
    due_on: Mapped[date]
    released_on: Mapped[date | None]
