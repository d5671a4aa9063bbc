"""The book's own mark, originators, bank profiles, routes to the bank and report feeds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from ingather.store.tables.base import Base, Code, Instant, Key, Name


class Book(Base):
    """The one row by which a book knows itself: test or live, its instance, and whether it is a restored copy.

    ``signed_in`` demands that people and keys prove who they are before they act. ``clock_ahead_s`` is how far the
    clock of a test book was moved ahead of the machine's: a rehearsal's only. ``key_turn`` is raised by whatever
    changes the epochs of keys, so that every writer sees in its own transaction that it must read them again.
    """

    __tablename__ = "book"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("mark IN ('test', 'live')", name="mark_known"),
        CheckConstraint("state IN ('ready', 'restored')", name="state_known"),
        CheckConstraint("mark = 'test' OR clock_ahead_s = 0", name="live_clock_true"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(8))
    instance: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_night_on: Mapped[date | None]
    signed_in: Mapped[bool] = mapped_column(server_default=false())
    clock_ahead_s: Mapped[int] = mapped_column(Key, server_default="0")
    key_turn: Mapped[int] = mapped_column(Key, server_default="0")


class Originator(Base):
    """Who collects: the party in whose name the files go out."""

    __tablename__ = "originators"
    __table_args__ = (CheckConstraint("role IN ('originator', 'third_party_sender')", name="role_known"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Name, unique=True)
    role: Mapped[str] = mapped_column(Code)
    created_at: Mapped[datetime] = mapped_column(Instant)


class BankProfileRow(Base):
    """A bank profile as it was taken into the book: its TOML text and the hash of it."""

    __tablename__ = "bank_profiles"
    __table_args__ = (UniqueConstraint("originator_id", "profile_id", "version"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    profile_id: Mapped[str] = mapped_column(Code)
    version: Mapped[int]
    toml: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(Instant)


class Route(Base):
    """Which ODFI takes which debits, over which channel, from and until which day."""

    __tablename__ = "routes"
    __table_args__ = (UniqueConstraint("originator_id", "name"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    name: Mapped[str] = mapped_column(Code)
    bank_profile_id: Mapped[int] = mapped_column(ForeignKey("bank_profiles.id"))
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    entry_classes: Mapped[list[str]] = mapped_column(JSON)
    min_cents: Mapped[int] = mapped_column(Key)
    max_cents: Mapped[int] = mapped_column(Key)
    service_window: Mapped[str] = mapped_column(Code)
    priority: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    channel: Mapped[dict[str, Any]] = mapped_column(JSON)


class Feed(Base):
    """The reports of one bank account: through which sequence and banking day they are complete.

    ``opening_minor`` is the balance before ``opened_on``, from which on the ledger knows the account.
    """

    __tablename__ = "feeds"
    __table_args__ = (UniqueConstraint("originator_id", "bank", "account_index"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    bank: Mapped[str] = mapped_column(Code)
    account_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    account_last4: Mapped[str] = mapped_column(String(4))
    watermark_on: Mapped[date | None]
    closing_balance_minor: Mapped[int | None] = mapped_column(Key)
    closing_on: Mapped[date | None]
    opening_minor: Mapped[int | None] = mapped_column(Key)
    opened_on: Mapped[date | None]


class NumberAllocation(Base):
    """The next number of a series: traces of an ODFI, batch numbers, file id modifiers of a destination's day."""

    __tablename__ = "number_allocations"
    series: Mapped[str] = mapped_column(String(120), primary_key=True)
    next_number: Mapped[int] = mapped_column(Key)
