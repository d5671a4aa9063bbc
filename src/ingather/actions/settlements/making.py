"""Making statements: what was collected, failed and taken back of each merchant, tied to the ledger to the cent.

Opening + collected - clawed back - given back + restored + fees - charges - reserved + unreserved + covered + invoiced
+ payable again - payable = closing. What neither is available nor in reserve is carried to the next statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile

from sqlalchemy import func, select

from ingather.actions.context import Context
from ingather.actions.ledger import balances_of, post
from ingather.actions.payouts.making import make_payouts
from ingather.actions.rules import policy_of
from ingather.actions.screening import not_clear
from ingather.actions.settlements.holding import Held, held_before, held_minor, note_payable
from ingather.actions.settlements.journals_told import charges_of, tell_journals
from ingather.actions.settlements.new_orders import new_orders
from ingather.actions.settlements.owing import close_paid, tell_owing
from ingather.actions.settlements.reserves import keep_reserve, release_due, reserve_left, use_reserve
from ingather.actions.settlements.statement_lines import Lines, Told, lines_by_turn
from ingather.actions.settlements.stepping import (
    Standing,
    clawed_lines,
    insert_steps,
    new_takings,
    note_losses,
    standing_of,
    take_back_invoices,
    take_steps,
)
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.refusals import BrokenInvariant, WrongState
from ingather.domain.settlements import SUMS, LineKind
from ingather.rules.policy_settlement import SettlementTerms
from ingather.store.bulk import insert_columns
from ingather.store.tables import Merchant, Posting, Settlement, SettlementLine

_NEW = (LineKind.COLLECTED, LineKind.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the statements of one run share, by merchant."""

    ctx: Context
    originator_id: int
    as_of: date
    policy: SettlementTerms
    told: Told
    charges: Mapping[int, Lines]
    held: Mapping[int, list[Held]]
    openings: Mapping[int, int]
    available: Mapping[int, int]
    receivable: Mapping[int, int]


def settle_merchants(ctx: Context, originator_id: int, *, as_of: date) -> list[int]:
    """Make the statements of a day and return their keys; a merchant settled that day already is left alone.

    Payable is what is available now and past its hold; a negative position is taken from the reserve, carried to the
    next statement, and invoiced in the end. A merchant whose screening is not clear gets no statement: it is not to be
    paid. What is payable becomes a payout in the same transaction. Raises ``WrongState`` for a day before the last
    statement, whose closing would be carried twice, and ``BrokenInvariant`` when a statement's lines do not equal what
    the ledger says.
    """
    last = ctx.session.execute(
        select(func.max(Settlement.as_of)).where(Settlement.originator_id == originator_id),
    ).scalar()
    if last is not None and as_of < last:
        fact = f"the last statements are of {last}; statements of {as_of} would go back in time"
        raise WrongState(fact, "Check the machine's clock or --as-of")
    merchants = ctx.session.scalars(
        select(Merchant).where(Merchant.originator_id == originator_id).order_by(Merchant.id),
    ).all()
    settled = set(
        ctx.session.scalars(
            select(Settlement.merchant_id).where(Settlement.originator_id == originator_id, Settlement.as_of == as_of),
        ),
    )
    settled.update(row.id for row in kept_back(ctx, originator_id, as_of=as_of))
    run = _begun(ctx, originator_id, as_of)
    found = [_settle(run, merchant) for merchant in merchants if merchant.id not in settled]
    made = [row for row in found if row is not None]
    if made:
        make_payouts(ctx, made)
        ctx.audit("settle_merchants", "book", as_of=as_of.isoformat(), statements=len(made))
    return [row.id for row in made]


def kept_back(ctx: Context, originator_id: int, *, as_of: date) -> Sequence[Merchant]:
    """Return the merchants that may not be paid on a day because their screening is not clear, by external id."""
    required = policy_of(ctx, originator_id).screening.required
    unclear = not_clear(Merchant, on=as_of, required=required)
    return ctx.session.scalars(
        select(Merchant).where(Merchant.originator_id == originator_id, unclear).order_by(Merchant.external_id),
    ).all()


def _begun(ctx: Context, originator_id: int, as_of: date) -> _Run:
    told = lines_by_turn(ctx, originator_id)
    tell_journals(ctx, originator_id, told)
    newest = (
        select(Settlement.merchant_id, func.max(Settlement.as_of).label("as_of"))
        .where(Settlement.originator_id == originator_id)
        .group_by(Settlement.merchant_id)
        .subquery()
    )
    openings = ctx.session.execute(
        select(Settlement.merchant_id, Settlement.closing_minor).join(
            newest, (newest.c.merchant_id == Settlement.merchant_id) & (newest.c.as_of == Settlement.as_of)
        )
    ).all()
    return _Run(
        ctx=ctx,
        originator_id=originator_id,
        as_of=as_of,
        policy=policy_of(ctx, originator_id).settlement,
        told=told,
        charges=charges_of(ctx, originator_id),
        held=held_before(ctx, originator_id, as_of=as_of),
        openings={row.merchant_id: row.closing_minor for row in openings},
        available=balances_of(ctx, originator_id, LedgerAccount.PAYABLE_AVAILABLE),
        receivable=balances_of(ctx, originator_id, LedgerAccount.MERCHANT_RECEIVABLE),
    )


def _settle(run: _Run, merchant: Merchant) -> Settlement | None:
    """Make a merchant's statement; None when there was never one and there is nothing to tell."""
    ctx, by_kind = run.ctx, run.told.get(merchant.id, {})
    lines = {kind: by_kind.get(kind, Lines()) for kind in LineKind}
    lines |= {kind: new_orders(ctx, merchant.id, kind) for kind in _NEW}
    lines[LineKind.CHARGE] = run.charges.get(merchant.id, Lines())
    opening = run.openings.get(merchant.id)
    if opening is None and not any(each.order_id for each in lines.values()):
        return None
    row = Settlement(
        id=ctx.ids.one(), originator_id=run.originator_id, merchant_id=merchant.id, as_of=run.as_of, currency="USD",
        opening_minor=opening or 0, made_at=ctx.now,
    )  # fmt: skip
    _tie(row, lines, available=-run.available.get(merchant.id, 0))
    _charge(ctx, row, lines[LineKind.CHARGE])
    note_payable(ctx, row, merchant, lines, run.policy)
    standing = _taken(run, row, merchant, lines)
    position = _position(row, lines)
    row.held_minor = min(held_minor(ctx, row, lines, before=run.held.get(merchant.id, [])), max(position, 0))
    payable = max(position - row.held_minor, 0)
    row.payable_minor = payable if payable >= run.policy.least_payout_minor else 0
    row.closing_minor = position - row.payable_minor
    for kind, (name, _) in SUMS.items():
        setattr(row, name, lines[kind].sum_minor)
    row.reserve_minor = reserve_left(ctx, row.originator_id, row.merchant_id)
    ctx.session.add(row)
    ctx.session.flush()
    insert_steps(ctx, row, standing)
    _pay_out(ctx, row)
    if run.receivable.get(merchant.id):
        close_paid(ctx, merchant.id)
    return row


def _position(row: Settlement, lines: Mapping[LineKind, Lines]) -> int:
    return row.opening_minor + sum(sign * lines[kind].sum_minor for kind, (_, sign) in SUMS.items())


def _tie(row: Settlement, lines: Mapping[LineKind, Lines], *, available: int) -> None:
    """Compare what happened with the ledger, before the statement itself moves anything."""
    position = _position(row, lines) + lines[LineKind.CHARGE].sum_minor
    if position != available:
        name = public_id(Prefix.MERCHANT, row.merchant_id)
        fact = f"the statement of {name} comes to {position}, the ledger to {available}"
        raise BrokenInvariant(fact, "Nothing was settled. Compare the statement's orders with the ledger's journals")


def _charge(ctx: Context, row: Settlement, charges: Lines) -> None:
    """Book what the bank took for returns and the merchant bears."""
    post(
        ctx, JournalKind.CHARGED, originator_id=row.originator_id, source_id=row.id, on=row.as_of,
        amounts={(0, row.merchant_id): charges.sum_minor},
    )  # fmt: skip


def _taken(run: _Run, row: Settlement, merchant: Merchant, lines: dict[LineKind, Lines]) -> Standing:
    """Move reserve and invoices, keep the statement's lines, and take step by step what it takes."""
    ctx, restored = run.ctx, lines[LineKind.RESTORED]
    by_hand = lines[LineKind.INVOICED].sum_minor
    known = row.opening_minor < 0 or merchant.id in run.receivable or by_hand
    standing = standing_of(ctx, merchant.id) if known else Standing()
    first = clawed_lines(ctx, restored) if known and restored.order_id else frozenset()
    undone = 0
    if merchant.id in run.receivable:
        note_losses(ctx, row, standing)
        undone = take_back_invoices(ctx, row, standing, restored, receivable=run.receivable[merchant.id])
    lines[LineKind.UNRESERVED] = release_due(ctx, row)
    free = _position(row, lines) - undone
    lines[LineKind.RESERVED] = keep_reserve(ctx, row, merchant, lines, run.policy, most=max(free, 0))
    lines[LineKind.COVERED] = use_reserve(ctx, row, short=-free)
    short = max(-free, 0)
    left = short - lines[LineKind.COVERED].sum_minor
    invoiced = left > 0 and _carried_long_enough(run, row)
    _invoice(ctx, row, lines, minor=(left if invoiced else 0) - undone)
    if invoiced:
        tell_owing(ctx, row.originator_id, merchant, minor=left, source_id=row.id)
    ids = {kind: _insert_lines(ctx, row, kind, each) for kind, each in lines.items()}
    row.covered_minor = lines[LineKind.COVERED].sum_minor
    take_steps(standing, row, new_takings(lines, ids), short=short, by_hand=by_hand, invoiced=invoiced, first=first)
    return standing


def _invoice(ctx: Context, row: Settlement, lines: Mapping[LineKind, Lines], *, minor: int) -> None:
    """Book what becomes an invoice now, less the invoices that are undone, as one line of the statement."""
    if not minor:
        return
    post(
        ctx, JournalKind.INVOICED, originator_id=row.originator_id, source_id=row.id, on=row.as_of,
        amounts={(0, row.merchant_id): minor},
    )  # fmt: skip
    source_id = ctx.session.execute(
        select(Posting.id).where(
            Posting.originator_id == row.originator_id,
            Posting.kind == JournalKind.INVOICED,
            Posting.source_id == row.id,
            Posting.account == LedgerAccount.PAYABLE_AVAILABLE,
            Posting.batch_id == 0,
        )
    ).scalar_one()
    lines[LineKind.INVOICED].add(amount_minor=minor, source_id=source_id)


def _carried_long_enough(run: _Run, row: Settlement) -> bool:
    """Return whether a merchant's statements have closed below zero for the policy's days."""
    before = run.ctx.session.execute(
        select(Settlement.as_of, Settlement.closing_minor)
        .where(Settlement.originator_id == row.originator_id, Settlement.merchant_id == row.merchant_id)
        .order_by(Settlement.as_of.desc()),
    )
    negative = [as_of for as_of, _ in takewhile(lambda each: each.closing_minor < 0, before)]
    since = negative[-1] if negative else row.as_of
    return since + timedelta(days=run.policy.invoice_after) <= row.as_of


def _insert_lines(ctx: Context, row: Settlement, kind: LineKind, lines: Lines) -> list[int]:
    """Keep the lines of a kind and return their keys."""
    if not lines.order_id:
        return []
    ids: list[int] = ctx.ids.many(len(lines.order_id)).tolist()
    insert_columns(
        ctx.session,
        SettlementLine,
        {
            "id": ids,
            "order_id": lines.order_id,
            "entry_id": lines.entry_id,
            "amount_minor": lines.amount_minor,
            "code": lines.code,
            "reason": lines.reason,
            "turn": lines.turn,
            "return_id": lines.return_id,
            "report_id": lines.report_id,
            "report_line": lines.report_line,
            "source_id": lines.source_id,
            "payable_on": [None if day is None else day.isoformat() for day in lines.payable_on],
        },
        same={"settlement_id": row.id, "kind": kind},
    )
    return ids


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
