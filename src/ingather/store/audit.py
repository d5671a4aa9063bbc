"""The audit chain: each record's hash covers the one before it, so that nothing in between is changed quietly."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Select, Table, insert, select
from sqlalchemy.orm import Session

from ingather.base.dates import to_micros
from ingather.domain.audit import GENESIS, Anchor, Fault, Row, Walk, judge_anchors, record_hash, walk
from ingather.store.asking import Value, asked
from ingather.store.driver import driver_of
from ingather.store.engine import is_postgresql
from ingather.store.tables import AuditRecord
from ingather.store.turns import take_turn

_AT_ONCE: Final = 5_000
_COLUMNS: Final = "seq, at, actor, verb, subject, detail, previous, hash"
_HEAD = select(AuditRecord.seq, AuditRecord.hash).order_by(AuditRecord.seq.desc()).limit(1)
_APPEND = insert(cast("Table", AuditRecord.__table__))


@asked()
def _hash_at(seq: Value) -> Select[bytes]:
    return select(AuditRecord.hash).where(AuditRecord.seq == seq)


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

    On PostgreSQL whoever extends the chain takes turns: two transactions never extend the same head.
    """
    take_turn(session)
    seq, previous = head(session)
    content = json.dumps(detail, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # What the action has changed so far is written before its record.
    session.flush()
    session.execute(
        _APPEND,
        {
            "seq": seq + 1,
            "at": at,
            "actor": actor,
            "verb": verb,
            "subject": subject,
            "detail": content,
            "previous": previous,
            "hash": record_hash(previous, seq + 1, to_micros(at), actor, verb, subject, content),
        },
    )


def head(session: Session) -> tuple[int, bytes]:
    """Return the number and hash of the last record; 0 and zeros for an empty chain."""
    row = session.execute(_HEAD).one_or_none()
    return (row.seq, row.hash) if row else (0, GENESIS)


def holds(session: Session, seq: int, value: bytes) -> bool:
    """Return whether the chain has a record with this number and hash; every chain holds the empty one's head."""
    return (_hash_of(session, seq) == value) if seq else value == GENESIS


def first_fault(session: Session, *, last: int | None = None) -> Fault | None:
    """Return the first fault of the chain in itself, None for a whole one.

    With ``last`` only so many records at the end are followed, from the one before them as it stands.
    """
    first = 1 if last is None else max(1, head(session)[0] - last + 1)
    return walked(session, first=first).fault


def judge(session: Session, anchors: Sequence[Anchor] = (), *, first: int = 1) -> tuple[Walk, Fault | None]:
    """Follow the chain from a record on and compare it with anchors; returns how far it follows and what is wrong.

    Of what lies before ``first`` the hashes are taken as they stand.
    """
    done = walked(session, first=first, wanted=[each.seq for each in anchors])
    return done, done.fault or judge_anchors(done, anchors)


def walked(session: Session, *, first: int = 1, wanted: Iterable[int] = ()) -> Walk:
    """Follow the chain from a record on, in constant memory; ``wanted`` are records whose hashes are returned."""
    asked = frozenset(wanted)
    start = GENESIS if first == 1 else _hash_of(session, first - 1)
    if start is None:
        # Without the record before it nothing says what the first one should follow.
        return walk(rows(session, first=first - 1), after=(first - 2, GENESIS), place_of=lambda _: None)
    done = walk(
        rows(session, first=None if first == 1 else first),
        after=(first - 1, start),
        wanted=asked,
        place_of=lambda value: _place_of(session, value),
    )
    earlier = {seq: _hash_of(session, seq) for seq in asked if 0 < seq < first}
    return Walk(
        seq=done.seq,
        hash=done.hash,
        fault=done.fault,
        found={**done.found, **{seq: value for seq, value in earlier.items() if value is not None}},
    )


def rows(session: Session, *, first: int | None = None, last: int | None = None) -> Iterator[Row]:
    """Yield the records as they stand, in the order of their numbers; without ``first`` also what stands before 1."""
    bounds = [f"seq {sign} {int(each)}" for sign, each in ((">=", first), ("<=", last)) if each is not None]
    where = f" WHERE {' AND '.join(bounds)}" if bounds else ""
    statement = f"SELECT {_COLUMNS} FROM audit{where} ORDER BY seq"  # noqa: S608 -- names of ours, and whole numbers
    with driver_of(session.connection(), "the audit trail") as driver:
        yield from (_of_postgresql if is_postgresql(session) else _of_sqlite)(driver, statement)


def _of_postgresql(driver: Any, statement: str) -> Iterator[Row]:  # noqa: ANN401 -- the driver's own connection
    # A cursor of the server's, in binary: a million records are never in memory, and their hashes not written as text.
    with driver.cursor(name="audit_rows", binary=True) as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(statement)
        while found := cursor.fetchmany(_AT_ONCE):
            yield from found


def _of_sqlite(driver: sqlite3.Connection, statement: str) -> Iterator[Row]:
    with closing(driver.cursor()) as cursor:
        cursor.arraysize = _AT_ONCE
        cursor.execute(statement)
        strict, done = driver.text_factory, False
        try:
            # What somebody wrote past us may be no UTF-8: such a record is to be named, not to end the reading.
            driver.text_factory = _lenient
            while not done:
                found = cursor.fetchmany()
                done = not found
                driver.text_factory = strict
                yield from found
                driver.text_factory = _lenient
        finally:
            driver.text_factory = strict


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _hash_of(session: Session, seq: int) -> bytes | None:
    return session.execute(*_hash_at(seq=seq)).scalar_one_or_none()


def _place_of(session: Session, value: bytes) -> int | None:
    return session.execute(select(AuditRecord.seq).where(AuditRecord.hash == value).limit(1)).scalar_one_or_none()
