"""Returns as the bank reported them, each applied once or kept for a person."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Index, LargeBinary, String, Text, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.returns import DisputeState, OdfiRequestKind, RequestState
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of

_APPLIED = text("applied")
_NOT_WITHDRAWN = text("state <> 'withdrawn'")
_OF_AN_ENTRY = text("about_id = 0")
_ABOUT = text("about_id <> 0")


class Return(Base):
    """A returned entry. ``item_key`` is the hash of what identifies it, so that two carriers tell of it once.

    ``differs`` names the fields that contradict the entry it seems to be about, as a dishonour names them: ``03*06``.
    ``undone_on`` is when a dishonour of it had stood uncontested, ``replaced_by`` the corrected return that came for
    it. ``posting_ref`` is the bank's reference of the posting that took the money, where a report gives it.
    ``evidence`` is what shows a return that a person recorded; it has no line until a report tells of it.
    """

    __tablename__ = "returns"
    __table_args__ = (
        Index("uq_returns_item_key", "originator_id", "item_key", unique=True),
        Index("uq_returns_applied_entry", "entry_id", unique=True, sqlite_where=_APPLIED, postgresql_where=_APPLIED),
        Index(None, "order_id"),
        Index(None, "originator_id", "returned_on"),
        Index(None, "original_trace"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    report_id: Mapped[int] = mapped_column(Key)
    item_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    line: Mapped[int]
    entry_id: Mapped[int | None] = mapped_column(Key)
    order_id: Mapped[int | None] = mapped_column(Key)
    batch_id: Mapped[int | None] = mapped_column(Key)
    code: Mapped[str] = mapped_column(String(3))
    original_trace: Mapped[int] = mapped_column(Key)
    return_trace: Mapped[int] = mapped_column(Key)
    amount_cents: Mapped[int] = mapped_column(Key)
    returned_on: Mapped[date | None]
    late: Mapped[bool]
    applied: Mapped[bool]
    clawed_back: Mapped[bool]
    matched_by: Mapped[str | None] = mapped_column(Code)
    information: Mapped[str] = mapped_column(String(44))
    received_at: Mapped[datetime] = mapped_column(Instant)
    rule_set_id: Mapped[int | None] = mapped_column(Key)
    timeliness: Mapped[str | None] = mapped_column(Code)
    deadline_on: Mapped[date | None]
    next_step: Mapped[str | None] = mapped_column(Code)
    undone_on: Mapped[date | None]
    replaced_by: Mapped[int | None] = mapped_column(Key)
    differs: Mapped[str | None] = mapped_column(String(20))
    posting_ref: Mapped[str | None] = mapped_column(String(40))
    evidence: Mapped[str | None] = mapped_column(Text)


TAKEN_BACK: ColumnElement[bool] = and_(
    Return.evidence.is_not(None), Return.line == 0, Return.undone_on.is_not(None), Return.replaced_by.is_(None)
)
"""Whether a return is one that a person recorded in error and took back: it never was, and no report told of it."""


class Dispute(Base):
    """A return that the ODFI is asked to dishonor, with its days; ``code`` is the dishonour's, such as R68.

    ``request_by`` is our own last day to ask, the profile's lead before ``dishonour_by``; ``contest_by`` is the last
    day of a contest. One return has one dispute that is not withdrawn.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        one_of("state", DisputeState),
        Index("uq_disputes_standing", "return_id", unique=True, sqlite_where=_NOT_WITHDRAWN,
              postgresql_where=_NOT_WITHDRAWN),
        Index(None, "originator_id", "state"),
        Index(None, "order_id"),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    return_id: Mapped[int] = mapped_column(Key)
    entry_id: Mapped[int | None] = mapped_column(Key)
    order_id: Mapped[int | None] = mapped_column(Key)
    case_id: Mapped[int | None] = mapped_column(Key)
    request_id: Mapped[int | None] = mapped_column(Key)
    code: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(Code)
    amount_cents: Mapped[int] = mapped_column(Key)
    chosen_on: Mapped[date]
    request_by: Mapped[date | None]
    dishonour_by: Mapped[date | None]
    dishonoured_on: Mapped[date | None]
    dishonour_trace: Mapped[int | None] = mapped_column(Key)
    contest_by: Mapped[date | None]
    contest_code: Mapped[str | None] = mapped_column(String(3))
    ended_on: Mapped[date | None]
    actor: Mapped[str] = mapped_column(String(80))
    rule_set_id: Mapped[int | None] = mapped_column(Key)


class OdfiRequest(Base):
    """What we asked of the ODFI, or agreed to: R06 and R31 are matched to it, and the rest goes to it as a document.

    ``about_id`` is the return or notification it is about, 0 where it is about the entry alone; ``code`` the dishonour
    or refusal asked for; ``document`` the name under which it went to the bank.
    """

    __tablename__ = "odfi_requests"
    __table_args__ = (
        one_of("kind", OdfiRequestKind),
        one_of("state", RequestState),
        Index("uq_odfi_requests_entry", "entry_id", "kind", unique=True, sqlite_where=_OF_AN_ENTRY,
              postgresql_where=_OF_AN_ENTRY),
        Index("uq_odfi_requests_about", "about_id", "kind", unique=True, sqlite_where=_ABOUT, postgresql_where=_ABOUT),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    entry_id: Mapped[int | None] = mapped_column(Key)
    order_id: Mapped[int | None] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Code)
    reason: Mapped[str] = mapped_column(Name)
    asked_on: Mapped[date]
    answered_on: Mapped[date | None]
    actor: Mapped[str] = mapped_column(String(80))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    about_id: Mapped[int] = mapped_column(Key, server_default="0")
    state: Mapped[str] = mapped_column(Code, server_default="asked")
    code: Mapped[str | None] = mapped_column(String(3))
    due_on: Mapped[date | None]
    document: Mapped[str | None] = mapped_column(Name)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(Text)
