"""Notifications of change as rows: each with its entry, its account, what that was before, its case and its request.

The corrected data are still sealed here; who shows them opens and masks them.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session

from ingather.domain.corrections import CorrectionState
from ingather.domain.returns import OdfiRequestKind
from ingather.store.reading.pages import Listing
from ingather.store.tables import Account, AccountChange, Correction, Entry, OdfiRequest, Order

WAITING = (CorrectionState.OPEN, CorrectionState.UNMATCHED)


def found(
    session: Session, *, waiting: bool = False, code: str | None = None, key: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Return notifications as rows of tables, the earliest last day first, those without one at the end.

    ``waiting`` leaves those that somebody still has to decide; ``key`` asks for one.
    """
    statement = _statement().order_by(Correction.due_on.is_(None), Correction.due_on, Correction.id)
    if waiting:
        statement = statement.where(Correction.state.in_(WAITING))
    if code is not None:
        statement = statement.where(Correction.code == code)
    if key is not None:
        statement = statement.where(Correction.id == key)
    return _named(session, session.execute(statement.limit(limit)).all())


def _statement() -> Select[*tuple[Any, ...]]:
    return (
        select(Correction, Account, AccountChange, Order, OdfiRequest)
        .outerjoin(Account, Account.id == Correction.account_id)
        .outerjoin(AccountChange, AccountChange.correction_id == Correction.id)
        .outerjoin(Entry, Entry.id == Correction.entry_id)
        .outerjoin(Order, Order.id == Entry.order_id)
        .outerjoin(
            OdfiRequest,
            and_(OdfiRequest.about_id == Correction.id, OdfiRequest.kind == OdfiRequestKind.REFUSE_CHANGE),
        )
    )


def _named(_: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    return [
        {"correction": row[0], "account": row[1], "before": row[2], "order": row[3], "request": row[4]} for row in rows
    ]


LISTING = Listing(
    statement=_statement,
    key=Correction.id,
    shown=_named,
    filters={
        "state": Correction.state.in_,
        "waiting": lambda wanted: Correction.state.in_(WAITING) if wanted else Correction.state.not_in(WAITING),
        "code": Correction.code.in_,
        "due_on_lte": lambda day: Correction.due_on <= day,
        "order_id": lambda key: Order.id == key,
        "trace": lambda trace: Correction.original_trace == trace,
    },
)
"""Notifications page by page, as rows of tables: who shows them opens and masks them."""
