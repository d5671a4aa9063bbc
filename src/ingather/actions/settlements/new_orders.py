"""The orders a statement tells of for the first time: what was collected, and what failed."""

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import exists, null, select

from ingather.actions.context import Context
from ingather.actions.settlements.statement_lines import Lines, collected_and_reversed, undone_after_claw_back
from ingather.domain.entries import EntryEnd
from ingather.domain.orders import OrderState
from ingather.domain.settlements import LineKind
from ingather.store.bulk import read_columns
from ingather.store.tables import Batch, Entry, Order, Return, SettlementLine


def new_orders(ctx: Context, merchant_id: int, kind: LineKind) -> Lines:
    """Return the collected or failed orders that no statement named yet.

    Collected is also what the ledger counted as such and that came back, or was reversed, since.
    """
    told = select(SettlementLine.entry_id).where(SettlementLine.kind == kind, SettlementLine.entry_id.is_not(None))
    returned = exists().where(Return.entry_id == Entry.id, Return.applied, Return.clawed_back)
    clawed_back = returned | Entry.id.in_(undone_after_claw_back())
    reversed_since = (Order.state == OrderState.REVERSED) & Entry.id.in_(collected_and_reversed())
    standing = ((Order.state == OrderState.COLLECTED) | reversed_since) & Entry.ended.is_(None)
    failed = (Order.state == OrderState.FAILED) & (Entry.ended == EntryEnd.RETURNED) & ~clawed_back
    chosen = standing | clawed_back
    if kind is LineKind.FAILED:
        chosen = failed & (Entry.presentation == Order.presentations)
    columns = read_columns(
        ctx.session,
        select(Order.id, Entry.id, Entry.amount_cents, Order.last_code, null(), Entry.batch_id, Batch.entry_class)
        .join(Entry, Entry.order_id == Order.id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(Order.merchant_id == merchant_id, Entry.presentation.is_not(None), Entry.id.not_in(told), chosen)
        .order_by(Order.id),
    )
    if kind is LineKind.FAILED:
        never = _never_debited(ctx, merchant_id)
        columns = [(*debited, *others) for debited, others in zip(columns, never, strict=True)]
    order_id, entry_id, amount_minor, code, reason, batch_id, entry_class = (list(column) for column in columns)
    nothing: list[None] = list(repeat(None, len(order_id)))
    return Lines(
        order_id=order_id,
        entry_id=entry_id,
        amount_minor=amount_minor,
        code=code,
        reason=reason,
        turn=[1] * len(order_id),
        return_id=list(nothing),
        report_id=list(nothing),
        report_line=list(nothing),
        source_id=list(nothing),
        payable_on=list(nothing),
        batch_id=batch_id,
        entry_class=entry_class,
    )


def _never_debited(ctx: Context, merchant_id: int) -> list[Sequence[Any]]:
    """Return the columns of the orders that failed without ever being debited and that no statement named yet."""
    named = exists().where(
        SettlementLine.order_id == Order.id, SettlementLine.entry_id.is_(None), SettlementLine.source_id.is_(None)
    )
    return list(
        read_columns(
            ctx.session,
            select(Order.id, null(), Order.amount_minor, null(), Order.reason, null(), null())
            .where(
                Order.merchant_id == merchant_id,
                Order.state == OrderState.FAILED,
                Order.last_code.is_(None),
                ~named,
            )
            .order_by(Order.id),
        )
    )
