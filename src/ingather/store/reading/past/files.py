"""Files as they were known at an instant: their bytes never change, their states and settlements are told by facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.store.among import AT_ONCE
from ingather.store.reading import files
from ingather.store.reading.past.known import FactColumns, Told, facts_known
from ingather.store.tables import AuditRecord, File

_BACK = ("note_untouched", "resolve_doubt")
_ANSWERS = (
    (FactKind.VOIDED, FileState.VOIDED),
    (FactKind.REJECTED, FileState.REJECTED),
    (FactKind.ACCEPTED, FileState.ACCEPTED),
    (FactKind.PENDED, FileState.PENDED),
    (FactKind.TRANSMITTED, FileState.TRANSMITTED),
)
"""What decides a file's state, the word that weighs most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileThen:
    """What was known of a file: its state, when it was proven at the bank, and why it was voided."""

    state: FileState
    transmitted_at: datetime | None
    void_reason: str | None


def states_known(session: Session, file_ids: Sequence[int], at: datetime) -> dict[int, FileThen]:
    """Return what was known of files by their keys; those sealed later are left out."""
    facts = facts_known(session, Scope.FILE, file_ids, at)
    columns = FactColumns(facts)
    newest = {kind: columns.newest(kind) for kind in FactKind}
    answered = {key for kind, _ in _ANSWERS for key in newest[kind]}
    # A doubt may come without a sending: of a file that somebody else had laid in the bank's folder.
    sent = sorted((newest[FactKind.SENDING].keys() | newest[FactKind.IN_DOUBT].keys()) - answered)
    back = _came_back(session, sent, at)
    found: dict[int, FileThen] = {}
    for key in newest[FactKind.SEALED]:
        transmitted, voided = newest[FactKind.TRANSMITTED].get(key), newest[FactKind.VOIDED].get(key)
        found[key] = FileThen(
            state=_state(key, columns, newest, back),
            transmitted_at=transmitted.at if transmitted else None,
            void_reason=voided.detail.get("reason") if voided else None,
        )
    return found


def _state(
    key: int, columns: FactColumns, newest: dict[FactKind, dict[int, Told]], back: dict[tuple[int, str], int]
) -> FileState:
    for kind, state in _ANSWERS:
        if (fact := newest[kind].get(key)) is not None:
            partly = state is FileState.ACCEPTED and fact.detail.get("rejected")
            return FileState.ACCEPTED_WITH_REJECTS if partly else state
    sendings = len([fact for fact in columns.of(FactKind.SENDING) if fact.subject == key])
    doubts = len([fact for fact in columns.of(FactKind.IN_DOUBT) if fact.subject == key])
    # Each sending ends untouched, in doubt or at the bank; each doubt by the bank's word.
    if sendings > doubts + back.get((key, "note_untouched"), 0):
        return FileState.SENDING
    if doubts > back.get((key, "resolve_doubt"), 0):
        return FileState.IN_DOUBT
    approved, withdrawn = newest[FactKind.APPROVED].get(key), newest[FactKind.WITHDRAWN].get(key)
    stands = approved is not None and (withdrawn is None or approved.seq > withdrawn.seq)
    return FileState.APPROVED if stands else FileState.SEALED


def _came_back(session: Session, file_ids: Sequence[int], at: datetime) -> dict[tuple[int, str], int]:
    """Return how often files on their way were found untouched, or their doubts cleared up, by key and verb."""
    names = {public_id(Prefix.FILE, key): key for key in file_ids}
    found: dict[tuple[int, str], int] = {}
    listed = sorted(names)
    for start in range(0, len(listed), AT_ONCE):
        rows = session.execute(
            select(AuditRecord.subject, AuditRecord.verb).where(
                AuditRecord.subject.in_(listed[start : start + AT_ONCE]),
                AuditRecord.verb.in_(_BACK),
                AuditRecord.at <= at,
            )
        )
        for subject, verb in rows:
            key = (names[subject], verb)
            found[key] = found.get(key, 0) + 1
    return found


def listed(session: Session, at: datetime) -> list[dict[str, Any]]:
    """Return every file that was sealed by an instant as it was known then, oldest first."""
    rows = session.scalars(select(File).where(File.sealed_at <= at).order_by(File.id)).all()
    then: dict[int, FileThen] = {}
    for start in range(0, len(rows), AT_ONCE):
        then |= states_known(session, [row.id for row in rows[start : start + AT_ONCE]], at)
    return [files.as_dict(row) | _then(then[row.id]) | {"known_at": at} for row in rows if row.id in then]


def _then(known: FileThen) -> dict[str, Any]:
    return {
        "state": known.state,
        "transmitted_at": known.transmitted_at.isoformat() if known.transmitted_at else None,
        "void_reason": known.void_reason,
    }


def shown(session: Session, file_id: int, at: datetime) -> dict[str, Any] | None:
    """Return one file with its batches and approvals as known at an instant; None when there was none."""
    found = files.shown(session, file_id)
    known = states_known(session, [file_id], at).get(file_id)
    if found is None or known is None:
        return None
    keys = {row["id"]: parse_public_id(Prefix.BATCH, row["id"]) for row in found["batch_list"]}
    columns = FactColumns(facts_known(session, Scope.BATCH, list(keys.values()), at))
    settled, rejected = columns.newest(FactKind.SETTLED), columns.newest(FactKind.REJECTED)
    batches = []
    for row in found["batch_list"]:
        fact = settled.get(keys[row["id"]])
        batches.append(
            row
            | {
                "settled_on": fact.on.isoformat() if fact else None,
                "settlement_basis": fact.detail.get("basis") if fact else None,
                "rejected": keys[row["id"]] in rejected or known.state is FileState.REJECTED,
            }
        )
    approvals = [row for row in found["approvals"] if datetime.fromisoformat(row["decided_at"]) <= at]
    return found | _then(known) | {"batch_list": batches, "approvals": approvals, "known_at": at}
