"""Epochs of data keys, each wrapped by a key of the host's ring, and rotations: who wanted one, and how far it is."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.keys import EpochState, KeyPurpose, RotationKind, RotationState
from ingather.store.tables.base import Base, Code, Instant, Key, one_of


class KeyEpoch(Base):
    """One epoch; its number is the first two bytes of whatever it sealed.

    ``kek`` names the key of the host's ring that wraps the data key. ``wrapped`` is NULL once the data key is
    destroyed, and for the epoch whose data key is the ring's key itself. ``sealed`` counts encryptions, roughly.
    """

    __tablename__ = "key_epochs"
    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 65535", name="number_two_bytes"),
        one_of("purpose", KeyPurpose),
        one_of("state", EpochState),
        CheckConstraint("state <> 'destroyed' OR (wrapped IS NULL AND destroyed_at IS NOT NULL)", name="destroyed"),
        CheckConstraint("state = 'open' OR closed_at IS NOT NULL", name="closed_when"),
        Index("uq_key_epochs_open", "purpose", unique=True, sqlite_where=text("state = 'open'"),
              postgresql_where=text("state = 'open'")),
    )  # fmt: skip
    number: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    purpose: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    kek: Mapped[str] = mapped_column(String(200))
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)
    sealed: Mapped[int] = mapped_column(Key, server_default="0")


class KeyRotation(Base):
    """A rotation two persons wanted; at most one at a time is not done.

    ``epoch`` is the new one of values, 0 when the ring's root is rotated. ``place`` and ``after_id`` are how far it has
    come, kept in the transaction of what was sealed anew: every earlier place, and this one up to that row. A place is
    empty once all have been gone through; for a root it is the new root's name. ``moved`` counts values.
    """

    __tablename__ = "key_rotations"
    __table_args__ = (
        one_of("kind", RotationKind),
        one_of("state", RotationState),
        CheckConstraint("asked_by <> approved_by", name="two_persons"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_when"),
        Index("uq_key_rotations_running", "state", unique=True, sqlite_where=text("state = 'running'"),
              postgresql_where=text("state = 'running'")),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str] = mapped_column(String(80))
    begun_at: Mapped[datetime] = mapped_column(Instant)
    moved_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    epoch: Mapped[int] = mapped_column(Key)
    place: Mapped[str] = mapped_column(String(80))
    after_id: Mapped[int] = mapped_column(Key)
    moved: Mapped[int] = mapped_column(Key)
