"""What each epoch of evidence holds, until when its days run, and what else holds it back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import ColumnElement, LargeBinary, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.corrections import CorrectionState
from ingather.domain.files import FileState
from ingather.domain.keys import EpochState, KeyPurpose
from ingather.domain.orders import OrderState
from ingather.domain.reports import ReportState
from ingather.domain.retention import Hold, ShreddingState
from ingather.store.tables import (
    AuditRecord,
    Authorization,
    Batch,
    Case,
    Correction,
    Entry,
    File,
    FileChunk,
    KeyEpoch,
    Order,
    Report,
    ReportChunk,
    Shredding,
)

_FINAL = (FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS, FileState.REJECTED, FileState.VOIDED)
_MOVING = (OrderState.OPEN, OrderState.SEALED, OrderState.SUBMITTED, OrderState.SETTLED, OrderState.RETURNED)
_UNDECIDED = (CorrectionState.OPEN, CorrectionState.UNMATCHED)
_HEAD = 2
_Keys: TypeAlias = Select[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """One file or report as the certificate counts it; ``last_on`` is the day from which its keeping runs."""

    name: str
    sha256: str
    size: int
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What one epoch sealed."""

    files: tuple[KeptFile, ...] = ()
    reports: tuple[KeptFile, ...] = ()
    corrections: int = 0
    corrections_last_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One thing that holds an epoch back: what it is, how often, and the name of one of them."""

    what: Hold
    count: int
    example: str


def evidence_epochs(session: Session) -> list[KeyEpoch]:
    """Return the epochs of evidence, the oldest first."""
    chosen = select(KeyEpoch).where(KeyEpoch.purpose != KeyPurpose.VALUES).order_by(KeyEpoch.number)
    return list(session.scalars(chosen))


def shredding_of(session: Session, epoch: int) -> Shredding | None:
    """Return the shredding of an epoch that was not refused."""
    chosen = select(Shredding).where(Shredding.epoch == epoch, Shredding.state != ShreddingState.REFUSED)
    return session.scalar(chosen)


def shreddings(session: Session, *states: ShreddingState) -> list[Shredding]:
    """Return the shreddings in these states, the oldest epoch first."""
    return list(session.scalars(select(Shredding).where(Shredding.state.in_(states)).order_by(Shredding.epoch)))


def shredded_epochs(session: Session) -> frozenset[int]:
    """Return the epochs whose evidence nobody can read any more, on purpose: shredded, or being shredded now."""
    done = (ShreddingState.BEGUN, ShreddingState.DONE)
    return frozenset(session.scalars(select(Shredding.epoch).where(Shredding.state.in_(done))))


def destroyed_keks(session: Session) -> frozenset[str]:
    """Return the names of the key-encrypting keys of evidence that the book has destroyed: no host has them."""
    gone = select(KeyEpoch.kek).where(KeyEpoch.state == EpochState.DESTROYED, KeyEpoch.purpose == KeyPurpose.EVIDENCE)
    return frozenset(session.scalars(gone))


def is_shredded(sealed: Sequence[bytes], epochs: frozenset[int]) -> bool:
    """Return whether a value's sealed parts belong to one of these epochs."""
    return any(int.from_bytes(part[:_HEAD], "big") in epochs for part in sealed)


def shredded_reports(session: Session) -> frozenset[int]:
    """Return the keys of the deliveries whose bytes nobody can read any more, on purpose."""
    keys = [key for epoch in shredded_epochs(session) for key in session.scalars(_reports(epoch))]
    return frozenset(keys)


def contents(session: Session, epoch: int) -> Contents:
    """Return what an epoch sealed, files and reports in the order of their keys."""
    settled = (
        select(Batch.file_id, func.max(func.coalesce(Batch.settled_on, Batch.effective_on)).label("last_on"))
        .where(Batch.file_id.in_(_files(epoch)))
        .group_by(Batch.file_id)
        .subquery()
    )
    files = session.execute(
        select(File.name, File.sha256, File.size, func.coalesce(settled.c.last_on, File.effective_on))
        .outerjoin(settled, settled.c.file_id == File.id)
        .where(File.id.in_(_files(epoch)))
        .order_by(File.id)
    ).all()
    reports = session.execute(
        select(Report.name, Report.sha256, Report.size, Report.business_on, Report.received_at)
        .where(Report.id.in_(_reports(epoch)))
        .order_by(Report.id)
    ).all()
    corrections, last_at = session.execute(
        select(func.count(), func.max(Correction.received_at)).where(_under(Correction.corrected_data, epoch))
    ).one()
    return Contents(
        files=tuple(KeptFile(name=row[0], sha256=row[1].hex(), size=row[2], last_on=row[3]) for row in files),
        reports=tuple(
            # It tells of a day and came on one: the later of both is the one that counts.
            KeptFile(name=row[0], sha256=row[1].hex(), size=row[2],
                     last_on=max(row[4].astimezone(NEW_YORK).date(), row[3] or date.min))
            for row in reports
        ),
        corrections=corrections,
        corrections_last_on=last_at.astimezone(NEW_YORK).date() if corrections else None,
    )  # fmt: skip


def holds(session: Session, epoch: int) -> list[Held]:
    """Return what keeps an epoch from being destroyed, whatever its days."""
    entries = Entry.file_id.in_(_files(epoch))
    unsettled = exists().where(Batch.file_id == File.id, Batch.settled_on.is_(None), Batch.rejected.is_(False))
    open_files = (
        select(File.id)
        .where(
            File.id.in_(_files(epoch)),
            File.state.not_in(_FINAL),
            # A bank that acknowledges nothing leaves a file transmitted for ever; it is final once all of it settled.
            or_(File.state != FileState.TRANSMITTED, unsettled),
        )
    )  # fmt: skip
    of_order = exists().where(entries, Entry.order_id == Order.id)
    asked: list[tuple[Hold, Prefix, _Keys]] = [
        (Hold.FILE, Prefix.FILE, open_files),
        (Hold.ORDER, Prefix.ORDER, select(Order.id).where(Order.state.in_(_MOVING), of_order)),
        (Hold.CASE, Prefix.CASE, select(Case.id).where(Case.state == CaseState.OPEN, _about(session, epoch))),
        (
            Hold.LEGAL,
            Prefix.AUTHORIZATION,
            select(Authorization.id).where(
                Authorization.legal_hold.is_(True),
                exists().where(Order.authorization_id == Authorization.id, entries, Entry.order_id == Order.id),
            ),
        ),
        (
            Hold.REPORT,
            Prefix.REPORT,
            select(Report.id).where(
                Report.state == ReportState.KEPT,
                or_(Report.id.in_(_reports(epoch)), Report.bytes_of.in_(_reports(epoch))),
            ),
        ),
        (
            Hold.CHANGE,
            Prefix.CORRECTION,
            select(Correction.id).where(
                Correction.state.in_(_UNDECIDED), _under(Correction.corrected_data, epoch)
            ),
        ),
    ]  # fmt: skip
    found = [(what, prefix, _counted(session, keys)) for what, prefix, keys in asked]
    return [
        Held(what=what, count=count, example=public_id(prefix, first))
        for what, prefix, (count, first) in found
        if count
    ]


def _counted(session: Session, keys: _Keys) -> tuple[int, int]:
    found = keys.subquery()
    count, first = session.execute(select(func.count(), func.min(found.c.id))).one()
    return int(count), int(first or 0)


def _about(session: Session, epoch: int) -> ColumnElement[bool]:
    """Return which cases are about an order, an entry, a file or a report of an epoch."""
    files, reports = session.scalars(_files(epoch)).all(), session.scalars(_reports(epoch)).all()
    subjects = [public_id(Prefix.FILE, key) for key in files] + [public_id(Prefix.REPORT, key) for key in reports]
    told = [each.sha256.hex() for each in session.execute(select(Report.sha256).where(Report.id.in_(reports)))]
    mine = and_(Entry.file_id.in_(_files(epoch)), or_(Entry.order_id == Case.order_id, Entry.id == Case.entry_id))
    return or_(exists().where(mine), Case.subject.in_(subjects), func.substr(Case.once, 1, 64).in_(told))


def _files(epoch: int) -> _Keys:
    return select(FileChunk.file_id).where(_under(FileChunk.content, epoch))


def _reports(epoch: int) -> _Keys:
    return select(ReportChunk.report_id).where(_under(ReportChunk.content, epoch))


def _under(column: InstrumentedAttribute[bytes], epoch: int) -> ColumnElement[bool]:
    head = func.substr(column, 1, _HEAD, type_=LargeBinary)
    return head == literal(epoch.to_bytes(_HEAD, "big"), LargeBinary)


def uncertified(session: Session) -> int:
    """Return how many epochs of evidence are destroyed without a certificate, or certified and not destroyed."""
    certified = exists().where(Shredding.epoch == KeyEpoch.number, Shredding.state == ShreddingState.DONE)
    destroyed = KeyEpoch.state == EpochState.DESTROYED
    wrong = case(
        (and_(destroyed, KeyEpoch.purpose == KeyPurpose.EVIDENCE), ~certified), else_=and_(~destroyed, certified)
    )
    return session.execute(select(func.count()).select_from(KeyEpoch).where(wrong)).scalar_one()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """What the audit chain says of a certificate: its hash, the record's number, and the record's own hash."""

    sha256: str
    seq: int
    record: str


def certified(session: Session, subject: str) -> Certified | None:
    """Return the record by which a certificate was given; None when there is none."""
    chosen = (
        select(AuditRecord.seq, AuditRecord.hash, AuditRecord.detail)
        .where(AuditRecord.verb == "finish_shredding", AuditRecord.subject == subject)
        .order_by(AuditRecord.seq.desc())
        .limit(1)
    )
    row = session.execute(chosen).one_or_none()
    if row is None:
        return None
    return Certified(sha256=json.loads(row.detail)["certificate"], seq=row.seq, record=row.hash.hex())
