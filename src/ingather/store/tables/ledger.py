"""The ledger's lines, per batch, merchant and kind."""

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.store.tables.base import Base, Code, Instant, Key, one_of


class Posting(Base):
    """One ledger line. The unique key makes the same movement from the same source impossible to book twice."""

    __tablename__ = "postings"
    __table_args__ = (
        one_of("kind", JournalKind),
        one_of("account", LedgerAccount),
        Index("uq_postings_movement", "originator_id", "kind", "batch_id", "merchant_id", "source_id", "account",
              unique=True),
        Index(None, "originator_id", "account", "merchant_id"),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    account: Mapped[str] = mapped_column(Code)
    merchant_id: Mapped[int] = mapped_column(Key)
    batch_id: Mapped[int] = mapped_column(Key)
    source_id: Mapped[int] = mapped_column(Key)
    amount_minor: Mapped[int] = mapped_column(Key)
    currency: Mapped[str] = mapped_column(String(3))
    on_date: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(Instant)
