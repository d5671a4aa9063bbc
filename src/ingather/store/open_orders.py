"""Finding orders among those that are open or returned, without looking at the years of orders that are neither."""

from datetime import date

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from ingather.store.engine import is_postgresql
from ingather.store.tables import OpenOrder, Order


def among_open(
    session: Session, originator_id: int, *, until: date | None = None, returned: bool = False
) -> ColumnElement[bool]:
    """Return a condition that every open or returned order meets, and that finds them by the queue on PostgreSQL.

    ``until`` leaves those that wait for a date up to it, ``returned`` the returned ones. On SQLite it says nothing:
    there the orders' own partial indexes find them.
    """
    if not is_postgresql(session):
        return true()
    queue = select(OpenOrder.order_id).where(OpenOrder.originator_id == originator_id)
    if until is not None:
        queue = queue.where(OpenOrder.collect_on <= until)
    if returned:
        queue = queue.where(OpenOrder.returned)
    return Order.id.in_(queue)
