"""Entries that come back a second time: after a dishonour undid their return, or in a corrected one that replaces it.

An order that was given up once stays so, whatever comes back later: its facts are never taken back.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import or_, select

from ingather.actions.context import Context
from ingather.actions.returns.deciding import ReturnedOrder
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.rules.retries import NoRetry
from ingather.rules.returns import Decision
from ingather.store.among import AT_ONCE, among
from ingather.store.tables import Fact, FollowUp, Return

OF_A_MATCH = "match|"
"""How the fact begins that an entry stands again because its return was of another one."""
_AT_THE_BANK_ONCE = frozenset(
    {FollowUpState.SENT, FollowUpState.SETTLED, FollowUpState.DONE, FollowUpState.RETURNED},
)


def came_back_before(ctx: Context, order_ids: Sequence[int]) -> frozenset[int]:
    """Return the entries of these orders that came back in a return which is undone or replaced."""
    found: set[int] = set()
    for start in range(0, len(order_ids), AT_ONCE):
        statement = select(Return.entry_id).where(
            among(ctx.session, Return.order_id, order_ids[start : start + AT_ONCE]),
            or_(Return.undone_on.is_not(None), Return.replaced_by.is_not(None)),
        )
        found.update(entry_id for entry_id in ctx.session.scalars(statement) if entry_id is not None)
    return frozenset(found)


def staying_ended(
    ctx: Context, decided: Sequence[tuple[ReturnedOrder, Decision]], earlier: frozenset[int]
) -> list[tuple[ReturnedOrder, Decision]]:
    """Return the decisions, where those about an order that is not debited again in any case end it: nothing follows.

    That is an order that was given up before, one whose debit came back once more after a dishonour had undone its
    return, and one that was given back by a reversal or refund, whatever became of that (invariant I15).
    """
    given_up = _given_up(ctx, [item.match.order_id for item, _ in decided if item.match.entry_id in earlier])
    with_us = _ended_with_us(ctx, [item for item, _ in decided])
    kept: list[tuple[ReturnedOrder, Decision]] = []
    for item, decision in decided:
        if item.match.order_id in with_us:
            follows = replace(decision, retry_on=None, correct_by=None, ends=True, no_retry=NoRetry.WITH_US)
        elif item.match.order_id in given_up:
            follows = replace(decision, retry_on=None, correct_by=None, ends=True)
        else:
            follows = decision
        kept.append((item, follows))
    return kept


def _given_up(ctx: Context, order_ids: Sequence[int]) -> frozenset[int]:
    if not order_ids:
        return frozenset()
    statement = select(Fact.subject_id).where(
        Fact.scope == Scope.ORDER, Fact.kind == FactKind.GIVEN_UP, Fact.subject_id.in_(order_ids)
    )
    return frozenset(ctx.session.scalars(statement))


def _ended_with_us(ctx: Context, items: Sequence[ReturnedOrder]) -> frozenset[int]:
    """Return the orders of which a dispute was won, or something was given back at the bank, before."""
    order_of = {item.match.entry_id: item.match.order_id for item in items}
    entry_ids, order_ids = sorted(order_of), sorted(set(order_of.values()))
    found: set[int] = set()
    for start in range(0, len(entry_ids), AT_ONCE):
        undone = select(Fact.subject_id).where(
            Fact.scope == Scope.ENTRY,
            among(ctx.session, Fact.subject_id, entry_ids[start : start + AT_ONCE]),
            Fact.kind == FactKind.UNDONE,
            # A return that was matched to the wrong debit says nothing of that debit.
            Fact.once.not_like(f"{OF_A_MATCH}%"),
        )
        found.update(order_of[entry_id] for entry_id in ctx.session.scalars(undone))
        given_back = select(FollowUp.order_id).where(
            among(ctx.session, FollowUp.order_id, order_ids[start : start + AT_ONCE]),
            FollowUp.kind.in_([FollowUpKind.REVERSAL, FollowUpKind.REFUND]),
            FollowUp.state.in_(sorted(_AT_THE_BANK_ONCE)),
        )
        found.update(ctx.session.scalars(given_back))
    return frozenset(found)
