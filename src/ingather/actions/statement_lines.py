"""What statements tell of besides collected and failed orders: clawed back, given back, restored, and return fees.

Each is told once for each time that it happened. A debit that was clawed back and whose return was undone by a
dishonour is restored, and may be clawed back again; a credit that came back, or that the bank rejected, is restored.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, Subquery, and_, exists, func, or_, select

from ingather.actions.context import Context
from ingather.domain.entries import EntryEnd
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.orders import OrderState
from ingather.store.tables import Entry, FollowUp, Order, Return, SettlementLine

CLAWED_BACK = "clawed_back"
GIVEN_BACK = "given_back"
RESTORED = "restored"
FEE = "fee"
TOLD_BY_TURN = (CLAWED_BACK, GIVEN_BACK, RESTORED, FEE)
_CREDITS = (FollowUpKind.REVERSAL, FollowUpKind.REFUND)
_LEFT = (FollowUpState.SENT, FollowUpState.SETTLED, FollowUpState.DONE, FollowUpState.RETURNED)


@dataclass(slots=True)  # mutable -- filled in line by line
class Lines:
    """New lines of a statement as columns; an entry is None for an order that was never debited."""

    order_id: list[int] = field(default_factory=list)
    entry_id: list[int | None] = field(default_factory=list)
    amount_minor: list[int] = field(default_factory=list)
    code: list[str | None] = field(default_factory=list)
    reason: list[str | None] = field(default_factory=list)
    turn: list[int] = field(default_factory=list)

    def add(self, row: Any, *, code: str | None = None, reason: str | None = None, turn: int = 1) -> None:  # noqa: ANN401 -- a row with order_id, entry_id, amount_cents
        """Add the line of an entry."""
        self.order_id.append(row.order_id)
        self.entry_id.append(row.entry_id)
        self.amount_minor.append(row.amount_cents)
        self.code.append(code)
        self.reason.append(reason)
        self.turn.append(turn)


Told = dict[int, dict[str, Lines]]
"""New lines by merchant and kind."""


def lines_by_turn(ctx: Context, originator_id: int) -> Told:
    """Return what no statement of a merchant has told of yet, of what may happen to an entry more than once."""
    found: Told = {}
    _debits(ctx, originator_id, found)
    _credits(ctx, originator_id, found)
    _rejected_credits(ctx, originator_id, found)
    _fees(ctx, originator_id, found)
    return found


def collected_and_reversed() -> Select[int]:
    """Return the question for debits that were collected before their reversal was done."""
    return select(FollowUp.original_entry_id).where(
        FollowUp.kind == FollowUpKind.REVERSAL, FollowUp.of_collected, FollowUp.state == FollowUpState.DONE
    )


def undone_after_claw_back() -> Select[int | None]:
    """Return the question for entries that were clawed back by a return that was undone."""
    return select(Return.entry_id).where(Return.clawed_back, Return.undone_on.is_not(None))


def _of(found: Told, merchant_id: int, kind: str) -> Lines:
    return found.setdefault(merchant_id, {}).setdefault(kind, Lines())


def _times_told(kind: str) -> Subquery:
    return (
        select(SettlementLine.entry_id, func.count().label("times"))
        .where(SettlementLine.kind == kind, SettlementLine.entry_id.is_not(None))
        .group_by(SettlementLine.entry_id)
        .subquery()
    )


def _debits(ctx: Context, originator_id: int, found: Told) -> None:
    """Find the claw-backs of debits and fees, and the debits that stand again after one."""
    outs = (
        select(Return.entry_id, func.count().label("times"), func.max(Return.code).label("code"))
        .where(
            Return.originator_id == originator_id,
            Return.clawed_back,
            or_(Return.applied, Return.undone_on.is_not(None)),
            Return.replaced_by.is_(None),
        )
        .group_by(Return.entry_id)
        .subquery()
    )
    clawed, restored = _times_told(CLAWED_BACK), _times_told(RESTORED)
    stands = and_(
        Entry.ended.is_(None),
        or_(
            Order.state == OrderState.COLLECTED,
            and_(Order.state == OrderState.REVERSED, Entry.id.in_(collected_and_reversed())),
        ),
    )
    rows = ctx.session.execute(
        select(
            Order.merchant_id, Entry.order_id, Entry.id.label("entry_id"), Entry.amount_cents, outs.c.times,
            outs.c.code, stands.label("stands"), func.coalesce(clawed.c.times, 0).label("clawed"),
            func.coalesce(restored.c.times, 0).label("restored"),
        )
        .join(Order, Order.id == Entry.order_id)
        .join(outs, outs.c.entry_id == Entry.id)
        .outerjoin(clawed, clawed.c.entry_id == Entry.id)
        .outerjoin(restored, restored.c.entry_id == Entry.id)
        .order_by(Entry.order_id, Entry.id),
    )  # fmt: skip
    for row in rows:
        for turn in range(row.clawed + 1, row.times + 1):
            _of(found, row.merchant_id, CLAWED_BACK).add(row, code=row.code, turn=turn)
        for turn in range(row.restored + 1, row.times + (1 if row.stands else 0)):
            _of(found, row.merchant_id, RESTORED).add(row, code=row.code, turn=turn)


def _credits(ctx: Context, originator_id: int, found: Told) -> None:
    """Find the reversals of collected orders and the refunds that left, and those among them that came back."""
    for row in ctx.session.execute(
        _untold(originator_id, GIVEN_BACK).where(
            FollowUp.kind.in_(_CREDITS), FollowUp.of_collected, FollowUp.state.in_(_LEFT)
        ),
    ):
        _of(found, row.merchant_id, GIVEN_BACK).add(row, reason=row.kind)
    for row in ctx.session.execute(
        _untold(originator_id, RESTORED).where(
            FollowUp.kind.in_(_CREDITS), FollowUp.of_collected, FollowUp.state == FollowUpState.RETURNED
        ),
    ):
        _of(found, row.merchant_id, RESTORED).add(row, code=row.ended_because, reason=row.kind)


def _rejected_credits(ctx: Context, originator_id: int, found: Told) -> None:
    """Find the credits that were told of as given back and that the bank rejected afterwards."""
    again = select(SettlementLine.entry_id).where(SettlementLine.kind == RESTORED, SettlementLine.entry_id.is_not(None))
    rows = ctx.session.execute(
        select(Order.merchant_id, Entry.order_id, Entry.id.label("entry_id"), Entry.amount_cents, Entry.kind)
        .join(SettlementLine, SettlementLine.entry_id == Entry.id)
        .join(Order, Order.id == Entry.order_id)
        .where(
            Entry.originator_id == originator_id,
            SettlementLine.kind == GIVEN_BACK,
            Entry.ended == EntryEnd.REJECTED,
            Entry.id.not_in(again),
        )
        .order_by(Entry.order_id, Entry.id),
    )
    for row in rows:
        _of(found, row.merchant_id, RESTORED).add(row, reason=row.kind)


def _fees(ctx: Context, originator_id: int, found: Told) -> None:
    """Find the return fees that became the merchants', those among them that came back later too."""
    clawed_back = exists().where(Return.entry_id == FollowUp.entry_id, Return.applied, Return.clawed_back)
    for row in ctx.session.execute(
        _untold(originator_id, FEE).where(
            FollowUp.kind == FollowUpKind.RETURN_FEE, or_(FollowUp.state == FollowUpState.DONE, clawed_back)
        ),
    ):
        _of(found, row.merchant_id, FEE).add(row, reason=row.kind)


def _untold(originator_id: int, kind: str) -> Select[*tuple[Any, ...]]:
    """Return the question for follow-ups whose entries no statement told of as this kind."""
    told = select(SettlementLine.entry_id).where(SettlementLine.kind == kind, SettlementLine.entry_id.is_not(None))
    return (
        select(
            FollowUp.merchant_id, FollowUp.order_id, FollowUp.entry_id, FollowUp.kind, FollowUp.ended_because,
            Entry.amount_cents,
        )
        .join(Entry, Entry.id == FollowUp.entry_id)
        .where(FollowUp.originator_id == originator_id, Entry.id.not_in(told))
        .order_by(FollowUp.order_id, FollowUp.id)
    )  # fmt: skip
