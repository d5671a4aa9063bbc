"""Authorizations with their evidence: what the buyer agreed to, word for word."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.authorizations import AuthorizationKind, AuthorizationState, Channel, NoticeKind
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of


class Authorization(Base):
    """A buyer's authorization to debit one account.

    ``statements`` are what its text says, by their ids in the table of contents; ``lacks`` what it needs and has not
    got, for which it is a draft. ``debits`` is how many a series has. A purged one keeps its hash, not its text.
    """

    __tablename__ = "authorizations"
    __table_args__ = (
        UniqueConstraint("originator_id", "external_id"),
        one_of("kind", AuthorizationKind),
        one_of("channel", Channel),
        one_of("state", AuthorizationState),
        CheckConstraint("max_amount_minor IS NULL OR max_amount_minor > 0", name="max_amount_positive"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    external_id: Mapped[str] = mapped_column(Name)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("buyers.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    kind: Mapped[str] = mapped_column(Code)
    channel: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    text: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    given_at: Mapped[datetime] = mapped_column(Instant)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    max_amount_minor: Mapped[int | None] = mapped_column(Key)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    text_version: Mapped[str | None] = mapped_column(Code)
    locale: Mapped[str | None] = mapped_column(String(16))
    amount_terms: Mapped[str] = mapped_column(Code, server_default="range")
    min_amount_minor: Mapped[int | None] = mapped_column(Key)
    every: Mapped[str | None] = mapped_column(Code)
    debits: Mapped[int | None]
    statements: Mapped[list[str] | None] = mapped_column(JSON)
    lacks: Mapped[list[str] | None] = mapped_column(JSON)
    superseded_by: Mapped[int | None] = mapped_column(Key)
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None] = mapped_column(Code)
    legal_hold: Mapped[bool] = mapped_column(server_default=false())
    purged_at: Mapped[datetime | None] = mapped_column(Instant)
    bucket: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)


class Notice(Base):
    """A notice that a buyer must have before a debit of a series; sent by others, its proof recorded here."""

    __tablename__ = "notices"
    __table_args__ = (
        one_of("kind", NoticeKind),
        UniqueConstraint("order_id", "kind"),
        CheckConstraint("sent_on IS NULL OR proof IS NOT NULL", name="sent_with_proof"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    authorization_id: Mapped[int] = mapped_column(Key)
    order_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    text: Mapped[str] = mapped_column(Text)
    send_by: Mapped[date]
    sent_on: Mapped[date | None]
    proof: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
