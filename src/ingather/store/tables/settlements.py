"""Settlements: what a merchant is told and owed, tied to the cent."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.store.tables.base import Base, Code, Instant, Key

_NEVER_DEBITED = text("entry_id IS NULL")


class Settlement(Base):
    """A merchant's statement as of a day.

    Opening + collected - clawed back - given back + restored + fees - charges - reserved + unreserved + covered +
    invoiced + payable again - payable = closing. Given back are reversals and refunds; restored is what came back to
    us after that, and returns that a dishonour undid; fees are return fees. Charges are what the bank took and the
    merchant bears; reserved is kept back for returns that may still come, unreserved was and is free now, covered was
    used for claw-backs; invoiced is what the merchant owes by invoice; payable again are payouts that came back.
    ``reserve_minor`` is what stays in reserve after it.
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


class SettlementLine(Base):
    """One order on a statement: collected, failed with its reason, clawed back, given back, restored, or a return fee.

    ``turn`` counts how often an entry is told of as one kind: what was clawed back may be restored and come back again.

    One that failed without ever being debited has no entry, and ``reason`` instead of a return code.
    """

    __tablename__ = "settlement_lines"
    __table_args__ = (
        Index("uq_settlement_lines_once", "entry_id", "kind", "turn", unique=True),
        Index("uq_settlement_lines_never_debited", "order_id", unique=True, sqlite_where=_NEVER_DEBITED,
              postgresql_where=_NEVER_DEBITED),
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


class SettlementStep(Base):
    """One step of a claw-back: from what it was taken, naming the order, its return and the line of the report.

    ``step`` is available, reserve, carried, invoice or loss; the steps of a line sum to its amount.
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
