"""Bank reports: the bytes as they came, sealed; their identity; and the money postings they told of."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.reports import ReportState
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of


class Report(Base):
    """A report. The same bytes again are the same row; the same identity with other bytes waits for a person."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("originator_id", "sha256"),
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


class ReportChunk(Base):
    """One sealed part of a report's bytes."""

    __tablename__ = "report_chunks"
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class BankPosting(Base):
    """Money that moved on our account, as the bank says: kept apart from the items it was about."""

    __tablename__ = "bank_postings"
    __table_args__ = (UniqueConstraint("feed_id", "value_on", "bank_ref", "occurrence"),)
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
