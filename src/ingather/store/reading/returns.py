"""Returns as people and systems ask for them: what the bank said, what was decided, and on which rule rows."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.returns import DisputeState
from ingather.rules.dishonours import every_disputable_case
from ingather.store.reading.disputes import allowed_as_dict, allowed_dishonours, disputes_of
from ingather.store.tables import Batch, Case, Dispute, Entry, OdfiRequest, Order, Return, RuleSet


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
    found = _with_disputes(session, [(row, external_id, entry_class) for row, external_id, entry_class in rows])
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
    (listing,) = _with_disputes(session, [(row, found[1], found[2])])
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


def _with_disputes(session: Session, rows: Sequence[tuple[Return, str | None, str | None]]) -> list[dict[str, Any]]:
    returned = [row for row, _, _ in rows]
    allowed = allowed_dishonours(session, returned)
    disputes = disputes_of(session, [row.id for row in returned])
    found = []
    for row, external_id, entry_class in rows:
        standing = [each for each in disputes.get(row.id, []) if each["state"] != DisputeState.WITHDRAWN]
        over = standing or row.undone_on is not None or row.replaced_by is not None
        found.append(
            _as_dict(row, external_id, entry_class)
            | {
                "dispute": standing[-1] if standing else None,
                "can_dishonour": [] if over else [allowed_as_dict(each) for each in allowed.get(row.id, ())],
            },
        )
    return found


def _statement() -> Select[Return, str | None, str | None]:
    return (
        select(Return, Order.external_id, Batch.entry_class)
        .outerjoin(Order, Order.id == Return.order_id)
        .outerjoin(Entry, Entry.id == Return.entry_id)
        .outerjoin(Batch, Batch.id == Entry.batch_id)
    )


def _as_dict(row: Return, external_id: str | None, entry_class: str | None) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.RETURN, row.id),
        "order": public_id(Prefix.ORDER, row.order_id) if row.order_id else None,
        "external_id": external_id,
        "code": row.code,
        "entry_class": entry_class,
        "amount_minor": row.amount_cents,
        "returned_on": row.returned_on.isoformat() if row.returned_on else None,
        "deadline_on": row.deadline_on.isoformat() if row.deadline_on else None,
        "timeliness": row.timeliness,
        "next_step": row.next_step,
        "late": row.late,
        "applied": row.applied,
        "differs": row.differs,
        "undone_on": row.undone_on.isoformat() if row.undone_on else None,
        "replaced_by": public_id(Prefix.RETURN, row.replaced_by) if row.replaced_by else None,
    }
