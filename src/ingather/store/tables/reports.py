"""Bank reports: the bytes as they came, sealed; their identity; and what they told of beside returns and changes."""

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
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.reports import ReportState
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of

_UNMATCHED = text("NOT matched AND of_record")


class Report(Base):
    """A report. The same bytes again are the same row; the same identity with other bytes waits for a person.

    A file may hold several reports, one an account or a day: each is a row, numbered by ``part`` from 0, and those
    after the first have no bytes of their own but those of ``bytes_of``. ``profile`` is what it was read with, as
    id/version; ``items_sha256`` covers its canonical items, so that reading it again can be compared. ``corrects`` is
    the report that this one takes the place of. Balances are in minor units, positive when we have the money.
    """

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("originator_id", "sha256", "part"),
        one_of("state", ReportState),
        Index(None, "feed_id", "sequence"),
        Index(None, "feed_id", "business_on"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    name: Mapped[str] = mapped_column(Name)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int] = mapped_column(Key)
    state: Mapped[str] = mapped_column(Code)
    carrier: Mapped[str] = mapped_column(Code)
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("feeds.id"))
    identity: Mapped[str | None] = mapped_column(String(200), index=True)
    sequence: Mapped[int | None]
    business_on: Mapped[date | None]
    final: Mapped[bool]
    control_totals: Mapped[str] = mapped_column(Code)
    problems: Mapped[int]
    summary: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Instant)
    part: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    bytes_of: Mapped[int | None] = mapped_column(Key)
    profile: Mapped[str | None] = mapped_column(String(60))
    mode: Mapped[str | None] = mapped_column(Code)
    as_of: Mapped[datetime | None] = mapped_column(Instant)
    number: Mapped[str | None] = mapped_column(String(80))
    previous_number: Mapped[str | None] = mapped_column(String(80))
    corrects: Mapped[int | None] = mapped_column(Key)
    opening_minor: Mapped[int | None] = mapped_column(Key)
    closing_minor: Mapped[int | None] = mapped_column(Key)
    items_sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class ReportChunk(Base):
    """One sealed part of a report's bytes."""

    __tablename__ = "report_chunks"
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ReportProfileRow(Base):
    """A report profile as it was taken into the book: its TOML text, its hash, and the days it is in force."""

    __tablename__ = "report_profiles"
    __table_args__ = (UniqueConstraint("originator_id", "profile_id", "version"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    profile_id: Mapped[str] = mapped_column(Code)
    version: Mapped[int]
    effective_from: Mapped[date | None]
    effective_to: Mapped[date | None]
    toml: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    taken_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)


class ReportHabit(Base):
    """What a profile's reports usually hold: how often a field was filled, and which codes were seen.

    ``what`` names a field as record.field, or a code as type:code; ``rows`` counts the records that could have it,
    ``filled`` those that had it.
    """

    __tablename__ = "report_habits"
    __table_args__ = (UniqueConstraint("feed_id", "profile", "kind", "what"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    feed_id: Mapped[int] = mapped_column(Key)
    profile: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(Code)
    what: Mapped[str] = mapped_column(String(80))
    rows: Mapped[int] = mapped_column(Key)
    filled: Mapped[int] = mapped_column(Key)
    first_on: Mapped[date]
    last_on: Mapped[date]
    drifted_on: Mapped[date | None]


class ReportSignOff(Base):
    """A banking day of an account that two persons declare complete although its report never came, with the reason."""

    __tablename__ = "report_sign_offs"
    __table_args__ = (
        UniqueConstraint("feed_id", "on_date"),
        CheckConstraint("signed_by IS NULL OR signed_by <> asked_by", name="maker_is_not_checker"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    on_date: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    signed_by: Mapped[str | None] = mapped_column(String(80))
    signed_at: Mapped[datetime | None] = mapped_column(Instant)


class BankPosting(Base):
    """Money that moved on our account, as the bank says: kept apart from the items it was about.

    ``event`` is what the code means; ``of_record`` whether its carrier is the one that the account's books are kept by,
    so that money two carriers tell of counts once; ``provisional`` until a final report tells of it. ``trace``,
    ``origination_file``, ``batch_number`` and ``reference`` are what the posting itself names, where it does.
    """

    __tablename__ = "bank_postings"
    __table_args__ = (
        Index("uq_bank_postings_item", "feed_id", "carrier", "value_on", "bank_ref", "code", "amount_minor",
              "occurrence", unique=True),
        Index("ix_bank_postings_unmatched", "feed_id", "value_on", sqlite_where=_UNMATCHED,
              postgresql_where=_UNMATCHED),
        Index(None, "feed_id", "booked_on"),
        Index(None, "report_id"),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    line: Mapped[int]
    code: Mapped[str] = mapped_column(Code)
    amount_minor: Mapped[int] = mapped_column(Key)
    currency: Mapped[str] = mapped_column(String(3))
    value_on: Mapped[date]
    bank_ref: Mapped[str] = mapped_column(String(40))
    occurrence: Mapped[int]
    carrier: Mapped[str] = mapped_column(Code, server_default="str")
    event: Mapped[str] = mapped_column(Code, server_default="other")
    of_record: Mapped[bool] = mapped_column(server_default=true())
    provisional: Mapped[bool] = mapped_column(server_default=false())
    matched: Mapped[bool] = mapped_column(server_default=false())
    booked_on: Mapped[date | None]
    customer_ref: Mapped[str | None] = mapped_column(String(80))
    reference: Mapped[str | None] = mapped_column(String(35))
    trace: Mapped[int | None] = mapped_column(Key)
    reason: Mapped[str | None] = mapped_column(String(4))
    company_identification: Mapped[str | None] = mapped_column(String(16))
    origination_file: Mapped[str | None] = mapped_column(String(16))
    batch_number: Mapped[int | None]
    items: Mapped[int | None]


class ReportedSettlement(Base):
    """A settlement as a report told of it: which batch the bank says a credit is about; ``batch_id`` if it is ours."""

    __tablename__ = "reported_settlements"
    __table_args__ = (
        Index("uq_reported_settlements_item", "originator_id", "item_key", "occurrence", unique=True),
        Index(None, "batch_id"),
        Index(None, "feed_id", "bank_ref"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    feed_id: Mapped[int | None] = mapped_column(Key)
    report_id: Mapped[int] = mapped_column(Key)
    line: Mapped[int]
    item_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    occurrence: Mapped[int]
    batch_id: Mapped[int | None] = mapped_column(Key)
    bank_ref: Mapped[str] = mapped_column(String(40))
    origination_file: Mapped[str] = mapped_column(String(16))
    batch_number: Mapped[int]
    items: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(Key)
    settled_on: Mapped[date | None]


class Adjustment(Base):
    """A charge or correction of the bank, each once; ``amount_minor`` is positive for a credit to our account.

    ``posting_id`` is the posting that moved it, once matched; ``charged_to`` the merchant it was passed on to.
    """

    __tablename__ = "adjustments"
    __table_args__ = (
        Index("uq_adjustments_item", "originator_id", "item_key", "occurrence", unique=True),
        Index(None, "feed_id", "told_on"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    feed_id: Mapped[int | None] = mapped_column(Key)
    report_id: Mapped[int] = mapped_column(Key)
    line: Mapped[int]
    item_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    occurrence: Mapped[int]
    kind: Mapped[str] = mapped_column(Code)
    amount_minor: Mapped[int] = mapped_column(Key)
    bank_ref: Mapped[str] = mapped_column(String(40))
    related_ref: Mapped[str] = mapped_column(String(40))
    told_on: Mapped[date]
    charged_to: Mapped[int | None] = mapped_column(Key)
