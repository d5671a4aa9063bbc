"""The reserve: a share of what is collected is kept for a while, against returns that may still come.

It is kept for each batch, released when its days are over, and used, oldest first, for what a merchant could not give
back from what it has available.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select

from ingather.actions.context import Context
from ingather.actions.ledger import post
from ingather.actions.settlements.statement_lines import Lines
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.ledger import JournalKind
from ingather.domain.settlements import LineKind
from ingather.rules.policy_settlement import SettlementTerms
from ingather.rules.release import OwnTerms, release_terms, reserved_of
from ingather.rules.waterfall import spread
from ingather.store.tables import Merchant, Reserve, Settlement, SettlementLine


def own_terms(merchant: Merchant) -> OwnTerms:
    """Return what a merchant itself has agreed to."""
    return OwnTerms(tier=merchant.tier, hold_days=merchant.hold_days, reserve_bps=merchant.reserve_bps)


def release_due(ctx: Context, row: Settlement) -> Lines:
    """Release the reserves of a statement's merchant whose days are over; returns a line for each."""
    lines = Lines()
    due = ctx.session.scalars(
        select(Reserve)
        .where(*_held(row.originator_id, row.merchant_id), Reserve.due_on <= row.as_of)
        .order_by(Reserve.due_on, Reserve.id)
        .with_for_update(),
    ).all()
    amounts: Counter[tuple[int, int]] = Counter()
    for reserve in due:
        minor = reserve.amount_minor - reserve.used_minor
        reserve.released_on = row.as_of
        amounts[reserve.batch_id, row.merchant_id] += minor
        lines.add(amount_minor=minor, source_id=reserve.id)
    _book(ctx, JournalKind.RESERVE_RELEASED, row, amounts, FactKind.RELEASED)
    return lines


def keep_reserve(
    ctx: Context, row: Settlement, merchant: Merchant, lines: Mapping[LineKind, Lines], policy: SettlementTerms,
    *, most: int,
) -> Lines:  # fmt: skip
    """Keep a statement's share of what it tells of as collected, batch by batch; at most so much in minor units.

    What came back in the same statement is no part of it.
    """
    kept, collected, classes = Lines(), Counter[int](), dict[int, str]()
    for kind, sign in ((LineKind.COLLECTED, 1), (LineKind.RESTORED, 1), (LineKind.CLAWED_BACK, -1)):
        told = lines[kind]
        for batch_id, entry_class, minor in zip(told.batch_id, told.entry_class, told.amount_minor, strict=True):
            if batch_id is not None:
                collected[batch_id] += sign * minor
                classes[batch_id] = entry_class
    own = own_terms(merchant)
    terms = {name: release_terms(policy, own, name) for name in sorted(set(classes.values()))}
    batches = sorted(collected)
    parts = spread(most, [reserved_of(terms[classes[each]], collected[each]) for each in batches])
    amounts: dict[tuple[int, int], int] = {}
    for batch_id, minor in zip(batches, parts, strict=True):
        if not minor:
            continue
        key = ctx.ids.one()
        due_on = row.as_of + timedelta(days=terms[classes[batch_id]].reserve_days)
        ctx.session.add(
            Reserve(
                id=key, originator_id=row.originator_id, merchant_id=row.merchant_id, batch_id=batch_id,
                amount_minor=minor, used_minor=0, held_on=row.as_of, due_on=due_on, released_on=None,
            )
        )  # fmt: skip
        amounts[batch_id, row.merchant_id] = minor
        kept.add(amount_minor=minor, source_id=key)
    _book(ctx, JournalKind.RESERVED, row, amounts, FactKind.RESERVED)
    return kept


def use_reserve(ctx: Context, row: Settlement, *, short: int) -> Lines:
    """Cover what a merchant is short of, in minor units, from its reserve, oldest first, as far as that goes."""
    lines = Lines()
    if short <= 0:
        return lines
    held = ctx.session.scalars(
        select(Reserve)
        .where(*_held(row.originator_id, row.merchant_id))
        .order_by(Reserve.due_on, Reserve.id)
        .with_for_update(),
    ).all()
    amounts: Counter[tuple[int, int]] = Counter()
    parts = spread(short, [reserve.amount_minor - reserve.used_minor for reserve in held])
    for reserve, minor in zip(held, parts, strict=True):
        if not minor:
            break
        reserve.used_minor += minor
        if reserve.used_minor == reserve.amount_minor:
            reserve.released_on = row.as_of
        amounts[reserve.batch_id, row.merchant_id] += minor
        lines.add(amount_minor=minor, source_id=reserve.id, turn=_turn(ctx, reserve))
    _book(ctx, JournalKind.RESERVE_USED, row, amounts, FactKind.RELEASED, used=True)
    return lines


def reserve_left(ctx: Context, originator_id: int, merchant_id: int) -> int:
    """Return what a merchant has in reserve now, in minor units."""
    ctx.session.flush()
    left = ctx.session.execute(
        select(func.coalesce(func.sum(Reserve.amount_minor - Reserve.used_minor), 0)).where(
            *_held(originator_id, merchant_id)
        )
    ).scalar_one()
    return int(left)


def _held(originator_id: int, merchant_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Reserve.originator_id == originator_id,
        Reserve.merchant_id == merchant_id,
        Reserve.released_on.is_(None),
    )


def _turn(ctx: Context, reserve: Reserve) -> int:
    """Return how often a reserve has been used, this time included."""
    used = select(func.count()).where(SettlementLine.source_id == reserve.id, SettlementLine.kind == LineKind.COVERED)
    return ctx.session.execute(used).scalar_one() + 1


def _book(
    ctx: Context, kind: JournalKind, row: Settlement, amounts: Mapping[tuple[int, int], int], fact: FactKind,
    *, used: bool = False,
) -> None:  # fmt: skip
    if not amounts:
        return
    post(ctx, kind, originator_id=row.originator_id, source_id=row.id, on=row.as_of, amounts=amounts)
    ctx.fact(
        fact, scope=Scope.SETTLEMENT, subject=row.id, originator=row.originator_id, on=row.as_of,
        once="used" if used else "", minor=sum(amounts.values()), merchant=public_id(Prefix.MERCHANT, row.merchant_id),
    )  # fmt: skip
