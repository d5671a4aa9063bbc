"""What is known of returned entries and their orders, gathered as columns, and what the rules decide about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, select

from ingather.actions.context import Context
from ingather.actions.matching import Match
from ingather.domain.entries import EntryEnd, EntryKind
from ingather.rules.banks import BankProfile
from ingather.rules.calendar import hold_until
from ingather.rules.returns import Decisions, ReturnedEntries, decide_returns
from ingather.store.tables import Account, Authorization, Batch, Entry, Order, Return

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedOrder:
    """An order with its returned entry, as they stand before the return is applied.

    ``settled_on`` is the entry's settlement, or its effective date while none has been reported; ``returned_on`` the
    return's, or the day of the report that told of it.
    """

    row: Return
    match: Match
    state: str
    entry_class: str
    holder: str
    corrected: bool
    settled_on: date
    first_settled_on: date
    hold_until: date
    returned_on: date
    account_id: int
    authorization_id: int
    buyer_id: int


def decide(
    ctx: Context, rows: Sequence[tuple[Return, Match]], *, profile: BankProfile, told_on: date
) -> tuple[list[ReturnedOrder], Decisions]:
    """Return the orders of matched returns, and what follows for each under the rules in force on its day."""
    items = _with_orders(ctx, rows, profile=profile, told_on=told_on)
    returned = ReturnedEntries(
        code=[item.row.code for item in items],
        information=[item.row.information for item in items],
        entry_class=[item.entry_class for item in items],
        holder=[item.holder for item in items],
        amount_cents=[item.match.amount_cents for item in items],
        settled_on=[item.settled_on for item in items],
        returned_on=[item.row.returned_on for item in items],
        told_on=[told_on] * len(items),
        presentations=[item.match.presentation for item in items],
        first_settled_on=[item.first_settled_on for item in items],
        corrected=[item.corrected for item in items],
    )
    return items, decide_returns(returned, policy=profile.retry)


def _with_orders(
    ctx: Context, rows: Sequence[tuple[Return, Match]], *, profile: BankProfile, told_on: date
) -> list[ReturnedOrder]:
    order_ids = [match.order_id for _, match in rows]
    orders = _by_id(ctx, _orders(), Order.id, order_ids)
    batches = _by_id(ctx, _batches(), Batch.id, sorted({match.batch_id for _, match in rows}))
    corrected = _by_id(ctx, _corrected(), Entry.order_id, order_ids)
    items = []
    for row, match in rows:
        order, batch = orders[match.order_id], batches[match.batch_id]
        settled_on = batch.settled_on or batch.effective_on
        items.append(
            ReturnedOrder(
                row=row,
                match=match,
                state=order.state,
                entry_class=batch.entry_class,
                holder=order.holder,
                corrected=match.order_id in corrected,
                settled_on=settled_on,
                first_settled_on=order.first_settled_on or settled_on,
                hold_until=batch.hold_until or hold_until(settled_on, buffer_days=profile.hold_buffer_days),
                returned_on=row.returned_on or told_on,
                account_id=order.account_id,
                authorization_id=order.authorization_id,
                buyer_id=order.buyer_id,
            ),
        )
    return items


def _orders() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Order.id, Order.state, Order.first_settled_on, Order.authorization_id, Order.buyer_id,
            Authorization.account_id, Account.holder,
        )
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
    )  # fmt: skip


def _batches() -> Select[*tuple[Any, ...]]:
    return select(Batch.id, Batch.effective_on, Batch.settled_on, Batch.hold_until, Batch.entry_class)


def _corrected() -> Select[*tuple[Any, ...]]:
    """Return the orders whose one corrected entry reached the bank."""
    return select(Entry.order_id.label("id")).where(
        Entry.kind == EntryKind.CORRECTED, (Entry.ended.is_(None)) | (Entry.ended == EntryEnd.RETURNED)
    )


def _by_id(ctx: Context, statement: Select[*tuple[Any, ...]], column: Any, ids: Sequence[int]) -> dict[int, Row[Any]]:  # noqa: ANN401 -- any key column
    found: dict[int, Row[Any]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        rows = ctx.session.execute(statement.where(column.in_(ids[start : start + _AT_ONCE])))
        found.update({row.id: row for row in rows})
    return found
