"""Files, their sealed bytes, batches, entries and approvals."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.entries import EntryEnd, EntryKind
from ingather.domain.files import FileState
from ingather.domain.reports import SettlementBasis
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of

# Only debits of an order have a presentation, so these stay cheap for each row that is inserted.
STANDING_DEBIT = text("presentation IS NOT NULL AND (ended IS NULL OR ended = 'returned')")
_LIVE_DEBIT = text("presentation IS NOT NULL AND ended IS NULL")
_LIVE_REVERSAL = text("original_entry_id IS NOT NULL AND ended IS NULL AND kind = 'reversal'")
_REJECTED = text("ended = 'rejected'")
_RETURN_FEE = text("original_entry_id IS NOT NULL AND kind = 'return_fee' AND (ended IS NULL OR ended = 'returned')")


class File(Base):
    """A file; its bytes are in chunks, its identity at the operator is destination, origin, date, time, modifier.

    Its entries have ids from ``first_entry_id`` to ``last_entry_id``, in the order of their orders' ids.
    """

    __tablename__ = "files"
    __table_args__ = (
        one_of("state", FileState),
        UniqueConstraint("originator_id", "name"),
        UniqueConstraint("originator_id", "destination", "origin", "created_on", "id_modifier"),
        Index(None, "originator_id", "state"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    route_id: Mapped[int] = mapped_column(ForeignKey("routes.id"))
    name: Mapped[str] = mapped_column(Name)
    state: Mapped[str] = mapped_column(Code)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int] = mapped_column(Key)
    destination: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10))
    created_on: Mapped[date]
    created_hhmm: Mapped[str] = mapped_column(String(4))
    id_modifier: Mapped[str] = mapped_column(String(1))
    effective_on: Mapped[date]
    batches: Mapped[int]
    entries: Mapped[int]
    debit_cents: Mapped[int] = mapped_column(Key)
    credit_cents: Mapped[int] = mapped_column(Key)
    first_entry_id: Mapped[int] = mapped_column(Key)
    last_entry_id: Mapped[int] = mapped_column(Key)
    maker: Mapped[str] = mapped_column(String(80))
    night_on: Mapped[date]
    second_reader: Mapped[str] = mapped_column(Code)
    void_reason: Mapped[str | None] = mapped_column(Text)
    sealed_at: Mapped[datetime] = mapped_column(Instant)
    transmitted_at: Mapped[datetime | None] = mapped_column(Instant)
    rule_set_id: Mapped[int | None] = mapped_column(Key)


class FileChunk(Base):
    """One sealed part of a file's bytes."""

    __tablename__ = "file_chunks"
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id"), primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Batch(Base):
    """A batch: every field of its header, its totals, when it settled and how we know.

    On PostgreSQL a trigger looks up once for all batches of a statement whom they belong to, and others keep these.
    """

    __tablename__ = "batches"
    __table_args__ = (
        *(ForeignKeyConstraint([f"{parent}_id"], [f"{parent}s.id"]).ddl_if(dialect="sqlite")
          for parent in ("originator", "file", "merchant")),
        UniqueConstraint("file_id", "number"),
        one_of("settlement_basis", SettlementBasis, optional=True),
        Index("ix_batches_unsettled", "originator_id", "effective_on", sqlite_where=text("settled_on IS NULL"),
              postgresql_where=text("settled_on IS NULL")),
        Index(None, "originator_id", "hold_until"),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    file_id: Mapped[int] = mapped_column(Key)
    merchant_id: Mapped[int] = mapped_column(Key)
    number: Mapped[int]
    service_class: Mapped[int] = mapped_column(SmallInteger)
    entry_class: Mapped[str] = mapped_column(String(3))
    company_name: Mapped[str] = mapped_column(String(16))
    company_identification: Mapped[str] = mapped_column(String(10))
    entry_description: Mapped[str] = mapped_column(String(10))
    effective_on: Mapped[date]
    entries: Mapped[int]
    debit_cents: Mapped[int] = mapped_column(Key)
    credit_cents: Mapped[int] = mapped_column(Key, server_default="0")
    rejected: Mapped[bool]
    settled_on: Mapped[date | None]
    settlement_basis: Mapped[str | None] = mapped_column(Code)
    hold_until: Mapped[date | None]
    released: Mapped[bool]


class Entry(Base):
    """An entry. A bulk table without foreign keys; its uniques are what makes a double debit impossible."""

    __tablename__ = "entries"
    __table_args__ = (
        one_of("kind", EntryKind),
        one_of("ended", EntryEnd, optional=True),
        CheckConstraint("amount_cents >= 0", name="amount_not_negative"),
        CheckConstraint(
            "presentation IS NULL OR kind IN ('debit', 'retry', 'corrected')",
            name="only_debits_are_presented",
        ),
        # On SQLite these; on PostgreSQL entries lie in parts by month, and what stands is unique in tables of its own.
        Index("uq_entries_order_presentation", "order_id", "presentation", unique=True,
              sqlite_where=STANDING_DEBIT).ddl_if(dialect="sqlite"),
        Index("uq_entries_live_debit", "order_id", unique=True, sqlite_where=_LIVE_DEBIT).ddl_if(dialect="sqlite"),
        Index("uq_entries_live_reversal", "original_entry_id", unique=True,
              sqlite_where=_LIVE_REVERSAL).ddl_if(dialect="sqlite"),
        Index("uq_entries_return_fee", "original_entry_id", unique=True,
              sqlite_where=_RETURN_FEE).ddl_if(dialect="sqlite"),
        # A file's entries get their ids at once and so lie in one part, each of which has this unique of its own.
        Index("uq_entries_file_trace", "file_id", "trace", unique=True).ddl_if(dialect="sqlite"),
        Index("ix_entries_order_id", "order_id",
              postgresql_where=text("order_id IS NOT NULL")).ddl_if(dialect="postgresql"),
        # Few entries are refused by the bank: they are counted by their batches without looking at the others.
        Index("ix_entries_rejected", "batch_id", sqlite_where=_REJECTED, postgresql_where=_REJECTED),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    order_id: Mapped[int | None] = mapped_column(Key)
    original_entry_id: Mapped[int | None] = mapped_column(Key)
    file_id: Mapped[int] = mapped_column(Key)
    batch_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    presentation: Mapped[int | None] = mapped_column(SmallInteger)
    order_version: Mapped[int | None]
    line: Mapped[int]
    trace: Mapped[int] = mapped_column(Key)
    amount_cents: Mapped[int] = mapped_column(Key)
    ended: Mapped[str | None] = mapped_column(Code)
    bucket: Mapped[int] = mapped_column(SmallInteger)


class StandingDebit(Base):
    """A debit that stands: one for each presentation of an order, one live one for each order.

    On PostgreSQL triggers keep it, whoever writes entries and in whatever month, and an invariant compares both. On
    SQLite it stays empty: there the entries themselves have these uniques.
    """

    __tablename__ = "standing_debits"
    __table_args__ = (
        Index("uq_standing_debits_live", "order_id", unique=True, sqlite_where=text("live"),
              postgresql_where=text("live")),
    )  # fmt: skip
    order_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    presentation: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(Key)
    live: Mapped[bool]


class StandingFollowUp(Base):
    """A live reversal, or a fee that stands, of an entry: one of each kind; kept as ``StandingDebit`` is."""

    __tablename__ = "standing_follow_ups"
    original_entry_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Code, primary_key=True)
    entry_id: Mapped[int] = mapped_column(Key)


class Approval(Base):
    """A decision about a file, bound to the hash of its bytes; who made the file may not decide."""

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint("maker <> checker", name="maker_is_not_checker"),
        CheckConstraint("decision IN ('approved', 'refused')", name="decision_known"),
        UniqueConstraint("file_id", "sha256", "checker"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id"))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    maker: Mapped[str] = mapped_column(String(80))
    checker: Mapped[str] = mapped_column(String(80))
    decision: Mapped[str] = mapped_column(Code)
    reason: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(Instant)
