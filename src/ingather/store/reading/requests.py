"""Requests to the ODFI as people and systems ask for them, and as they are written to it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.returns import OdfiRequestKind, RequestState
from ingather.store.reading.pages import Listing
from ingather.store.tables import Batch, Correction, Entry, File, OdfiRequest, Order, Return

_ABOUT = {
    OdfiRequestKind.DISHONOUR: Prefix.RETURN,
    OdfiRequestKind.STATEMENT_COPY: Prefix.RETURN,
    OdfiRequestKind.REFUSE_CHANGE: Prefix.CORRECTION,
}


class Asked(NamedTuple):
    """A request with what it is about: its entry, batch and file, and the return or the notification of change."""

    request: OdfiRequest
    entry: Entry | None
    batch: Batch | None
    route_id: int | None
    returned: Return | None
    correction: Correction | None


def to_send(session: Session) -> list[Asked]:
    """Return what the ODFI has not been told, in the order of asking."""
    statement = _asked().where(OdfiRequest.state == RequestState.ASKED).order_by(OdfiRequest.id)
    return [Asked(*row) for row in session.execute(statement)]


def _asked() -> Select[*tuple[Any, ...]]:
    of_correction = OdfiRequest.kind == OdfiRequestKind.REFUSE_CHANGE
    return (
        select(OdfiRequest, Entry, Batch, File.route_id, Return, Correction)
        .outerjoin(Entry, Entry.id == OdfiRequest.entry_id)
        .outerjoin(Batch, Batch.id == Entry.batch_id)
        .outerjoin(File, File.id == Entry.file_id)
        .outerjoin(Return, and_(Return.id == OdfiRequest.about_id, ~of_correction))
        .outerjoin(Correction, and_(Correction.id == OdfiRequest.about_id, of_correction))
    )


def documents(session: Session) -> set[str]:
    """Return the names of all documents that were written or are on their way."""
    return set(session.scalars(select(OdfiRequest.document).where(OdfiRequest.document.is_not(None)).distinct()))


def listed(
    session: Session, *, today: date, states: Sequence[RequestState] = (), limit: int | None = None
) -> list[dict[str, Any]]:
    """Return requests, the oldest first, of these states or of all."""
    statement = _with_order().order_by(OdfiRequest.id)
    if states:
        statement = statement.where(OdfiRequest.state.in_(states))
    rows = session.execute(statement.limit(limit) if limit else statement)
    return [_as_dict(request, order, today) for request, order in rows]


def shown(session: Session, request_id: int, *, today: date) -> dict[str, Any] | None:
    """Return one request, None when there is none."""
    row = session.execute(_with_order().where(OdfiRequest.id == request_id)).one_or_none()
    return None if row is None else _as_dict(row[0], row[1], today)


def _with_order() -> Select[*tuple[Any, ...]]:
    return select(OdfiRequest, Order.external_id).outerjoin(Order, Order.id == OdfiRequest.order_id)


def _as_dict(row: OdfiRequest, order: str | None, today: date) -> dict[str, Any]:
    kind = OdfiRequestKind(row.kind)
    about = public_id(_ABOUT[kind], row.about_id) if row.about_id else public_id(Prefix.ENTRY, row.entry_id or 0)
    return {
        "id": public_id(Prefix.REQUEST, row.id),
        "kind": row.kind,
        "code": row.code,
        "about": about,
        "order": public_id(Prefix.ORDER, row.order_id) if row.order_id else None,
        "external_id": order,
        "reason": row.reason,
        "state": row.state,
        "asked_on": row.asked_on.isoformat(),
        "by": row.actor,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "overdue": row.state == RequestState.ASKED and row.due_on is not None and row.due_on < today,
        "document": row.document,
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "answered_on": row.answered_on.isoformat() if row.answered_on else None,
        "outcome": row.outcome,
    }


def listing(today: date) -> Listing:
    """Return requests page by page, each with whether the ODFI should have had it before today."""
    return Listing(
        statement=_with_order,
        key=OdfiRequest.id,
        shown=lambda _, rows: [_as_dict(row[0], row[1], today) for row in rows],
        filters={
            "state": OdfiRequest.state.in_,
            "kind": OdfiRequest.kind.in_,
            "order_id": lambda key: OdfiRequest.order_id == key,
            "external_id": lambda name: Order.external_id == name,
            "due_on_lte": lambda day: OdfiRequest.due_on <= day,
            "asked_on_gte": lambda day: OdfiRequest.asked_on >= day,
            "asked_on_lte": lambda day: OdfiRequest.asked_on <= day,
        },
    )
