"""What statements tell of besides collected and failed orders: clawed back, given back, restored, and return fees.

Each is told once for each time that it happened. A debit that was clawed back and whose return was undone by a
dishonour is restored, and may be clawed back again; a credit that came back, or that the bank rejected, is restored.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, Subquery, and_, exists, func, or_, select

from ingather.actions.context import Context
from ingather.domain.entries import EntryEnd
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.orders import OrderState
from ingather.domain.settlements import LineKind
from ingather.store.tables import Batch, Entry, FollowUp, Order, Return, SettlementLine

_AT_ONCE = 5_000
_CREDITS = (FollowUpKind.REVERSAL, FollowUpKind.REFUND)
_LEFT = (FollowUpState.SENT, FollowUpState.SETTLED, FollowUpState.DONE, FollowUpState.RETURNED)


@dataclass(slots=True)  # mutable -- filled in line by line
class Lines:
    """New lines of a statement as columns; an entry is None for an order that was never debited.

    ``batch_id`` and ``entry_class`` are those of a debit that brings money, for its terms; else None and empty.
    """

    order_id: list[int] = field(default_factory=list)
    entry_id: list[int | None] = field(default_factory=list)
    amount_minor: list[int] = field(default_factory=list)
    code: list[str | None] = field(default_factory=list)
    reason: list[str | None] = field(default_factory=list)
    turn: list[int] = field(default_factory=list)
    return_id: list[int | None] = field(default_factory=list)
    report_id: list[int | None] = field(default_factory=list)
    report_line: list[int | None] = field(default_factory=list)
    source_id: list[int | None] = field(default_factory=list)
    payable_on: list[date | None] = field(default_factory=list)
    batch_id: list[int | None] = field(default_factory=list)
    entry_class: list[str] = field(default_factory=list)

    def add(  # noqa: PLR0913 -- the columns of a line
        self,
        *,
        amount_minor: int,
        order_id: int = 0,
        entry_id: int | None = None,
        code: str | None = None,
        reason: str | None = None,
        turn: int = 1,
        back: Any = None,  # noqa: ANN401 -- a row with id, report_id and line of a return
        source_id: int | None = None,
        batch_id: int | None = None,
        entry_class: str = "",
    ) -> None:
        """Add a line; ``back`` is the return it is about."""
        self.order_id.append(order_id)
        self.entry_id.append(entry_id)
        self.amount_minor.append(amount_minor)
        self.code.append(code)
        self.reason.append(reason)
        self.turn.append(turn)
        self.return_id.append(None if back is None else back.id)
        self.report_id.append(None if back is None else back.report_id)
        self.report_line.append(None if back is None else back.line)
        self.source_id.append(source_id)
        self.payable_on.append(None)
        self.batch_id.append(batch_id)
        self.entry_class.append(entry_class)

    @property
    def sum_minor(self) -> int:
        """Return the lines' sum in minor units."""
        return sum(self.amount_minor)


Told = dict[int, dict[LineKind, Lines]]
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


def lines_of(found: Told, merchant_id: int, kind: LineKind) -> Lines:
    """Return a merchant's lines of a kind, to add to."""
    return found.setdefault(merchant_id, {}).setdefault(kind, Lines())


def times_told(kind: LineKind) -> Subquery:
    """Return how often each entry is told of as a kind."""
    return (
        select(SettlementLine.entry_id, func.count().label("times"))
        .where(SettlementLine.kind == kind, SettlementLine.entry_id.is_not(None))
        .group_by(SettlementLine.entry_id)
        .subquery()
    )


def _clawed_back(originator_id: int) -> tuple[Any, ...]:
    return (
        Return.originator_id == originator_id,
        Return.clawed_back,
        # One that a person unmatched has another in its place, and was a claw-back of its entry all the same.
        or_(and_(Return.applied, Return.replaced_by.is_(None)), Return.undone_on.is_not(None)),
    )


def _debits(ctx: Context, originator_id: int, found: Told) -> None:
    """Find the claw-backs of debits and fees, and the debits that stand again after one."""
    outs = (
        select(Return.entry_id, func.count().label("times"))
        .where(*_clawed_back(originator_id))
        .group_by(Return.entry_id)
        .subquery()
    )
    clawed, restored = times_told(LineKind.CLAWED_BACK), times_told(LineKind.RESTORED)
    told, given = func.coalesce(clawed.c.times, 0), func.coalesce(restored.c.times, 0)
    stands = and_(
        Entry.ended.is_(None),
        or_(
            Order.state == OrderState.COLLECTED,
            and_(Order.state == OrderState.REVERSED, Entry.id.in_(collected_and_reversed())),
        ),
    )
    rows = ctx.session.execute(
        select(
            Order.merchant_id, Entry.order_id, Entry.id.label("entry_id"), Entry.amount_cents, Entry.batch_id,
            Batch.entry_class, outs.c.times, stands.label("stands"), told.label("clawed"), given.label("restored"),
        )
        .join(Order, Order.id == Entry.order_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(outs, outs.c.entry_id == Entry.id)
        .outerjoin(clawed, clawed.c.entry_id == Entry.id)
        .outerjoin(restored, restored.c.entry_id == Entry.id)
        .where(or_(told < outs.c.times, and_(stands, given < outs.c.times), given < outs.c.times - 1))
        .order_by(Entry.order_id, Entry.id),
    ).all()  # fmt: skip
    backs = _returns_of(ctx, originator_id, [row.entry_id for row in rows if row.clawed < row.times])
    for row in rows:
        for turn in range(row.clawed + 1, row.times + 1):
            back = backs[row.entry_id][turn - 1]
            lines_of(found, row.merchant_id, LineKind.CLAWED_BACK).add(
                order_id=row.order_id, entry_id=row.entry_id, amount_minor=row.amount_cents, code=back.code, turn=turn,
                back=back, batch_id=row.batch_id, entry_class=row.entry_class,
            )  # fmt: skip
        for turn in range(row.restored + 1, row.times + (1 if row.stands else 0)):
            lines_of(found, row.merchant_id, LineKind.RESTORED).add(
                order_id=row.order_id, entry_id=row.entry_id, amount_minor=row.amount_cents, turn=turn,
                batch_id=row.batch_id, entry_class=row.entry_class,
            )  # fmt: skip


def _returns_of(ctx: Context, originator_id: int, entry_ids: list[int]) -> dict[int, list[Any]]:
    """Return the claw-backs of entries with code, report and line, each entry's in the order in which they came."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for start in range(0, len(entry_ids), _AT_ONCE):
        for row in ctx.session.execute(
            select(Return.id, Return.entry_id, Return.code, Return.report_id, Return.line)
            .where(*_clawed_back(originator_id), Return.entry_id.in_(entry_ids[start : start + _AT_ONCE]))
            .order_by(Return.id),
        ):
            found[row.entry_id].append(row)
    return found


def _credits(ctx: Context, originator_id: int, found: Told) -> None:
    """Find the reversals of collected orders and the refunds that left, and those among them that came back."""
    of_collected = (FollowUp.kind.in_(_CREDITS), FollowUp.of_collected)
    left = _untold(originator_id, LineKind.GIVEN_BACK).where(*of_collected, FollowUp.state.in_(_LEFT))
    _add(found, LineKind.GIVEN_BACK, ctx.session.execute(left))
    back = _untold(originator_id, LineKind.RESTORED).where(*of_collected, FollowUp.state == FollowUpState.RETURNED)
    _add(found, LineKind.RESTORED, ctx.session.execute(back), code_too=True)


def _rejected_credits(ctx: Context, originator_id: int, found: Told) -> None:
    """Find the credits that were told of as given back and that the bank rejected afterwards."""
    again = select(SettlementLine.entry_id).where(
        SettlementLine.kind == LineKind.RESTORED, SettlementLine.entry_id.is_not(None)
    )
    rows = ctx.session.execute(
        select(Order.merchant_id, Entry.order_id, Entry.id.label("entry_id"), Entry.amount_cents, Entry.kind)
        .join(SettlementLine, SettlementLine.entry_id == Entry.id)
        .join(Order, Order.id == Entry.order_id)
        .where(
            Entry.originator_id == originator_id,
            SettlementLine.kind == LineKind.GIVEN_BACK,
            Entry.ended == EntryEnd.REJECTED,
            Entry.id.not_in(again),
        )
        .order_by(Entry.order_id, Entry.id),
    )
    _add(found, LineKind.RESTORED, rows)


def _fees(ctx: Context, originator_id: int, found: Told) -> None:
    """Find the return fees that became the merchants', those among them that came back later too."""
    clawed_back = exists().where(Return.entry_id == FollowUp.entry_id, Return.applied, Return.clawed_back)
    rows = ctx.session.execute(
        _untold(originator_id, LineKind.FEE).where(
            FollowUp.kind == FollowUpKind.RETURN_FEE, or_(FollowUp.state == FollowUpState.DONE, clawed_back)
        ),
    )
    _add(found, LineKind.FEE, rows, brings=True)


def _add(found: Told, kind: LineKind, rows: Iterable[Any], *, code_too: bool = False, brings: bool = False) -> None:
    for row in rows:
        lines_of(found, row.merchant_id, kind).add(
            order_id=row.order_id, entry_id=row.entry_id, amount_minor=row.amount_cents, reason=row.kind,
            code=row.ended_because if code_too else None, batch_id=row.batch_id if brings else None,
            entry_class=row.entry_class if brings else "",
        )  # fmt: skip


def _untold(originator_id: int, kind: LineKind) -> Select[*tuple[Any, ...]]:
    """Return the question for follow-ups whose entries no statement told of as this kind."""
    told = select(SettlementLine.entry_id).where(SettlementLine.kind == kind, SettlementLine.entry_id.is_not(None))
    return (
        select(
            FollowUp.merchant_id, FollowUp.order_id, FollowUp.entry_id, FollowUp.kind, FollowUp.ended_because,
            Entry.amount_cents, Entry.batch_id, Batch.entry_class,
        )
        .join(Entry, Entry.id == FollowUp.entry_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(FollowUp.originator_id == originator_id, Entry.id.not_in(told))
        .order_by(FollowUp.order_id, FollowUp.id)
    )  # fmt: skip
