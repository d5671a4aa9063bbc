"""Settling merchants: a statement for each of what is collected, failed, clawed and given back, tied to the ledger."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import exists, func, null, select

from ingather.actions.context import Context
from ingather.actions.ledger import post
from ingather.actions.rules import policy_of
from ingather.actions.screening import not_clear
from ingather.actions.statement_lines import (
    CLAWED_BACK,
    FEE,
    GIVEN_BACK,
    RESTORED,
    TOLD_BY_TURN,
    Lines,
    collected_and_reversed,
    lines_by_turn,
    undone_after_claw_back,
)
from ingather.base.ids import Prefix, public_id
from ingather.domain.entries import EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.orders import OrderState
from ingather.domain.refusals import BrokenInvariant, WrongState
from ingather.store.bulk import insert_columns, read_columns
from ingather.store.tables import Entry, Merchant, Order, Posting, Return, Settlement, SettlementLine

COLLECTED = "collected"
FAILED = "failed"


def settle_merchants(ctx: Context, originator_id: int, *, as_of: date) -> list[int]:
    """Make the statements of a day and return their keys; a merchant settled that day already is left alone.

    Payable is what is available now; a negative position is carried to the next statement. A merchant whose screening
    is not clear gets no statement: it is not to be paid. Raises ``WrongState`` for a
    day before the last statement, whose closing would be carried twice, and ``BrokenInvariant`` when a statement's
    lines do not equal what the ledger says.
    """
    last = ctx.session.execute(
        select(func.max(Settlement.as_of)).where(Settlement.originator_id == originator_id),
    ).scalar()
    if last is not None and as_of < last:
        fact = f"the last statements are of {last}; statements of {as_of} would go back in time"
        raise WrongState(fact, "Check the machine's clock or --as-of")
    merchants = ctx.session.scalars(
        select(Merchant.id).where(Merchant.originator_id == originator_id).order_by(Merchant.id),
    ).all()
    settled = set(
        ctx.session.scalars(
            select(Settlement.merchant_id).where(Settlement.originator_id == originator_id, Settlement.as_of == as_of),
        ),
    )
    settled.update(row.id for row in kept_back(ctx, originator_id, as_of=as_of))
    by_turn = lines_by_turn(ctx, originator_id)
    found = [
        _settle(ctx, originator_id, merchant_id, as_of, by_turn.get(merchant_id, {}))
        for merchant_id in merchants
        if merchant_id not in settled
    ]
    made = [settlement_id for settlement_id in found if settlement_id is not None]
    if made:
        ctx.audit("settle_merchants", "book", as_of=as_of.isoformat(), statements=len(made))
    return made


def kept_back(ctx: Context, originator_id: int, *, as_of: date) -> Sequence[Merchant]:
    """Return the merchants that may not be paid on a day because their screening is not clear, by external id."""
    required = policy_of(ctx, originator_id).screening.required
    unclear = not_clear(Merchant, on=as_of, required=required)
    return ctx.session.scalars(
        select(Merchant).where(Merchant.originator_id == originator_id, unclear).order_by(Merchant.external_id),
    ).all()


def _settle(
    ctx: Context, originator_id: int, merchant_id: int, as_of: date, by_turn: Mapping[str, Lines]
) -> int | None:
    lines = {
        COLLECTED: _new_lines(ctx, merchant_id, COLLECTED),
        FAILED: _new_lines(ctx, merchant_id, FAILED),
        **{kind: by_turn.get(kind, Lines()) for kind in TOLD_BY_TURN},
    }
    opening = ctx.session.execute(
        select(Settlement.closing_minor)
        .where(Settlement.merchant_id == merchant_id)
        .order_by(Settlement.as_of.desc())
        .limit(1),
    ).scalar()
    if opening is None and not any(each.order_id for each in lines.values()):
        return None
    sums = {kind: sum(its_lines.amount_minor) for kind, its_lines in lines.items()}
    gained = sums[COLLECTED] + sums[RESTORED] + sums[FEE]
    position = (opening or 0) + gained - sums[CLAWED_BACK] - sums[GIVEN_BACK]
    available = _available(ctx, originator_id, merchant_id)
    if position != available:
        fact = (
            f"the statement of {public_id(Prefix.MERCHANT, merchant_id)} comes to {position}, the ledger to {available}"
        )
        raise BrokenInvariant(fact, "Nothing was settled. Compare the statement's orders with the ledger's journals")
    payable = max(position, 0)
    row = Settlement(
        id=ctx.ids.one(),
        originator_id=originator_id,
        merchant_id=merchant_id,
        as_of=as_of,
        currency="USD",
        opening_minor=opening or 0,
        collected_minor=sums[COLLECTED],
        clawed_back_minor=sums[CLAWED_BACK],
        given_back_minor=sums[GIVEN_BACK],
        restored_minor=sums[RESTORED],
        fees_minor=sums[FEE],
        payable_minor=payable,
        closing_minor=position - payable,
        made_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    for kind, its_lines in lines.items():
        _insert_lines(ctx, row.id, kind, its_lines)
    _pay_out(ctx, row)
    return row.id


def _pay_out(ctx: Context, row: Settlement) -> None:
    """Book what a statement pays, and leave the fact."""
    post(
        ctx,
        JournalKind.PAID_OUT,
        originator_id=row.originator_id,
        source_id=row.id,
        on=row.as_of,
        amounts={(0, row.merchant_id): row.payable_minor},
    )
    ctx.fact(
        FactKind.PAID_OUT,
        scope=Scope.MERCHANT,
        subject=row.merchant_id,
        originator=row.originator_id,
        on=row.as_of,
        once=str(row.id),
        payable_minor=row.payable_minor,
    )


def _available(ctx: Context, originator_id: int, merchant_id: int) -> int:
    """Return what the ledger says is owed to a merchant now; negative when the merchant owes."""
    balance = ctx.session.execute(
        select(func.coalesce(func.sum(Posting.amount_minor), 0)).where(
            Posting.originator_id == originator_id,
            Posting.account == LedgerAccount.PAYABLE_AVAILABLE,
            Posting.merchant_id == merchant_id,
        ),
    ).scalar_one()
    return -int(balance)


def _new_lines(ctx: Context, merchant_id: int, kind: str) -> Lines:
    """Return the collected or failed orders that no statement named yet.

    Collected is also what the ledger counted as such and that came back, or was reversed, since.
    """
    told = select(SettlementLine.entry_id).where(SettlementLine.kind == kind, SettlementLine.entry_id.is_not(None))
    returned = exists().where(Return.entry_id == Entry.id, Return.applied, Return.clawed_back)
    clawed_back = returned | Entry.id.in_(undone_after_claw_back())
    reversed_since = (Order.state == OrderState.REVERSED) & Entry.id.in_(collected_and_reversed())
    standing = ((Order.state == OrderState.COLLECTED) | reversed_since) & Entry.ended.is_(None)
    failed = (Order.state == OrderState.FAILED) & (Entry.ended == EntryEnd.RETURNED) & ~clawed_back
    chosen = {
        COLLECTED: standing | clawed_back,
        FAILED: failed & (Entry.presentation == Order.presentations),
    }
    columns = read_columns(
        ctx.session,
        select(Order.id, Entry.id, Entry.amount_cents, Order.last_code, null())
        .join(Entry, Entry.order_id == Order.id)
        .where(Order.merchant_id == merchant_id, Entry.presentation.is_not(None), Entry.id.not_in(told), chosen[kind])
        .order_by(Order.id),
    )
    if kind == FAILED:
        never = _never_debited(ctx, merchant_id)
        columns = [(*debited, *others) for debited, others in zip(columns, never, strict=True)]
    order_id, entry_id, amount_minor, code, reason = (list(column) for column in columns)
    return Lines(
        order_id=order_id,
        entry_id=entry_id,
        amount_minor=amount_minor,
        code=code,
        reason=reason,
        turn=[1] * len(order_id),
    )


def _never_debited(ctx: Context, merchant_id: int) -> list[Sequence[Any]]:
    """Return the columns of the orders that failed without ever being debited and that no statement named yet."""
    named = exists().where(SettlementLine.order_id == Order.id, SettlementLine.entry_id.is_(None))
    return list(
        read_columns(
            ctx.session,
            select(Order.id, null(), Order.amount_minor, null(), Order.reason)
            .where(
                Order.merchant_id == merchant_id,
                Order.state == OrderState.FAILED,
                Order.last_code.is_(None),
                ~named,
            )
            .order_by(Order.id),
        )
    )


def _insert_lines(ctx: Context, settlement_id: int, kind: str, lines: Lines) -> None:
    if not lines.order_id:
        return
    insert_columns(
        ctx.session,
        SettlementLine,
        {
            "id": ctx.ids.many(len(lines.order_id)).tolist(),
            "order_id": lines.order_id,
            "entry_id": lines.entry_id,
            "amount_minor": lines.amount_minor,
            "code": lines.code,
            "reason": lines.reason,
            "turn": lines.turn,
        },
        same={"settlement_id": settlement_id, "kind": kind},
    )
