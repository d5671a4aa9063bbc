"""Entries that come back a second time: after a dishonour undid their return, or in a corrected one that replaces it.

An order that was given up once stays so, whatever comes back later: its facts are never taken back.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import or_, select

from ingather.actions.context import Context
from ingather.actions.returns.deciding import ReturnedOrder
from ingather.domain.facts import FactKind, Scope
from ingather.rules.returns import Decision
from ingather.store.tables import Fact, Return

_AT_ONCE = 2_000


def came_back_before(ctx: Context, order_ids: Sequence[int]) -> frozenset[int]:
    """Return the entries of these orders that came back in a return which is undone or replaced."""
    found: set[int] = set()
    for start in range(0, len(order_ids), _AT_ONCE):
        statement = select(Return.entry_id).where(
            Return.order_id.in_(order_ids[start : start + _AT_ONCE]),
            or_(Return.undone_on.is_not(None), Return.replaced_by.is_not(None)),
        )
        found.update(entry_id for entry_id in ctx.session.scalars(statement) if entry_id is not None)
    return frozenset(found)


def staying_given_up(
    ctx: Context, decided: Sequence[tuple[ReturnedOrder, Decision]], earlier: frozenset[int]
) -> list[tuple[ReturnedOrder, Decision]]:
    """Return the decisions, where those about an order that was given up before end it again: nothing follows."""
    order_ids = [item.match.order_id for item, _ in decided if item.match.entry_id in earlier]
    given_up = frozenset(
        ctx.session.scalars(
            select(Fact.subject_id).where(
                Fact.scope == Scope.ORDER, Fact.kind == FactKind.GIVEN_UP, Fact.subject_id.in_(order_ids)
            ),
        )
        if order_ids
        else (),
    )
    return [
        (item, replace(decision, retry_on=None, correct_by=None, ends=True))
        if item.match.order_id in given_up
        else (item, decision)
        for item, decision in decided
    ]
