"""The audit trail: one record an action, chained by hash, never changed; and where its head was kept outside."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.audit import AnchorPlace
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of


class AuditRecord(Base):
    """Who did what to which subject, when; ``hash`` covers the record and the one before it."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_actor_seq", "actor", "seq"), Index("ix_audit_verb_seq", "verb", "seq"))
    seq: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(80))
    verb: Mapped[str] = mapped_column(Code)
    subject: Mapped[str] = mapped_column(String(80), index=True)
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)


class AuditAnchor(Base):
    """One attempt to keep the head of the chain outside the book: where, when, and what went wrong if it did.

    Rows are only ever added. ``seq`` and ``hash`` are the head's.
    """

    __tablename__ = "audit_anchors"
    __table_args__ = (one_of("place", AnchorPlace),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Key)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    place: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime] = mapped_column(Instant)
    fault: Mapped[str | None] = mapped_column(Name)


class AuditTurn(Base):
    """What is locked on PostgreSQL by whoever extends the chain; it never has a row."""

    __tablename__ = "audit_turns"
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
