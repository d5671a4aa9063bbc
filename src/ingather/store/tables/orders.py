"""Orders: one amount due on one date, and the state that the fold over its facts gives."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.orders import OrderState
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of


class Order(Base):
    """An order. ``collect_on`` is the date it waits for: due date or planned retry; NULL when it waits for nothing.

    A bulk table: it carries no foreign keys; the orphan sweep stands for them. ``version`` rises with every change,
    and a claim names the version it read.
    ``notice`` says what the buyer must be told before the debit, ``noticed_on`` when that was; ``suspected`` that it
    looks like another order, until a person confirms it; ``act_channel`` how the buyer started a debit under a standing
    authorization; ``corrected`` that its next debit is the one corrected entry after R11;
    ``refunded_minor`` what standing refunds give back of it.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("originator_id", "merchant_id", "external_id", "instalment"),
        one_of("state", OrderState),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("presentations BETWEEN 0 AND 9", name="presentations_range"),
        Index("ix_orders_alike", "buyer_id", "amount_minor"),
        # What waits is found by these on SQLite alone: on PostgreSQL they would make each claim write every index of
        # the order, and the queue stands for them.
        Index("ix_orders_returned", "originator_id", sqlite_where=text("state = 'returned'")).ddl_if(dialect="sqlite"),
        Index("ix_orders_collect_on", "originator_id", "collect_on",
              sqlite_where=text("collect_on IS NOT NULL")).ddl_if(dialect="sqlite"),
        # A page of orders is claimed at once: more than half of each stays free for the claimed rows, which are larger.
        {"postgresql_with": {"fillfactor": 45}},
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    merchant_id: Mapped[int] = mapped_column(Key)
    buyer_id: Mapped[int] = mapped_column(Key)
    authorization_id: Mapped[int] = mapped_column(Key)
    external_id: Mapped[str] = mapped_column(Name)
    instalment: Mapped[int] = mapped_column(SmallInteger)
    rail: Mapped[str] = mapped_column(Code)
    amount_minor: Mapped[int] = mapped_column(Key)
    currency: Mapped[str] = mapped_column(String(3))
    due_on: Mapped[date]
    collect_on: Mapped[date | None]
    goods: Mapped[bool]
    state: Mapped[str] = mapped_column(Code)
    reason: Mapped[str | None] = mapped_column(Code)
    held: Mapped[bool]
    presentations: Mapped[int] = mapped_column(SmallInteger)
    first_settled_on: Mapped[date | None]
    route_id: Mapped[int | None] = mapped_column(Key)
    last_code: Mapped[str | None] = mapped_column(String(3))
    late: Mapped[bool]
    bucket: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    notice: Mapped[str | None] = mapped_column(Code)
    noticed_on: Mapped[date | None]
    suspected: Mapped[bool] = mapped_column(server_default=false())
    same_day: Mapped[bool] = mapped_column(server_default=false())
    act_channel: Mapped[str | None] = mapped_column(Code)
    act_at: Mapped[datetime | None] = mapped_column(Instant)
    corrected: Mapped[bool] = mapped_column(server_default=false())
    refunded_minor: Mapped[int] = mapped_column(Key, server_default="0")


class OpenOrder(Base):
    """An order that is open or returned, with the day it waits for: the queue in which a night finds what is due.

    On PostgreSQL triggers keep it, whoever writes orders, and an invariant compares both. On SQLite it stays empty:
    there the partial indexes of the orders are the queue, and an update writes only the indexes that it changes.
    """

    __tablename__ = "open_orders"
    __table_args__ = (
        Index(None, "originator_id", "collect_on"),
        # Few are returned at any time: what is overdue among them is found without looking at the others.
        Index("ix_open_orders_returned", "originator_id", sqlite_where=text("returned"),
              postgresql_where=text("returned")),
    )  # fmt: skip
    order_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    bucket: Mapped[int] = mapped_column(SmallInteger)
    collect_on: Mapped[date | None]
    returned: Mapped[bool]
