"""The audit trail as people look at it: records by actor, verb, subject and time, and where its heads were kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.audit import AnchorPlace
from ingather.domain.restored import RestoredState
from ingather.store.asking import Value, asked
from ingather.store.reading.pages import Listing
from ingather.store.tables import AuditAnchor, AuditRecord, Restoration

_LAST_VERB = select(AuditRecord.verb).order_by(AuditRecord.seq.desc()).limit(1)
_LAST_ANCHORS = select(AuditAnchor).where(
    AuditAnchor.id.in_(select(func.max(AuditAnchor.id)).group_by(AuditAnchor.place))
)
_RELEASED = select(Restoration.head_seq, Restoration.begun_at).where(Restoration.state == RestoredState.RELEASED)


@asked("numbers")
def _hashes_at(numbers: Value) -> Select[int, bytes]:
    return select(AuditRecord.seq, AuditRecord.hash).where(AuditRecord.seq.in_(numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAnchor:
    """The last attempt to keep a head at a place; ``fault`` is what went wrong, None where it is kept."""

    seq: int
    hash: bytes
    at: datetime
    fault: str | None


def record_shown(session: Session, seq: int) -> dict[str, Any] | None:
    """Return a record by its number; None when there is none."""
    found = session.execute(select(AuditRecord).where(AuditRecord.seq == seq)).all()
    return _records(session, found)[0] if found else None


def last_verb(session: Session) -> str | None:
    """Return what the last record is about, None for an empty chain."""
    return session.execute(_LAST_VERB).scalar()


def last_anchors(session: Session) -> dict[AnchorPlace, LastAnchor]:
    """Return the last attempt to keep a head at each place."""
    rows = session.scalars(_LAST_ANCHORS)
    return {AnchorPlace(row.place): LastAnchor(seq=row.seq, hash=row.hash, at=row.at, fault=row.fault) for row in rows}


def kept_heads(session: Session, *, most: int | None = None) -> list[tuple[int, bytes]]:
    """Return the heads that the book says were kept somewhere, the newest first."""
    statement = select(AuditAnchor.seq, AuditAnchor.hash).where(AuditAnchor.fault.is_(None))
    rows = session.execute(statement.order_by(AuditAnchor.id.desc()).limit(most))
    return list(dict.fromkeys((row.seq, row.hash) for row in rows))


def released_restorations(session: Session) -> list[tuple[int, datetime]]:
    """Return of each copy that was released in a lost book's place its head, and when it was found to be one."""
    return [(row.head_seq, row.begun_at) for row in session.execute(_RELEASED)]


def hashes_at(session: Session, numbers: Sequence[int]) -> dict[int, bytes]:
    """Return the hashes of records as they stand."""
    rows = session.execute(*_hashes_at(numbers=numbers))
    return {row.seq: row.hash for row in rows}


def _records(_: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    return [_record(row.AuditRecord) for row in rows]


def _record(row: AuditRecord) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.AUDIT, row.seq),
        "sequence": row.seq,
        "at": row.at.isoformat(),
        "actor": row.actor,
        "verb": row.verb,
        "subject": row.subject,
        "detail": json.loads(row.detail),
        "previous": row.previous.hex(),
        "hash": row.hash.hex(),
    }


RECORDS = Listing(
    statement=lambda: select(AuditRecord),
    key=AuditRecord.seq,
    shown=_records,
    filters={
        "actor": lambda actor: AuditRecord.actor == actor,
        "verb": lambda verb: AuditRecord.verb == verb,
        "verbs": AuditRecord.verb.in_,
        "subject": lambda subject: AuditRecord.subject == subject,
        "since": lambda since: AuditRecord.at >= since,
        "until": lambda until: AuditRecord.at <= until,
    },
)
"""Records of the audit chain, by their numbers."""
