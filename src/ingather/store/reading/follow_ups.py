"""Reversals, refunds and return fees as people and systems ask for them, with what is still to be done about them."""

from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import Scope
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.store.reading.pages import Listing
from ingather.store.tables import Batch, Case, Entry, Fact, File, FollowUp, Merchant, Order, RuleSet

_MADE = aliased(Entry)
_UNTOLD = frozenset({FollowUpState.SENT, FollowUpState.SETTLED, FollowUpState.DONE})


def listed(
    session: Session, *, state: str | None = None, kind: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return follow-ups, the oldest first, each with its duties."""
    statement = _statement().order_by(FollowUp.id)
    if state is not None:
        statement = statement.where(FollowUp.state == state)
    if kind is not None:
        statement = statement.where(FollowUp.kind == kind)
    rows = session.execute(statement.limit(limit) if limit else statement)
    return [_as_dict(*row) for row in rows]


def shown(session: Session, follow_up_id: int) -> dict[str, Any] | None:
    """Return one follow-up with its debit, its own entry, case, rule rows and facts; None when there is none."""
    found = session.execute(_statement().where(FollowUp.id == follow_up_id)).one_or_none()
    if found is None:
        return None
    row: FollowUp = found[0]
    name = public_id(Prefix.FOLLOW_UP, row.id)
    case = session.scalar(select(Case).where(Case.originator_id == row.originator_id, Case.once == name))
    facts = session.scalars(
        select(Fact).where(Fact.scope == Scope.FOLLOW_UP, Fact.subject_id == row.id).order_by(Fact.seq)
    )
    return _as_dict(*found) | {
        "debit": _entry(session, row.original_entry_id),
        "entry": _entry(session, row.entry_id) if row.entry_id else None,
        "case": None if case is None else {"id": public_id(Prefix.CASE, case.id), "state": case.state},
        "rows": session.execute(select(RuleSet.rows).where(RuleSet.id == row.rule_set_id)).scalar() or [],
        "facts": [{"kind": fact.kind, "on": _day(fact.on_date), "actor": fact.actor, **fact.detail} for fact in facts],
    }


def _statement() -> Select[*tuple[Any, ...]]:
    return (
        select(
            FollowUp, Order.external_id, Order.instalment, Merchant.external_id, Batch.effective_on, Batch.settled_on
        )
        .join(Order, Order.id == FollowUp.order_id)
        .join(Merchant, Merchant.id == FollowUp.merchant_id)
        .outerjoin(_MADE, _MADE.id == FollowUp.entry_id)
        .outerjoin(Batch, Batch.id == _MADE.batch_id)
    )


def _as_dict(
    row: FollowUp,
    external_id: str,
    instalment: int,
    merchant: str,
    effective_on: date | None,
    settled_on: date | None,
) -> dict[str, Any]:
    notice_due = settled_on or effective_on
    return {
        "id": public_id(Prefix.FOLLOW_UP, row.id),
        "kind": row.kind,
        "state": row.state,
        "order": public_id(Prefix.ORDER, row.order_id),
        "external_id": external_id,
        "instalment": instalment,
        "merchant": merchant,
        "amount_minor": row.amount_cents,
        "reason": row.reason,
        "words": row.words,
        "maker": row.maker,
        "checker": row.checker,
        "asked_on": _day(row.asked_on),
        "not_before": _day(row.not_before),
        "last_day": _day(row.last_day),
        "send_by": row.send_by.isoformat() if row.send_by else None,
        "settled_on": _day(row.settled_on),
        "ended_on": _day(row.ended_on),
        "ended_because": row.ended_because,
        "notified_on": _day(row.notified_on),
        "notice_proof": row.notice_proof,
        "notice_due_on": _day(notice_due) if _owes_notice(row) else None,
        "duty": _duty(row, notice_due),
    }


def _owes_notice(row: FollowUp) -> bool:
    """Return whether the buyer must still be told of what is a reversal and on its way, or through."""
    return row.kind == FollowUpKind.REVERSAL and row.notified_on is None and row.state in _UNTOLD


def _duty(row: FollowUp, notice_due: date | None) -> str | None:
    """Return what a person still has to do, None for nothing."""
    if row.state == FollowUpState.ASKED:
        return f"a second person approves it{f' until {row.last_day}' if row.last_day else ''}"
    if _owes_notice(row):
        return f"tell the buyer why{f' by {notice_due}' if notice_due else ''}, and record it"
    return None


def _entry(session: Session, entry_id: int) -> dict[str, Any] | None:
    found = session.execute(
        select(Entry, Batch, File)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .where(Entry.id == entry_id),
    ).one_or_none()
    if found is None:
        return None
    entry, batch, file = found
    return {
        "id": public_id(Prefix.ENTRY, entry.id),
        "kind": entry.kind,
        "entry_class": batch.entry_class,
        "description": batch.entry_description,
        "amount_minor": entry.amount_cents,
        "file_id": public_id(Prefix.FILE, file.id),
        "file": file.name,
        "file_state": file.state,
        "line": entry.line,
        "trace": f"{entry.trace:015d}",
        "effective_on": _day(batch.effective_on),
        "settled_on": _day(batch.settled_on),
        "ended": entry.ended,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


LISTING = Listing(
    statement=_statement,
    key=FollowUp.id,
    shown=lambda _, rows: [_as_dict(*row[:-1]) for row in rows],
    merchant=lambda merchant_id: FollowUp.merchant_id == merchant_id,
    filters={
        "state": FollowUp.state.in_,
        "kind": FollowUp.kind.in_,
        "merchant": lambda name: Merchant.external_id == name,
        "external_id": lambda name: Order.external_id == name,
        "order_id": lambda key: FollowUp.order_id == key,
        "asked_on_gte": lambda day: FollowUp.asked_on >= day,
        "asked_on_lte": lambda day: FollowUp.asked_on <= day,
        "amount_minor_gte": lambda amount: FollowUp.amount_cents >= amount,
        "amount_minor_lte": lambda amount: FollowUp.amount_cents <= amount,
    },
)
"""Reversals, refunds and return fees page by page."""
