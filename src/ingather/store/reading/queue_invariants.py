"""The invariant of the queue of open orders: on PostgreSQL it holds what is open or returned, and as it is.

On SQLite the orders' own indexes are the queue, and the question has nothing to ask.
"""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ingather.domain.orders import OrderState
from ingather.store.engine import is_postgresql
from ingather.store.reading.breaches import Question, breaches
from ingather.store.reading.breaches import Statement as Rows
from ingather.store.tables import OpenOrder, Order


@breaches
def _differences() -> Rows:
    waiting = (
        select(
            Order.id, Order.originator_id, Order.bucket, Order.collect_on,
            (Order.state == OrderState.RETURNED).label("returned"),
        )
        .where(Order.state.in_([OrderState.OPEN, OrderState.RETURNED]))
        .subquery()
    )  # fmt: skip
    same = and_(
        OpenOrder.order_id == waiting.c.id,
        OpenOrder.originator_id == waiting.c.originator_id,
        OpenOrder.bucket == waiting.c.bucket,
        OpenOrder.collect_on.is_not_distinct_from(waiting.c.collect_on),
        OpenOrder.returned == waiting.c.returned,
    )
    # Joined by the key alone, which a full join wants; what differs otherwise is asked of what met.
    joined = waiting.outerjoin(OpenOrder, OpenOrder.order_id == waiting.c.id, full=True)
    return (
        select(waiting.c.id).select_from(joined).where(or_(waiting.c.id.is_(None), OpenOrder.order_id.is_(None), ~same))
    )


def _queue(session: Session) -> int:
    return _differences(session) if is_postgresql(session) else 0


QUEUE_INVARIANTS: dict[str, Question] = {"the_queue_holds_what_waits": _queue}
"""Every such invariant by its name."""
