"""Reconciliation: what was matched with what, by which rule, and the banking days that were closed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
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

from ingather.domain.reconciliation import DayState, MatchKind
from ingather.store.tables.base import Base, Code, Instant, Key, one_of

_STANDING = text("undone_at IS NULL")


class Match(Base):
    """One match: an item or posting, and what explains it, in whole or in part; undone with a reason, never deleted.

    ``subject_id`` is the return or the bank posting; ``target_id`` the entry, batch, return, adjustment or payout, 0
    where a person explained it in words. ``amount_minor`` is the part of the subject that it explains, with its sign.
    ``score`` is 0 to 100; ``evidence`` names what agreed. ``undo_asked_by`` is who asked to undo one whose money a
    merchant was told of: somebody else does it.
    """

    __tablename__ = "matches"
    __table_args__ = (
        one_of("kind", MatchKind),
        CheckConstraint("score BETWEEN 0 AND 100", name="score_range"),
        CheckConstraint("undone_at IS NULL OR undone_because IS NOT NULL", name="undone_with_reason"),
        CheckConstraint("undo_asked_by IS NULL OR undone_by IS NULL OR undo_asked_by <> undone_by",
                        name="undone_by_another"),
        Index("uq_matches_standing", "subject_id", "target_id", "kind", unique=True, sqlite_where=_STANDING,
              postgresql_where=_STANDING),
        Index(None, "target_id", "kind"),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    subject_id: Mapped[int] = mapped_column(Key)
    target_id: Mapped[int] = mapped_column(Key)
    batch_id: Mapped[int] = mapped_column(Key)
    amount_minor: Mapped[int] = mapped_column(Key)
    rule: Mapped[str] = mapped_column(Code)
    score: Mapped[int] = mapped_column(SmallInteger)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(String(80))
    matched_on: Mapped[date]
    matched_at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[str | None] = mapped_column(String(80))
    undone_because: Mapped[str | None] = mapped_column(Text)
    undo_asked_by: Mapped[str | None] = mapped_column(String(80))


class BankDay(Base):
    """A banking day of an account: its equations as they stood when it was closed, and who signed it off.

    ``page`` is the sign-off page and ``page_sha256`` its hash; ``equations`` holds what each came to, in minor units.
    """

    __tablename__ = "bank_days"
    __table_args__ = (
        UniqueConstraint("feed_id", "on_date"),
        one_of("state", DayState),
        CheckConstraint("signed_by IS NULL OR signed_by <> made_by", name="maker_is_not_checker"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    on_date: Mapped[date]
    state: Mapped[str] = mapped_column(Code)
    opening_minor: Mapped[int] = mapped_column(Key)
    closing_minor: Mapped[int] = mapped_column(Key)
    equations: Mapped[dict[str, Any]] = mapped_column(JSON)
    open_items: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(80))
    page_sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    signed_by: Mapped[str | None] = mapped_column(String(80))
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str | None] = mapped_column(Text)
