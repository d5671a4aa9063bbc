"""What a return allows to be dishonored as, until when, and the disputes on record, as people ask for them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.rules.banks import load_profile
from ingather.rules.dishonours import FoundReturn, OpenDishonour, disputable_cases, open_dishonours
from ingather.store.reading.pages import Listing
from ingather.store.tables import BankProfileRow, Batch, Case, Dispute, Order, Return, Route

_AT_ONCE = 2_000


def allowed_dishonours(session: Session, rows: Sequence[Return]) -> dict[int, tuple[OpenDishonour, ...]]:
    """Return the dishonours that returns allow, by return; one that allows none is left out.

    What is wrong with a return is told by the cases that it opened, whether or not they are open still.
    """
    if not rows:
        return {}
    lead_days = _lead_days(session, rows[0].originator_id)
    kinds = disputable_cases(max(_day(row) for row in rows))
    found = _found(session, rows, kinds)
    batches = sorted({row.batch_id for row in rows if row.batch_id is not None})
    classes: dict[int | None, str] = {}
    for start in range(0, len(batches), _AT_ONCE):
        statement = select(Batch.id, Batch.entry_class).where(Batch.id.in_(batches[start : start + _AT_ONCE]))
        classes.update((row.id, row.entry_class) for row in session.execute(statement))
    allowed = {
        row.id: open_dishonours(
            FoundReturn(
                code=row.code,
                entry_class=classes.get(row.batch_id, ""),
                found=found.get(row.item_key.hex(), frozenset()),
                differs=tuple((row.differs or "").split("*")) if row.differs else (),
                settled_on=row.returned_on,
                told_on=_day(row),
            ),
            lead_days=lead_days,
        )
        for row in rows
    }
    return {key: each for key, each in allowed.items() if each}


def disputes_of(session: Session, return_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the disputes of returns, the oldest first, by return."""
    found: dict[int, list[dict[str, Any]]] = {}
    for start in range(0, len(return_ids), _AT_ONCE):
        part = return_ids[start : start + _AT_ONCE]
        for row in session.scalars(select(Dispute).where(Dispute.return_id.in_(part)).order_by(Dispute.id)):
            found.setdefault(row.return_id, []).append(_as_dict(row))
    return found


def allowed_as_dict(allowed: OpenDishonour) -> dict[str, Any]:
    """Return a dishonour that is open to us as a page or a system wants it."""
    return {
        "code": allowed.code,
        "title": allowed.title,
        "fields": allowed.fields,
        "ask_by": _iso(allowed.ask_by),
        "dishonour_by": _iso(allowed.dishonour_by),
    }


def _as_dict(row: Dispute) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.DISPUTE, row.id),
        "code": row.code,
        "state": row.state,
        "chosen_on": row.chosen_on.isoformat(),
        "actor": row.actor,
        "request": public_id(Prefix.REQUEST, row.request_id) if row.request_id else None,
        "case": public_id(Prefix.CASE, row.case_id) if row.case_id else None,
        "ask_by": _iso(row.request_by),
        "dishonour_by": _iso(row.dishonour_by),
        "dishonoured_on": _iso(row.dishonoured_on),
        "contest_by": _iso(row.contest_by),
        "contest_code": row.contest_code,
        "ended_on": _iso(row.ended_on),
    }


def _found(session: Session, rows: Sequence[Return], kinds: frozenset[CaseKind]) -> dict[str, frozenset[CaseKind]]:
    found: dict[str, frozenset[CaseKind]] = {}
    names = [row.item_key.hex() for row in rows]
    for start in range(0, len(names), _AT_ONCE):
        statement = select(Case.once, Case.kind).where(
            Case.originator_id == rows[0].originator_id,
            Case.kind.in_(sorted(kinds)),
            Case.once.in_(names[start : start + _AT_ONCE]),
        )
        for once, kind in session.execute(statement):
            found[once] = found.get(once, frozenset()) | {CaseKind(kind)}
    return found


def _lead_days(session: Session, originator_id: int) -> int:
    """Return how early the ODFIs want to be asked: the longest lead of the book's profiles in use."""
    texts = session.scalars(
        select(BankProfileRow.toml)
        .join(Route, Route.bank_profile_id == BankProfileRow.id)
        .where(Route.originator_id == originator_id)
        .distinct(),
    )
    return max((load_profile(text).requests.lead_banking_days for text in texts), default=0)


def _day(row: Return) -> date:
    """Return the day whose rows a return is under: its own settlement, or the day we had it."""
    return row.returned_on or row.received_at.astimezone(NEW_YORK).date()


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def shown(session: Session, dispute_id: int) -> dict[str, Any] | None:
    """Return one dispute with its return and order; None when there is none."""
    row = session.get(Dispute, dispute_id)
    return None if row is None else _in_full(row)


def _in_full(row: Dispute) -> dict[str, Any]:
    return _as_dict(row) | {
        "return_id": public_id(Prefix.RETURN, row.return_id),
        "order": public_id(Prefix.ORDER, row.order_id) if row.order_id else None,
        "amount_minor": row.amount_cents,
        "dishonour_trace": f"{row.dishonour_trace:015d}" if row.dishonour_trace else None,
    }


LISTING = Listing(
    statement=lambda: select(Dispute).outerjoin(Order, Order.id == Dispute.order_id),
    key=Dispute.id,
    shown=lambda _, rows: [_in_full(row) for row, *_ in rows],
    merchant=lambda merchant_id: Order.merchant_id == merchant_id,
    filters={
        "state": Dispute.state.in_,
        "code": Dispute.code.in_,
        "return_id": lambda key: Dispute.return_id == key,
        "order_id": lambda key: Dispute.order_id == key,
        "ask_by_lte": lambda day: Dispute.request_by <= day,
        "chosen_on_gte": lambda day: Dispute.chosen_on >= day,
        "chosen_on_lte": lambda day: Dispute.chosen_on <= day,
    },
)
"""Disputes page by page."""
