"""Buyers' bank accounts: the number only ever sealed, with a keyed index to find the same account again."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.accounts import AccountKind, AccountState, CheckState, Holder, ValidationMethod
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of

_UNDER_WAY = text("state IN ('wanted', 'sealed')")


class TermsChange(Base):
    """How often authorizations and accounts were changed: one row, on PostgreSQL alone, kept by statement triggers."""

    __tablename__ = "terms_changes"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Key)


class Account(Base):
    """A bank account of a buyer.

    ``change_due_on`` is until when a notification of change must be applied: after that day no debit goes to the
    account before it is. ``merchant_id`` is whose key of the API recorded it, as with a buyer.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("originator_id", "external_id"),
        Index(None, "originator_id", "number_index"),
        one_of("kind", AccountKind),
        one_of("holder", Holder),
        one_of("state", AccountState),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    external_id: Mapped[str] = mapped_column(Name)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("buyers.id"))
    routing: Mapped[int] = mapped_column(Key)
    number: Mapped[bytes] = mapped_column(LargeBinary(80))
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    last4: Mapped[str] = mapped_column(String(4))
    kind: Mapped[str] = mapped_column(Code)
    holder: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    blocked_by: Mapped[str | None] = mapped_column(Code)
    validated: Mapped[bool]
    bucket: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    change_due_on: Mapped[date | None]
    merchant_id: Mapped[int | None] = mapped_column(Key)


class AccountValidation(Base):
    """One proof that an account is open and may be debited."""

    __tablename__ = "account_validations"
    __table_args__ = (one_of("method", ValidationMethod), UniqueConstraint("account_id", "method", "validated_on"))
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    method: Mapped[str] = mapped_column(Code)
    validated_on: Mapped[date]
    evidence: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class AccountCheck(Base):
    """A validation of ours: a prenote, or micro-entries whose amounts the buyer tells back.

    ``attempts`` counts wrong answers; ``passes_on`` is the banking day from whose opening silence is proof.
    """

    __tablename__ = "account_checks"
    __table_args__ = (
        one_of("method", ValidationMethod),
        one_of("state", CheckState),
        Index(None, "originator_id", "state"),
        Index("uq_account_checks_open", "account_id", unique=True, sqlite_where=_UNDER_WAY,
              postgresql_where=_UNDER_WAY),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    account_id: Mapped[int] = mapped_column(Key)
    merchant_id: Mapped[int] = mapped_column(Key)
    authorization_id: Mapped[int | None] = mapped_column(Key)
    method: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    attempts: Mapped[int] = mapped_column(SmallInteger)
    wanted_on: Mapped[date]
    effective_on: Mapped[date | None]
    passes_on: Mapped[date | None]
    ended_because: Mapped[str | None] = mapped_column(Code)
    version: Mapped[int]


class AccountCheckEntry(Base):
    """An entry of a validation: which check it belongs to."""

    __tablename__ = "account_check_entries"
    entry_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    check_id: Mapped[int] = mapped_column(Key, index=True)


class AccountChange(Base):
    """What an account was before a change, kept so that the past can be explained.

    ``holder`` is who held it until then, where that is what changed.
    """

    __tablename__ = "account_changes"
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    routing: Mapped[int] = mapped_column(Key)
    number: Mapped[bytes] = mapped_column(LargeBinary(80))
    last4: Mapped[str] = mapped_column(String(4))
    kind: Mapped[str] = mapped_column(Code)
    because: Mapped[str] = mapped_column(Code)
    correction_id: Mapped[int | None] = mapped_column(Key)
    holder: Mapped[str | None] = mapped_column(Code)
    changed_at: Mapped[datetime] = mapped_column(Instant)
