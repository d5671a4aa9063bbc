"""Follow-ups settle with their batches, and are done once nothing can bring them back any more.

A reversal that is done makes its order reversed, whatever it was: settled, or collected already. A refund that is done
leaves its order collected. A fee is the merchant's when it is done.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.actions.follow_ups.ending import end_follow_ups
from ingather.actions.ledger import post
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.store import events
from ingather.store.tables import Batch, Entry, FollowUp, Order

_AT_ONCE = 5_000
_OUTCOMES = {
    FollowUpKind.REVERSAL: "the reversal is done: the buyer has the money back",
    FollowUpKind.REFUND: "the refund is done: the buyer has the money",
    FollowUpKind.RETURN_FEE: "the fee is collected",
}


def settle_follow_ups(ctx: Context, originator_id: int, batch_ids: Sequence[int]) -> None:
    """Settle the follow-ups in batches that settled, on the day of their batch; a corrected day is taken over."""
    open_ones = ctx.session.execute(
        select(FollowUp.id, Batch.settled_on)
        .join(Entry, Entry.id == FollowUp.entry_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(
            FollowUp.originator_id == originator_id,
            FollowUp.state.in_([FollowUpState.SENT, FollowUpState.SETTLED]),
            Entry.batch_id.in_(batch_ids),
            Entry.ended.is_(None),
        ),
    ).all()
    by_day: dict[date, list[int]] = {}
    for key, settled_on in open_ones:
        by_day.setdefault(settled_on or ctx.today, []).append(key)
    for settled_on, keys in by_day.items():
        for part in _parts(keys):
            ctx.session.execute(
                update(FollowUp)
                .where(FollowUp.id.in_(part))
                .values(state=FollowUpState.SETTLED, settled_on=settled_on, version=FollowUp.version + 1)
                .execution_options(synchronize_session=False),
            )


def reverse_settled(ctx: Context, originator_id: int, batch_ids: Sequence[int]) -> None:
    """Reverse the orders whose debits settled in these batches only now, after their reversals were done."""
    late = ctx.session.scalars(
        select(FollowUp.order_id)
        .join(Entry, Entry.id == FollowUp.original_entry_id)
        .where(
            FollowUp.originator_id == originator_id,
            FollowUp.state == FollowUpState.DONE,
            FollowUp.kind == FollowUpKind.REVERSAL,
            Entry.batch_id.in_(batch_ids),
            Entry.ended.is_(None),
        ),
    ).all()
    _reverse(ctx, late)


def release_follow_ups(ctx: Context, originator_id: int, batch_ids: Sequence[int], *, on: date) -> int:
    """End the settled follow-ups in batches that are past their hold and watermark; returns how many.

    Fees become available to their merchants.
    """
    rows = ctx.session.execute(
        select(FollowUp.id, FollowUp.kind, FollowUp.order_id, Entry.batch_id, Batch.merchant_id, Entry.amount_cents)
        .join(Entry, Entry.id == FollowUp.entry_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(
            FollowUp.originator_id == originator_id,
            FollowUp.state == FollowUpState.SETTLED,
            Entry.batch_id.in_(batch_ids),
            Entry.ended.is_(None),
        ),
    ).all()
    if not rows:
        return 0
    _reverse(ctx, [row.order_id for row in rows if row.kind == FollowUpKind.REVERSAL])
    fees: dict[tuple[int, int], int] = {}
    for row in rows:
        if row.kind == FollowUpKind.RETURN_FEE:
            fees[row.batch_id, row.merchant_id] = fees.get((row.batch_id, row.merchant_id), 0) + row.amount_cents
    source = ctx.ids.one()
    post(ctx, JournalKind.COLLECTED, originator_id=originator_id, source_id=source, on=on, amounts=fees)
    for kind, outcome in _OUTCOMES.items():
        keys = [row.id for row in rows if row.kind == kind]
        end_follow_ups(ctx, originator_id, keys, state=FollowUpState.DONE, because="done", outcome=outcome)
    ids = [row.id for row in rows]
    events.add_many(
        ctx.session, FactKind.CLOSED, scope=Scope.FOLLOW_UP, subjects=ids, originator=originator_id, on=[on] * len(ids),
        at=ctx.now, actor=ctx.actor, once=[""] * len(ids), detail=[{}] * len(ids),
    )  # fmt: skip
    ctx.audit("release_follow_ups", "book", follow_ups=len(ids), cents=sum(row.amount_cents for row in rows))
    return len(rows)


def _reverse(ctx: Context, order_ids: Sequence[int]) -> None:
    for part in _parts(order_ids):
        ctx.session.execute(
            update(Order)
            .where(Order.id.in_(part), Order.state.in_([OrderState.SETTLED, OrderState.COLLECTED]))
            .values(state=OrderState.REVERSED, collect_on=None, version=Order.version + 1)
            .execution_options(synchronize_session=False),
        )


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
