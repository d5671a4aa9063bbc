"""Authorizations with their evidence: what the buyer agreed to, word for word."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.authorizations import AuthorizationKind, AuthorizationState, Channel
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of


class Authorization(Base):
    """A buyer's authorization to debit one account."""

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
    bucket: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
