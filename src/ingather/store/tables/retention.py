"""Shreddings: which epoch of evidence is destroyed, who wanted it, and the certificate."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.retention import ShreddingState
from ingather.store.tables.base import Base, Code, Instant, Key, one_of

_STANDS = text("state <> 'refused'")


class Shredding(Base):
    """The destruction of what one epoch sealed: asked for by one person and approved by another.

    ``told`` is what the certificate says of the contents, found when it began; ``begun_seq`` and ``begun_hash`` name
    the audit record of that intent. The certificate is kept in the transaction that forgets the data key.
    """

    __tablename__ = "shreddings"
    __table_args__ = (
        one_of("state", ShreddingState),
        CheckConstraint("checker IS NULL OR checker <> maker", name="maker_is_not_checker"),
        CheckConstraint("state = 'asked' OR checker IS NOT NULL", name="decided_by_somebody"),
        CheckConstraint("state NOT IN ('begun', 'done') OR (told IS NOT NULL AND begun_seq IS NOT NULL)", name="begun"),
        CheckConstraint("(state = 'done') = (certificate IS NOT NULL)", name="certificate_when_done"),
        Index("uq_shreddings_epoch", "epoch", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    epoch: Mapped[int] = mapped_column(Key)
    state: Mapped[str] = mapped_column(Code)
    reason: Mapped[str] = mapped_column(Text)
    maker: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    checker: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    told: Mapped[str | None] = mapped_column(Text)
    begun_seq: Mapped[int | None] = mapped_column(Key)
    begun_hash: Mapped[str | None] = mapped_column(String(64))
    certificate: Mapped[str | None] = mapped_column(Text)
