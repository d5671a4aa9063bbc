"""What follows debits: reversals, refunds and return fees, each asked for, approved and sent as one entry."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.store.tables.base import Base, Code, Instant, Key, one_of

_STANDING = "state NOT IN ('returned', 'withdrawn')"
_REVERSAL = text(f"kind = 'reversal' AND {_STANDING}")
_RETURN_FEE = text("kind = 'return_fee'")


class FollowUp(Base):
    """A reversal, refund or return fee of one debit.

    ``original_entry_id`` is the debit; ``entry_id`` the entry that was made of it, once it is sealed. ``reason`` is the
    id of a permitted reason, ``words`` what a person said. ``not_before`` is the first day it may be sealed on,
    ``last_day`` the last on which it may settle, ``send_by`` the last instant at which its file may go out.
    ``of_collected`` says that the order was collected when it was sent: the money left what the merchant has available.
    ``checker`` is the second person, who is never the first.
    """

    __tablename__ = "follow_ups"
    __table_args__ = (
        one_of("kind", FollowUpKind),
        one_of("state", FollowUpState),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("checker IS NULL OR maker <> checker", name="maker_is_not_checker"),
        Index("uq_follow_ups_reversal", "original_entry_id", unique=True, sqlite_where=_REVERSAL,
              postgresql_where=_REVERSAL),
        Index("uq_follow_ups_return_fee", "original_entry_id", unique=True, sqlite_where=_RETURN_FEE,
              postgresql_where=_RETURN_FEE),
        Index(None, "originator_id", "state"),
        Index(None, "order_id"),
        Index(None, "entry_id"),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    order_id: Mapped[int] = mapped_column(Key)
    merchant_id: Mapped[int] = mapped_column(Key)
    original_entry_id: Mapped[int] = mapped_column(Key)
    entry_id: Mapped[int | None] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    reason: Mapped[str] = mapped_column(Code)
    words: Mapped[str] = mapped_column(Text)
    amount_cents: Mapped[int] = mapped_column(Key)
    of_collected: Mapped[bool] = mapped_column(server_default=false())
    not_before: Mapped[date | None]
    last_day: Mapped[date | None]
    send_by: Mapped[datetime | None] = mapped_column(Instant)
    notified_on: Mapped[date | None]
    notice_proof: Mapped[str | None] = mapped_column(Text)
    maker: Mapped[str] = mapped_column(String(80))
    checker: Mapped[str | None] = mapped_column(String(80))
    asked_on: Mapped[date]
    settled_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None] = mapped_column(Code)
    rule_set_id: Mapped[int | None] = mapped_column(Key)
    version: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(Instant)
