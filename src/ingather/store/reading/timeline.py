"""The life of one order as one story: what was asked, decided, written, sent, told by the bank, and booked.

Each moment has its evidence: the call and its key, the fact's number, the line and columns of a file, the line of a
report, a row of the ledger. What belongs to all merchants at once is left out for a reader bound to one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.facts import Scope
from ingather.domain.ledger import JournalKind
from ingather.nacha.records import layout_of
from ingather.rules.return_codes import return_reason
from ingather.store.tables import (
    AnsweredCall,
    Approval,
    AuditRecord,
    Batch,
    Case,
    Entry,
    Fact,
    File,
    FollowUp,
    Order,
    Posting,
    Report,
    ReportedSettlement,
    Return,
)

_ENTRY_FIELDS = ("amount", "identification_number", "trace_number")
_PREFIXES = {
    Scope.ORDER: Prefix.ORDER,
    Scope.ENTRY: Prefix.ENTRY,
    Scope.BATCH: Prefix.BATCH,
    Scope.FILE: Prefix.FILE,
    Scope.AUTHORIZATION: Prefix.AUTHORIZATION,
    Scope.CASE: Prefix.CASE,
    Scope.RETURN: Prefix.RETURN,
    Scope.FOLLOW_UP: Prefix.FOLLOW_UP,
}
_OF_ALL_MERCHANTS = frozenset({Scope.FILE, Scope.BATCH, Scope.CASE})
_SAME_MOMENT = {"recorded": 0, "call": 1, "entry": 2, "approval": 3, "fact": 4, "bank": 5, "ledger": 6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened: when, of which sort, in a sentence, by whom, and what proves it."""

    at: datetime
    kind: str
    sentence: str
    actor: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Everything the book has about one order, as rows."""

    order: Order
    entries: Sequence[tuple[Entry, Batch, File]]
    returns: Sequence[tuple[Return, Report | None]]
    cases: Sequence[Case]
    follow_ups: Sequence[FollowUp]


def life_of(session: Session, order_id: int) -> Life | None:
    """Return an order with its entries, returns, cases and follow-ups; None when there is none."""
    order = session.get(Order, order_id)
    if order is None:
        return None
    entries = session.execute(
        select(Entry, Batch, File)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .where(Entry.order_id == order_id)
        .order_by(Entry.id)
    )
    returns = session.execute(
        select(Return, Report)
        .outerjoin(Report, Report.id == Return.report_id)
        .where(Return.order_id == order_id)
        .order_by(Return.id)
    )
    return Life(
        order=order,
        entries=[(row[0], row[1], row[2]) for row in entries],
        returns=[(row[0], row[1]) for row in returns],
        cases=session.scalars(select(Case).where(Case.order_id == order_id).order_by(Case.id)).all(),
        follow_ups=session.scalars(select(FollowUp).where(FollowUp.order_id == order_id).order_by(FollowUp.id)).all(),
    )


def moments_of(session: Session, life: Life, *, bound: bool = False) -> list[Moment]:
    """Return what happened, in the order in which it did; ``bound`` leaves out what is not one merchant's."""
    found = [_recorded(life.order), *_calls(session, life.order), *_entries(life), *_facts(session, life, bound=bound)]
    found += _bank(session, life)
    if not bound:
        found += [*_approvals(session, life), *_ledger(session, life)]
    return sorted(found, key=lambda moment: (moment.at, _SAME_MOMENT[moment.kind]))


def _recorded(order: Order) -> Moment:
    return Moment(
        at=order.created_at,
        kind="recorded",
        sentence=f"Order {order.external_id}, instalment {order.instalment}, was recorded: {order.amount_minor} minor "
        f"units of {order.currency}, due on {order.due_on}.",
        evidence={"id": public_id(Prefix.ORDER, order.id), "reference": encode_key(order.id)},
    )


def _calls(session: Session, order: Order) -> Iterator[Moment]:
    rows = session.scalars(select(AnsweredCall).where(AnsweredCall.subject_id == order.id))
    for row in rows:
        yield Moment(
            at=row.answered_at,
            kind="call",
            sentence=f"{row.route} was answered {row.status}.",
            actor=row.caller,
            evidence={"route": row.route, "status": row.status, "idempotency_key": row.key},
        )


def _entries(life: Life) -> Iterator[Moment]:
    """Tell of each entry where it stands in its file: its line, and the columns of amount, reference and trace."""
    for entry, batch, file in life.entries:
        layout = layout_of(b"6".ljust(94), standard_entry_class=batch.entry_class)
        fields = {} if layout is None else {each.name: [each.start, each.end] for each in layout.fields}
        yield Moment(
            at=file.sealed_at,
            kind="entry",
            sentence=f"A {entry.kind} of {entry.amount_cents} cents was written as line {entry.line} of file "
            f"{file.name}, to settle on {batch.effective_on}.",
            actor=file.maker,
            evidence={
                "entry": public_id(Prefix.ENTRY, entry.id),
                "file": public_id(Prefix.FILE, file.id),
                "file_name": file.name,
                "file_sha256": file.sha256.hex(),
                "line": entry.line,
                "columns": {name: fields[name] for name in _ENTRY_FIELDS if name in fields},
                "trace": f"{entry.trace:015d}",
                "presentation": entry.presentation,
                "entry_class": batch.entry_class,
                "description": batch.entry_description,
                "ended": entry.ended,
            },
        )


def _approvals(session: Session, life: Life) -> Iterator[Moment]:
    files = {file.id: file for _, _, file in life.entries}
    rows = session.scalars(select(Approval).where(Approval.file_id.in_(sorted(files))).order_by(Approval.id))
    for row in rows:
        yield Moment(
            at=row.decided_at,
            kind="approval",
            sentence=f"File {files[row.file_id].name}, made by {row.maker}, was {row.decision}.",
            actor=row.checker,
            evidence={
                "file": public_id(Prefix.FILE, row.file_id),
                "decision": row.decision,
                "sha256": row.sha256.hex(),
                "reason": row.reason,
            },
        )


def _facts(session: Session, life: Life, *, bound: bool) -> Iterator[Moment]:
    subjects: dict[Scope, Iterable[int]] = {
        Scope.ORDER: [life.order.id],
        Scope.AUTHORIZATION: [life.order.authorization_id],
        Scope.ENTRY: [entry.id for entry, _, _ in life.entries],
        Scope.BATCH: [batch.id for _, batch, _ in life.entries],
        Scope.FILE: [file.id for _, _, file in life.entries],
        Scope.RETURN: [row.id for row, _ in life.returns],
        Scope.FOLLOW_UP: [row.id for row in life.follow_ups],
        Scope.CASE: [row.id for row in life.cases],
    }
    about = [
        and_(Fact.scope == scope, Fact.subject_id.in_(sorted(set(keys)))) for scope, keys in subjects.items() if keys
    ]
    audited = _audited(session, life.order)
    for row in session.scalars(select(Fact).where(or_(*about)).order_by(Fact.seq)):
        scope = Scope(row.scope)
        if scope is Scope.AUTHORIZATION and row.recorded_at < life.order.created_at:
            continue
        named = public_id(_PREFIXES[scope], row.subject_id)
        evidence = {"fact": row.seq, "kind": row.kind, "about": named, "on": row.on_date.isoformat()}
        evidence["detail"] = _plain(row.detail)
        if row.recorded_at in audited:
            evidence["audit"] = audited[row.recorded_at]
        yield Moment(
            at=row.recorded_at,
            kind="fact",
            sentence=f"The {scope.replace('_', ' ')} {named}: {row.kind.replace('_', ' ')} on {row.on_date}"
            + (f", {row.detail['reason']}." if row.detail.get("reason") else "."),
            actor=None if bound and scope in _OF_ALL_MERCHANTS else row.actor,
            evidence=evidence,
        )


def _plain(detail: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name != "text"}


def _audited(session: Session, order: Order) -> dict[datetime, int]:
    """Return the numbers of the audit records about an order, by their instant."""
    name = public_id(Prefix.ORDER, order.id)
    rows = session.execute(select(AuditRecord.at, AuditRecord.seq).where(AuditRecord.subject == name))
    return {row.at: row.seq for row in rows}


def _bank(session: Session, life: Life) -> Iterator[Moment]:
    """Tell what the bank's reports said: the returns, and the settlements of the batches."""
    for row, report in life.returns:
        reason = return_reason(row.code, on=row.returned_on or row.received_at.date())
        told = f"{row.code}, {reason.title.lower()}" if reason else f"{row.code}, which no table knows"
        yield Moment(
            at=row.received_at,
            kind="bank",
            sentence=f"The bank returned the entry: {told}"
            + (f", settled on {row.returned_on}." if row.returned_on else ", without saying when it settled."),
            evidence={
                "return": public_id(Prefix.RETURN, row.id),
                "code": row.code,
                "meaning": reason.meaning if reason else None,
                "report": public_id(Prefix.REPORT, row.report_id),
                "report_name": report.name if report else None,
                "line": row.line,
                "return_trace": f"{row.return_trace:015d}",
                "matched_by": row.matched_by,
                "applied": row.applied,
                "late": row.late,
            },
        )
    batches = sorted({batch.id for _, batch, _ in life.entries})
    rows = session.execute(
        select(ReportedSettlement, Report)
        .join(Report, Report.id == ReportedSettlement.report_id)
        .where(ReportedSettlement.batch_id.in_(batches))
        .order_by(ReportedSettlement.id)
    )
    for settled, report in rows:
        yield Moment(
            at=report.received_at,
            kind="bank",
            sentence=f"The bank told that the batch settled on {settled.settled_on}.",
            evidence={
                "batch": public_id(Prefix.BATCH, settled.batch_id or 0),
                "report": public_id(Prefix.REPORT, report.id),
                "report_name": report.name,
                "line": settled.line,
                "bank_ref": settled.bank_ref,
            },
        )


def _ledger(session: Session, life: Life) -> Iterator[Moment]:
    """Tell what was booked for the order's batches; a line is of the whole batch and merchant, never of one order."""
    batches = sorted({batch.id for _, batch, _ in life.entries})
    rows = session.scalars(
        select(Posting)
        .where(
            Posting.originator_id == life.order.originator_id,
            Posting.kind.in_(list(JournalKind)),
            Posting.batch_id.in_(batches),
            Posting.merchant_id == life.order.merchant_id,
        )
        .order_by(Posting.id)
    )
    for row in rows:
        yield Moment(
            at=row.recorded_at,
            kind="ledger",
            sentence=f"{row.kind.replace('_', ' ')}: {row.amount_minor} on {row.account}, for the whole batch.",
            evidence={
                "batch": public_id(Prefix.BATCH, row.batch_id),
                "kind": row.kind,
                "account": row.account,
                "amount_minor": row.amount_minor,
                "currency": row.currency,
                "on": row.on_date.isoformat(),
            },
        )
