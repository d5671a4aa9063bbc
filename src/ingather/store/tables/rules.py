"""What decisions rest on: the sets of rule rows, each kept once, and the house's own policy."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ingather.store.tables.base import Base, Code, Instant, Key


class RuleSet(Base):
    """A distinct set of rule rows, by their ids, that decisions refer to."""

    __tablename__ = "rule_sets"
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    rows: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)


class PolicyRow(Base):
    """A house policy as it was taken into the book: its TOML text and the hash of it; the newest is in force."""

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("originator_id", "policy_id", "version"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(ForeignKey("originators.id"))
    policy_id: Mapped[str] = mapped_column(Code)
    version: Mapped[int]
    toml: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    taken_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)
