"""Returns as people and systems ask for them: what the bank said, what was decided, and on which rule rows."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.returns import DisputeState
from ingather.rules.dishonours import every_disputable_case
from ingather.rules.return_codes import return_reason, return_reasons
from ingather.store.reading.disputes import allowed_as_dict, allowed_dishonours, disputes_of
from ingather.store.reading.pages import Listing
from ingather.store.tables import Batch, Case, Dispute, Entry, Merchant, OdfiRequest, Order, Return, RuleSet


def listed(
    session: Session,
    *,
    code: str | None = None,
    timeliness: str | None = None,
    applied: bool | None = None,
    on: date | None = None,
    disputable: bool = False,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Return returns, the newest first; ``applied`` false gives those that fit no entry or came twice.

    ``on`` is the day they settled; ``disputable`` leaves only what can be dishonored and is in no dispute yet.
    """
    statement = _statement().order_by(Return.id.desc())
    if code is not None:
        statement = statement.where(Return.code == code)
    if timeliness is not None:
        statement = statement.where(Return.timeliness == timeliness)
    if applied is not None:
        statement = statement.where(Return.applied.is_(applied))
    if on is not None:
        statement = statement.where(Return.returned_on == on)
    if disputable:
        statement = statement.where(_disputable(), Return.undone_on.is_(None), Return.replaced_by.is_(None))
    rows = session.execute(statement.limit(limit) if limit else statement).all()
    found = _with_disputes(session, rows)
    return [row for row in found if row["can_dishonour"]] if disputable else found


def shown(session: Session, return_id: int) -> dict[str, Any] | None:
    """Return one return with its rule rows, disputes, cases and what was asked of the ODFI; None when there is none."""
    found = session.execute(_statement().where(Return.id == return_id)).one_or_none()
    if found is None:
        return None
    row = found[0]
    rows = session.execute(select(RuleSet.rows).where(RuleSet.id == row.rule_set_id)).scalar() or []
    cases = session.scalars(select(Case).where(_about(row)).order_by(Case.id)).all()
    of_entry = OdfiRequest.entry_id == row.entry_id if row.entry_id else false()
    asked = session.scalars(
        select(OdfiRequest).where(or_(of_entry, OdfiRequest.about_id == row.id)).order_by(OdfiRequest.id)
    ).all()
    (listing,) = _with_disputes(session, [found])
    return listing | {
        "entry": public_id(Prefix.ENTRY, row.entry_id) if row.entry_id else None,
        "original_trace": f"{row.original_trace:015d}",
        "return_trace": f"{row.return_trace:015d}",
        "matched_by": row.matched_by,
        "clawed_back": row.clawed_back,
        "information": row.information.strip(),
        "rows": list(rows),
        "disputes": disputes_of(session, [row.id]).get(row.id, []),
        "cases": [
            {
                "id": public_id(Prefix.CASE, case.id),
                "kind": case.kind,
                "state": case.state,
                "due_on": case.due_on.isoformat() if case.due_on else None,
                "sentence": case.sentence,
                "outcome": case.outcome,
            }
            for case in cases
        ],
        "asked": [
            {
                "id": public_id(Prefix.REQUEST, each.id),
                "kind": each.kind,
                "state": each.state,
                "code": each.code,
                "on": each.asked_on.isoformat(),
                "due_on": each.due_on.isoformat() if each.due_on else None,
                "answered_on": each.answered_on.isoformat() if each.answered_on else None,
                "outcome": each.outcome,
                "actor": each.actor,
                "reason": each.reason,
            }
            for each in asked
        ],
        "open": any(case.state == CaseState.OPEN for case in cases),
    }


def _about(row: Return) -> ColumnElement[bool]:
    """Return which cases are about a return: those of its entry, of itself, and of its disputes."""
    of_itself = (Case.originator_id == row.originator_id) & or_(
        Case.once == row.item_key.hex(), Case.subject == public_id(Prefix.RETURN, row.id)
    )
    return or_(of_itself, Case.entry_id == row.entry_id) if row.entry_id else of_itself


def _disputable() -> ColumnElement[bool]:
    """Return which returns something is wrong with by a case of theirs, and nobody disputes."""
    kinds = sorted(every_disputable_case())
    # A return's case is known by its item's hash or, where it was opened for the return itself, by its name.
    wrong = exists().where(
        Case.originator_id == Return.originator_id,
        Case.kind.in_(kinds),
        Case.state == CaseState.OPEN,
        or_(Case.entry_id == Return.entry_id, Return.entry_id.is_(None) & Return.applied.is_(False)),
    )
    disputed = exists().where(Dispute.return_id == Return.id, Dispute.state != DisputeState.WITHDRAWN)
    return wrong & ~disputed


def _with_disputes(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    returned: list[Return] = [each[0] for each in rows]
    allowed = allowed_dishonours(session, returned)
    disputes = disputes_of(session, [row.id for row in returned])
    found = []
    for row, external_id, entry_class, effective_on, merchant, *_ in rows:
        standing = [each for each in disputes.get(row.id, []) if each["state"] != DisputeState.WITHDRAWN]
        over = standing or row.undone_on is not None or row.replaced_by is not None
        found.append(
            _as_dict(row, external_id, entry_class)
            | {
                "merchant": merchant,
                "effective_on": effective_on.isoformat() if effective_on else None,
                "dispute": standing[-1] if standing else None,
                "can_dishonour": [] if over else [allowed_as_dict(each) for each in allowed.get(row.id, ())],
            },
        )
    return found


def _statement() -> Select[*tuple[Any, ...]]:
    return (
        select(Return, Order.external_id, Batch.entry_class, Batch.effective_on, Merchant.external_id)
        .outerjoin(Order, Order.id == Return.order_id)
        .outerjoin(Merchant, Merchant.id == Order.merchant_id)
        .outerjoin(Entry, Entry.id == Return.entry_id)
        .outerjoin(Batch, Batch.id == Entry.batch_id)
    )


def _as_dict(row: Return, external_id: str | None, entry_class: str | None) -> dict[str, Any]:
    day = row.returned_on or row.received_at.astimezone(NEW_YORK).date()
    reason = return_reason(row.code, on=day, information=row.information)
    return {
        "id": public_id(Prefix.RETURN, row.id),
        "order": public_id(Prefix.ORDER, row.order_id) if row.order_id else None,
        "external_id": external_id,
        "code": row.code,
        "meaning": reason.meaning if reason else None,
        "category": reason.category if reason else None,
        "retryable": reason is not None and reason.retryable,
        "rule": reason.row.id if reason else None,
        "entry_class": entry_class,
        "amount_minor": row.amount_cents,
        "returned_on": row.returned_on.isoformat() if row.returned_on else None,
        "deadline_on": row.deadline_on.isoformat() if row.deadline_on else None,
        "timeliness": row.timeliness,
        "next_step": row.next_step,
        "late": row.late,
        "evidence": row.evidence,
        "report": public_id(Prefix.REPORT, row.report_id) if row.line or row.evidence is None else None,
        "applied": row.applied,
        "differs": row.differs,
        "undone_on": row.undone_on.isoformat() if row.undone_on else None,
        "replaced_by": public_id(Prefix.RETURN, row.replaced_by) if row.replaced_by else None,
    }


def _unmatched() -> ColumnElement[bool]:
    """Return which returns hold money in suspense: what moved no order, and is neither undone nor replaced."""
    return and_(Return.applied.is_(False), Return.undone_on.is_(None), Return.replaced_by.is_(None))


def _can_be_disputed() -> ColumnElement[bool]:
    return and_(_disputable(), Return.undone_on.is_(None), Return.replaced_by.is_(None))


def _codes_of(category: str) -> list[str]:
    return sorted({each.code for each in return_reasons() if each.category == category})


LISTING = Listing(
    statement=_statement,
    key=Return.id,
    shown=_with_disputes,
    merchant=lambda merchant_id: Order.merchant_id == merchant_id,
    filters={
        "code": Return.code.in_,
        "category": lambda category: Return.code.in_(_codes_of(category)),
        "timeliness": Return.timeliness.in_,
        "next_step": Return.next_step.in_,
        "late": Return.late.is_,
        "unmatched": lambda wanted: _unmatched() if wanted else ~_unmatched(),
        "disputable": lambda wanted: _can_be_disputed() if wanted else ~_can_be_disputed(),
        "merchant": lambda name: Merchant.external_id == name,
        "external_id": lambda name: Order.external_id == name,
        "order_id": lambda key: Return.order_id == key,
        "trace": lambda trace: or_(Return.original_trace == trace, Return.return_trace == trace),
        "returned_on_gte": lambda day: Return.returned_on >= day,
        "returned_on_lte": lambda day: Return.returned_on <= day,
        "effective_on_gte": lambda day: Batch.effective_on >= day,
        "effective_on_lte": lambda day: Batch.effective_on <= day,
        "amount_minor_gte": lambda amount: Return.amount_cents >= amount,
        "amount_minor_lte": lambda amount: Return.amount_cents <= amount,
    },
)
"""Returns page by page."""
