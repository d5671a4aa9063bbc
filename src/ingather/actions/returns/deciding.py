"""What is known of returned entries and their orders, gathered as columns, and what the rules decide about them."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from ingather.actions.context import Context
from ingather.actions.matching import Match
from ingather.actions.returns.keeping import AnyReturn
from ingather.domain.entries import EntryKind
from ingather.rules.banks import BankProfile
from ingather.rules.calendar import hold_until
from ingather.rules.returns import Decisions, ReturnedEntries, decide_returns
from ingather.store.among import AT_ONCE, among
from ingather.store.bulk import read_plain_columns
from ingather.store.tables import Account, Authorization, Batch, Entry, Order
from ingather.store.tables.files import STANDING_DEBIT


class ReturnedOrder(NamedTuple):
    """An order with its returned entry, as they stand before the return is applied: a tuple, since there are many.

    ``settled_on`` is the entry's settlement, or its effective date while none has been reported; ``returned_on`` the
    return's, or the day of the report that told of it.
    """

    row: AnyReturn
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
    ctx: Context, rows: Sequence[tuple[AnyReturn, Match]], *, profile: BankProfile, told_on: date
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
    ctx: Context, rows: Sequence[tuple[AnyReturn, Match]], *, profile: BankProfile, told_on: date
) -> list[ReturnedOrder]:
    order_ids = [match.order_id for _, match in rows]
    orders = _orders(ctx, order_ids)
    batches = _batches(ctx, sorted({match.batch_id for _, match in rows}))
    corrected = _corrected(ctx, order_ids)
    items = []
    for row, match in rows:
        order, batch = orders[match.order_id], batches[match.batch_id]
        settled_on = batch.settled_on or batch.effective_on
        items.append(
            ReturnedOrder(
                row, match, order.state, batch.entry_class, order.holder, match.order_id in corrected, settled_on,
                order.first_settled_on or settled_on,
                batch.hold_until or hold_until(settled_on, buffer_days=profile.hold_buffer_days),
                row.returned_on or told_on, order.account_id, order.authorization_id, order.buyer_id,
            ),
        )  # fmt: skip
    return items


class _OrderRow(NamedTuple):
    id: int
    state: str
    first_settled_on: date | None
    authorization_id: int
    buyer_id: int
    account_id: int
    holder: str


def _orders(ctx: Context, order_ids: Sequence[int]) -> dict[int, _OrderRow]:
    """Return orders as the driver gives them, by their keys, many at once."""
    found: dict[int, _OrderRow] = {}
    for start in range(0, len(order_ids), AT_ONCE):
        columns = read_plain_columns(
            ctx.session,
            select(
                Order.id, Order.state, Order.first_settled_on, Order.authorization_id, Order.buyer_id,
                Authorization.account_id, Account.holder,
            )
            .join(Authorization, Authorization.id == Order.authorization_id)
            .join(Account, Account.id == Authorization.account_id)
            .where(among(ctx.session, Order.id, order_ids[start : start + AT_ONCE])),
        )  # fmt: skip
        columns[2] = tuple(map(_day, columns[2]))
        found.update({row[0]: _OrderRow._make(row) for row in zip(*columns, strict=True)})
    return found


def _batches(ctx: Context, batch_ids: Sequence[int]) -> dict[int, Row[Any]]:
    found: dict[int, Row[Any]] = {}
    for start in range(0, len(batch_ids), AT_ONCE):
        rows = ctx.session.execute(
            select(Batch.id, Batch.effective_on, Batch.settled_on, Batch.hold_until, Batch.entry_class).where(
                among(ctx.session, Batch.id, batch_ids[start : start + AT_ONCE])
            ),
        )
        found.update({row.id: row for row in rows})
    return found


def _corrected(ctx: Context, order_ids: Sequence[int]) -> set[int]:
    """Return the orders whose one corrected entry reached the bank."""
    found: set[int] = set()
    for start in range(0, len(order_ids), AT_ONCE):
        found.update(
            ctx.session.scalars(
                select(Entry.order_id).where(
                    among(ctx.session, Entry.order_id, order_ids[start : start + AT_ONCE]),
                    Entry.kind == EntryKind.CORRECTED,
                    STANDING_DEBIT,
                ),
            ),
        )
    return found


@lru_cache(maxsize=4096)
def _day(day: date | str | None) -> date | None:
    """Return a date as it is, or of the ISO text that the one driver gives."""
    return date.fromisoformat(day) if isinstance(day, str) else day
