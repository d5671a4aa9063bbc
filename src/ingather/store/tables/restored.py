"""How a restored book was compared with what is outside of it, and who released it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.restored import FindingKind, FindingState, RestoredState
from ingather.store.tables.base import Base, Code, Instant, Key, one_of

_OPEN = text("state = 'compared'")


class Restoration(Base):
    """A restored book's way back: the head it had, the head its host remembers, and the two persons who released it.

    ``lost_seq`` is 0 where the host remembers no head. ``register_lines`` is how long the sent register was when it was
    compared last: a longer one must be compared again.
    """

    __tablename__ = "restorations"
    __table_args__ = (
        one_of("state", RestoredState),
        CheckConstraint("maker <> checker", name="maker_is_not_checker"),
        CheckConstraint(
            "state <> 'released' OR (maker IS NOT NULL AND checker IS NOT NULL AND reason IS NOT NULL)",
            name="released_by_two",
        ),
        Index("uq_restorations_open", "state", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(Code)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    compared_at: Mapped[datetime] = mapped_column(Instant)
    head_seq: Mapped[int] = mapped_column(Key)
    head_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    lost_seq: Mapped[int] = mapped_column(Key)
    lost_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    register_lines: Mapped[int]
    held_orders: Mapped[int]
    maker: Mapped[str | None] = mapped_column(String(80))
    checker: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(Text)
    released_at: Mapped[datetime | None] = mapped_column(Instant)


class RestoredFinding(Base):
    """One thing that was not as the restored book has it; ``sha256`` is that of a file's bytes, empty where unknown."""

    __tablename__ = "restored_findings"
    __table_args__ = (
        one_of("kind", FindingKind),
        one_of("state", FindingState),
        UniqueConstraint("restoration_id", "subject"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    restoration_id: Mapped[int] = mapped_column(ForeignKey("restorations.id"))
    kind: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    subject: Mapped[str] = mapped_column(String(160))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    entries: Mapped[int]
    debit_cents: Mapped[int] = mapped_column(Key)
    sentence: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime] = mapped_column(Instant)
