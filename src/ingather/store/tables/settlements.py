"""Settlements: what a merchant is told and owed, tied to the cent."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.store.tables.base import Base, Code, Instant, Key

_NEVER_DEBITED = text("entry_id IS NULL AND source_id IS NULL")
_HAS_SOURCE = text("source_id IS NOT NULL")
_LATER = text("payable_on IS NOT NULL")
_ASKED = text("approved_by IS NULL")


class Settlement(Base):
    """A merchant's statement as of a day.

    Opening + collected - clawed back - given back + restored + fees - charges - reserved + unreserved + covered +
    invoiced + payable again - payable = closing. Given back are reversals and refunds; restored is what came back to
    us after that, and returns that a dishonour undid; fees are return fees. Charges are what the bank took and the
    merchant bears; reserved is kept back for returns that may still come, unreserved was and is free now, covered was
    used for claw-backs; invoiced is what the merchant owes by invoice; payable again are payouts that came back.
    ``reserve_minor`` is what stays in reserve after it, ``held_minor`` what of the closing is collected and not
    payable yet.
    """

    __tablename__ = "settlements"
    __table_args__ = (UniqueConstraint("originator_id", "merchant_id", "as_of"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    as_of: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    opening_minor: Mapped[int] = mapped_column(Key)
    collected_minor: Mapped[int] = mapped_column(Key)
    clawed_back_minor: Mapped[int] = mapped_column(Key)
    payable_minor: Mapped[int] = mapped_column(Key)
    closing_minor: Mapped[int] = mapped_column(Key)
    made_at: Mapped[datetime] = mapped_column(Instant)
    given_back_minor: Mapped[int] = mapped_column(Key, server_default="0")
    restored_minor: Mapped[int] = mapped_column(Key, server_default="0")
    fees_minor: Mapped[int] = mapped_column(Key, server_default="0")
    charges_minor: Mapped[int] = mapped_column(Key, server_default="0")
    reserved_minor: Mapped[int] = mapped_column(Key, server_default="0")
    unreserved_minor: Mapped[int] = mapped_column(Key, server_default="0")
    covered_minor: Mapped[int] = mapped_column(Key, server_default="0")
    invoiced_minor: Mapped[int] = mapped_column(Key, server_default="0")
    payable_again_minor: Mapped[int] = mapped_column(Key, server_default="0")
    reserve_minor: Mapped[int] = mapped_column(Key, server_default="0")
    held_minor: Mapped[int] = mapped_column(Key, server_default="0")


class SettlementLine(Base):
    """One order on a statement: collected, failed with its reason, clawed back, given back, restored, or a return fee.

    ``turn`` counts how often an entry is told of as one kind: what was clawed back may be restored and come back again.

    One that failed without ever being debited has no entry, and ``reason`` instead of a return code. What is about no
    order has order 0 and a source: the reserve that was kept, released or used, or the ledger's line that told of it.
    ``payable_on`` is the day from which collected money is payable, NULL when it was so at once.
    """

    __tablename__ = "settlement_lines"
    __table_args__ = (
        Index("uq_settlement_lines_once", "entry_id", "kind", "turn", unique=True),
        Index("uq_settlement_lines_never_debited", "order_id", unique=True, sqlite_where=_NEVER_DEBITED,
              postgresql_where=_NEVER_DEBITED),
        Index("uq_settlement_lines_source", "source_id", "kind", "turn", unique=True, sqlite_where=_HAS_SOURCE,
              postgresql_where=_HAS_SOURCE),
        Index("ix_settlement_lines_later", "payable_on", sqlite_where=_LATER, postgresql_where=_LATER),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    settlement_id: Mapped[int] = mapped_column(Key, index=True)
    order_id: Mapped[int] = mapped_column(Key)
    entry_id: Mapped[int | None] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    amount_minor: Mapped[int] = mapped_column(Key)
    code: Mapped[str | None] = mapped_column(String(3))
    reason: Mapped[str | None] = mapped_column(Code)
    turn: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    return_id: Mapped[int | None] = mapped_column(Key)
    report_id: Mapped[int | None] = mapped_column(Key)
    report_line: Mapped[int | None]
    source_id: Mapped[int | None] = mapped_column(Key)
    payable_on: Mapped[date | None]


class SettlementStep(Base):
    """One step of a claw-back: from what it was taken, naming the order, its return and the line of the report.

    ``step`` is available, reserve, carried, invoice or loss; the steps of a line sum to its amount. A later statement
    that nets what was carried takes it out of carried, by a negative amount, and into where it was taken from.
    """

    __tablename__ = "settlement_steps"
    __table_args__ = (Index("uq_settlement_steps_once", "line_id", "settlement_id", "step", unique=True),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    line_id: Mapped[int] = mapped_column(Key)
    settlement_id: Mapped[int] = mapped_column(Key, index=True)
    order_id: Mapped[int] = mapped_column(Key)
    return_id: Mapped[int | None] = mapped_column(Key)
    report_id: Mapped[int | None] = mapped_column(Key)
    report_line: Mapped[int | None]
    step: Mapped[str] = mapped_column(Code)
    amount_minor: Mapped[int] = mapped_column(Key)


class MerchantLoss(Base):
    """What a merchant owes and will not pay, taken as a loss: one person asks for it, another approves it."""

    __tablename__ = "merchant_losses"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("approved_by IS NULL OR approved_by <> asked_by", name="maker_is_not_checker"),
        Index("uq_merchant_losses_asked", "merchant_id", unique=True, sqlite_where=_ASKED, postgresql_where=_ASKED),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    amount_minor: Mapped[int] = mapped_column(Key)
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
