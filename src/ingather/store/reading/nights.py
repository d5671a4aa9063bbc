"""Nights as they went: how much of each was sealed, approved, sent, acknowledged, settled, collected and returned."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import AT_THE_BANK, FileState
from ingather.domain.orders import OrderState
from ingather.store.open_orders import among_open
from ingather.store.tables import Approval, Batch, Fact, File, Order, Return

_ANSWERED = frozenset({FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS})
_GONE = frozenset({FileState.VOIDED, FileState.REJECTED})


@dataclass(slots=True, kw_only=True)  # mutable -- filled in while rows are read
class Sum:
    """A count of entries or orders, and their amount in minor units."""

    count: int = 0
    minor: int = 0

    def add(self, count: int, minor: int) -> None:
        """Add so many more."""
        self.count += count
        self.minor += minor


@dataclass(slots=True, kw_only=True)  # mutable -- as above
class Night:
    """One night, by its banking day. The instants are of the last file that came so far, None before that.

    ``settled_on`` and ``hold_until`` are of its earliest batch; ``basis`` says how its settlement is known.
    """

    on: date
    sealed: Sum = field(default_factory=Sum)
    approved: Sum = field(default_factory=Sum)
    sent: Sum = field(default_factory=Sum)
    acknowledged: Sum = field(default_factory=Sum)
    settled: Sum = field(default_factory=Sum)
    collected: Sum = field(default_factory=Sum)
    returned: Sum = field(default_factory=Sum)
    approved_at: datetime | None = None
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    effective_on: date | None = None
    settled_on: date | None = None
    basis: str | None = None
    hold_until: date | None = None
    files: int = 0
    waiting: int = 0
    ready: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTonight:
    """Orders that wait for a date of tonight and are in no file: why, how many, and minor units.

    ``reason`` is the id of a reason, ``held``, or empty where no night has looked at them yet.
    """

    reason: str
    count: int
    minor: int


def nights(session: Session, *, until: date, most: int) -> list[Night]:
    """Return the last nights that made files, the newest first: no more than ``most``."""
    days = session.scalars(
        select(File.night_on).where(File.night_on <= until).distinct().order_by(File.night_on.desc()).limit(most)
    ).all()
    found = {day: Night(on=day) for day in days}
    if not found:
        return []
    files = session.scalars(select(File).where(File.night_on >= min(found), File.night_on <= until)).all()
    live = {file.id: file for file in files if file.state not in _GONE}
    for file in live.values():
        _add_file(found[file.night_on], file)
    _add_instants(session, found, live)
    _add_batches(session, found, live)
    return [found[day] for day in days]


def _add_file(night: Night, file: File) -> None:
    night.files += 1
    night.effective_on = min(night.effective_on or file.effective_on, file.effective_on)
    night.sealed.add(file.entries, file.debit_cents)
    night.waiting += file.state == FileState.SEALED
    night.ready += file.state == FileState.APPROVED
    if file.state != FileState.SEALED:
        night.approved.add(file.entries, file.debit_cents)
    if file.state in AT_THE_BANK:
        night.sent.add(file.entries, file.debit_cents)
        night.sent_at = _later(night.sent_at, file.transmitted_at)
    if file.state in _ANSWERED:
        night.acknowledged.add(file.entries, file.debit_cents)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one is not None and other is not None else one or other


def _add_instants(session: Session, found: dict[date, Night], live: dict[int, File]) -> None:
    approved = session.execute(
        select(Approval.file_id, func.max(Approval.decided_at))
        .where(Approval.file_id.in_(live), Approval.decision == "approved")
        .group_by(Approval.file_id)
    )
    for file_id, at in approved:
        night = found[live[file_id].night_on]
        night.approved_at = _later(night.approved_at, at)
    answered = session.execute(
        select(Fact.subject_id, func.max(Fact.recorded_at))
        .where(Fact.scope == Scope.FILE, Fact.subject_id.in_(live), Fact.kind == FactKind.ACCEPTED)
        .group_by(Fact.subject_id)
    )
    for file_id, at in answered:
        night = found[live[file_id].night_on]
        night.acknowledged_at = _later(night.acknowledged_at, at)


def _add_batches(session: Session, found: dict[date, Night], live: dict[int, File]) -> None:
    batches = session.execute(
        select(
            Batch.id, Batch.file_id, Batch.entries, Batch.debit_cents, Batch.settled_on, Batch.settlement_basis,
            Batch.hold_until, Batch.released,
        ).where(Batch.file_id.in_(live), Batch.rejected.is_(False))
    ).all()  # fmt: skip
    night_of = {row.id: found[live[row.file_id].night_on] for row in batches}
    back = returned_of(session, list(night_of), since=min(found))
    for row in batches:
        night = night_of[row.id]
        count, minor = back.get(row.id, (0, 0))
        night.returned.add(count, minor)
        if row.settled_on is None:
            continue
        night.settled.add(row.entries, row.debit_cents)
        night.settled_on = min(night.settled_on or row.settled_on, row.settled_on)
        night.basis = row.settlement_basis
        if row.released:
            night.collected.add(row.entries - count, row.debit_cents - minor)
        elif row.hold_until is not None:
            night.hold_until = max(night.hold_until or row.hold_until, row.hold_until)


def returned_of(session: Session, batch_ids: Collection[int], *, since: date) -> dict[int, tuple[int, int]]:
    """Return how much of each batch came back since a day, as count and minor units; batches without any are absent."""
    wanted = set(batch_ids)
    rows = session.execute(
        select(Return.batch_id, func.count(), func.sum(Return.amount_cents))
        .where(Return.returned_on >= since, Return.applied, Return.undone_on.is_(None), Return.batch_id.is_not(None))
        .group_by(Return.batch_id)
    )
    return {batch: (count, int(minor)) for batch, count, minor in rows if batch in wanted}


def not_tonight(session: Session, originator_id: int, *, until: date) -> list[NotTonight]:
    """Return what waits for a date up to one and is in no file, by reason, the most first."""
    reason = case((Order.held, "held"), else_=func.coalesce(Order.reason, ""))
    rows = session.execute(
        select(reason, func.count(), func.sum(Order.amount_minor))
        .where(
            Order.originator_id == originator_id,
            Order.collect_on <= until,
            Order.state.in_([OrderState.OPEN, OrderState.RETURNED]),
            among_open(session, originator_id, until=until),
        )
        .group_by(reason)
    )
    found = [NotTonight(reason=name, count=count, minor=int(minor)) for name, count, minor in rows]
    return sorted(found, key=lambda each: (-each.count, each.reason))


def last_refused(session: Session) -> date | None:
    """Return the last night of which a file was rejected by its bank or refused by us, None without one."""
    return session.scalar(select(func.max(File.night_on)).where(File.state.in_(sorted(_GONE))))


def doubtful(session: Session) -> Sequence[File]:
    """Return the files of which nobody knows whether the bank has them."""
    return session.scalars(select(File).where(File.state == FileState.IN_DOUBT).order_by(File.id)).all()
