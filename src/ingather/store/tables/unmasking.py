"""Who was shown an account's number, and the reviews of who may see, approve and send: rows of two persons' answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.users import ReviewState
from ingather.store.tables.base import Base, Code, Instant, Key, one_of


class Unmasking(Base):
    """A person was given the right to see one account's number until an instant, for a case; rows are only added."""

    __tablename__ = "unmaskings"
    __table_args__ = (
        CheckConstraint("until_at > at", name="boxed_in_time"),
        Index(None, "account_id", "actor"),
        Index(None, "at"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    account_id: Mapped[int] = mapped_column(Key)
    case_id: Mapped[int] = mapped_column(Key)
    actor: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    until_at: Mapped[datetime] = mapped_column(Instant)


class AccessReview(Base):
    """Who could approve, send and see numbers when somebody reviewed it, what they found, and who signed it off.

    ``people`` is the list as it stood. It waits for its second person, is signed off, or is refused with a reason.
    """

    __tablename__ = "access_reviews"
    __table_args__ = (
        one_of("state", ReviewState),
        CheckConstraint("decided_by IS NULL OR decided_by <> reviewed_by", name="maker_is_not_checker"),
        CheckConstraint("(state = 'waiting') = (decided_by IS NULL)", name="decided_by_somebody"),
        Index(None, "originator_id", "state"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    state: Mapped[str] = mapped_column(Code)
    findings: Mapped[str] = mapped_column(Text)
    people: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    reviewed_by: Mapped[str] = mapped_column(String(80))
    reviewed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Text)
