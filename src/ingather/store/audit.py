"""The audit chain: each record's hash covers the one before it, so that nothing in between is changed quietly."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ingather.base.dates import to_micros
from ingather.store.engine import is_postgresql
from ingather.store.tables import AuditRecord

GENESIS = bytes(32)


def append(
    session: Session,
    *,
    at: datetime,
    actor: str,
    verb: str,
    subject: str,
    detail: Mapping[str, Any],
) -> None:
    """Add one record to the chain, in the caller's transaction.

    On PostgreSQL the table is locked first: two transactions never extend the same head.
    """
    if is_postgresql(session):
        session.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
    seq, previous = head(session)
    content = json.dumps(detail, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    session.add(
        AuditRecord(
            seq=seq + 1,
            at=at,
            actor=actor,
            verb=verb,
            subject=subject,
            detail=content,
            previous=previous,
            hash=_hash(previous, seq=seq + 1, at=at, actor=actor, verb=verb, subject=subject, detail=content),
        ),
    )
    session.flush()


def head(session: Session) -> tuple[int, bytes]:
    """Return the number and hash of the last record; 0 and zeros for an empty chain."""
    statement = select(AuditRecord.seq, AuditRecord.hash).order_by(AuditRecord.seq.desc()).limit(1)
    row = session.execute(statement).one_or_none()
    return (row.seq, row.hash) if row else (0, GENESIS)


def holds(session: Session, seq: int, value: bytes) -> bool:
    """Return whether the chain has a record with this number and hash; every chain holds the empty one's head."""
    found = session.execute(select(AuditRecord.hash).where(AuditRecord.seq == seq)).scalar_one_or_none()
    return found == value if seq else value == GENESIS


def first_fault(session: Session, *, last: int | None = None) -> int | None:
    """Return the number of the first record that does not follow from the one before it, None for a whole chain.

    With ``last`` only so many records at the end are followed, from the one before them as it stands.
    """
    previous, expected = GENESIS, 1
    if last is not None and (start := head(session)[0] - last) > 0:
        found = session.execute(select(AuditRecord.hash).where(AuditRecord.seq == start)).scalar_one_or_none()
        if found is None:
            return start
        previous, expected = found, start + 1
    chain = (
        select(AuditRecord)
        .where(AuditRecord.seq >= expected)
        .order_by(AuditRecord.seq)
        .execution_options(yield_per=1000)
    )
    with closing(session.scalars(chain)) as records:
        for record in records:
            computed = _hash(
                previous,
                seq=record.seq,
                at=record.at,
                actor=record.actor,
                verb=record.verb,
                subject=record.subject,
                detail=record.detail,
            )
            if record.seq != expected or record.previous != previous or record.hash != computed:
                return expected
            previous, expected = record.hash, expected + 1
    return None


def _hash(previous: bytes, *, seq: int, at: datetime, actor: str, verb: str, subject: str, detail: str) -> bytes:
    content = json.dumps([seq, to_micros(at), actor, verb, subject, detail], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + content.encode()).digest()
