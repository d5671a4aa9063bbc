"""Asking for reversals: of one debit, or of every debit of a file that went out in error.

A reversal waits for a second person. Until it has come to its end the order is neither released nor debited again.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from ingather.actions.context import Context
from ingather.actions.files.approval import locked_file
from ingather.actions.follow_ups.recording import Debits, Wish, open_cases_of, record_follow_ups
from ingather.actions.follow_ups.terms import LiveDebit, available_on, live_debit, lock_feeds
from ingather.actions.orders import locked_order
from ingather.actions.rules import keep_rules
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.files import FileState
from ingather.domain.follow_ups import STANDING, FollowUpKind, FollowUpState
from ingather.domain.orders import WITH_THE_BANK, OrderState
from ingather.domain.refusals import WrongState
from ingather.rules.reversals import (
    REVERSAL_CLOCK,
    NotReversible,
    SentDebit,
    last_day_of_reversal,
    reversal_reason,
    reversible,
    rows_of_reversal,
    send_file_reversal_by,
    told,
)
from ingather.store.bulk import read_columns
from ingather.store.entries import of_file
from ingather.store.tables import Batch, Entry, File, FollowUp, Order

_ANOTHER_DAY = date.max
"""Stands for the effective date where there is nothing that could be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedReversal:
    """A reversal that waits for its second person.

    ``last_day`` is the last on which it may settle, ``correcting`` says that a debit as it was meant goes with it.
    """

    follow_up_id: int
    amount_cents: int
    last_day: date
    correcting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFile:
    """The reversals of a whole file: how many debits they take back, over how much, and how many were left out.

    ``send_by`` is the last instant at which they may go out.
    """

    debits: int
    cents: int
    left_out: int
    last_day: date
    send_by: datetime
    correcting: bool


def ask_reversal(ctx: Context, order_id: int, *, reason: str, words: str) -> AskedReversal:
    """Ask for the reversal of an order's debit, for a reason of the table; a second person approves it.

    Raises ``NoSuch``, and ``WrongState`` with the way out when the reason is none that the Rules permit, the debit is
    not out, not released by the bank or back already, a refund of it stands, or its last day is out of reach.
    """
    lock_feeds(ctx, order_ids=[order_id])
    order = locked_order(ctx, order_id)
    debit = live_debit(ctx, order_id)
    name = public_id(Prefix.ORDER, order_id)
    sent = _as_sent(order, debit)
    ready_on = debit.available_on if debit else _ANOTHER_DAY
    why = reversible(reason, sent, on=ctx.today, available_on=ready_on)
    start = sent.counts_from
    last_day = last_day_of_reversal(start) if start else None
    if why is not None or debit is None or last_day is None:
        found = why or NotReversible.NOTHING_SENT
        raise WrongState(*told(found, name=reason, order=name, last_day=last_day, on=ctx.today))
    _refuse_second(ctx, order_id, debit.entry_id, name)
    rows = rows_of_reversal(reason, settled_on=start or ctx.today, on=ctx.today)
    debits = Debits(
        entry_id=[debit.entry_id],
        order_id=[order_id],
        merchant_id=[order.merchant_id],
        amount_cents=[debit.amount_cents],
        reason=[reason],
        last_day=[last_day],
        collected=[order.state == OrderState.COLLECTED],
    )
    (key,) = _record(ctx, order.originator_id, debits, words=words, rows=rows)
    ctx.audit("ask_reversal", public_id(Prefix.FOLLOW_UP, key), order=name, reason=reason, words=words)
    correcting = _correcting(reason, ctx.today)
    return AskedReversal(follow_up_id=key, amount_cents=debit.amount_cents, last_day=last_day, correcting=correcting)


def _as_sent(order: Order, debit: LiveDebit | None) -> SentDebit:
    return SentDebit(
        state=OrderState(order.state),
        file_state=debit.file_state if debit else None,
        effective_on=debit.effective_on if debit else None,
        settled_on=debit.settled_on if debit else None,
        refunded=order.refunded_minor > 0,
    )


def _correcting(reason: str, on: date) -> bool:
    found = reversal_reason(reason, on)
    return found is not None and found.correcting


def _refuse_second(ctx: Context, order_id: int, entry_id: int, name: str) -> None:
    standing = ctx.session.execute(
        select(FollowUp.id, FollowUp.state).where(
            FollowUp.order_id == order_id,
            FollowUp.original_entry_id == entry_id,
            FollowUp.kind == FollowUpKind.REVERSAL,
            FollowUp.state.in_(sorted(STANDING)),
        ),
    ).one_or_none()
    if standing is not None:
        fact = f"a reversal of order {name} is {standing.state} already: {public_id(Prefix.FOLLOW_UP, standing.id)}"
        raise WrongState(fact)


def _record(
    ctx: Context,
    originator_id: int,
    debits: Debits,
    *,
    words: str,
    rows: tuple[str, ...],
    send_by: datetime | None = None,
) -> list[int]:
    """Record reversals that wait for their second person, and open a case for each."""
    wish = Wish(
        kind=FollowUpKind.REVERSAL,
        state=FollowUpState.ASKED,
        words=words,
        rule_set_id=keep_rules(ctx, rows),
        send_by=send_by,
    )
    keys = record_follow_ups(ctx, originator_id, debits, wish)
    said = [
        f"The debit over {format_minor(cents)} USD is to be reversed ({reason.replace('_', ' ')}: {words}), so that it "
        f"settles by {day}. A second person approves it: ingather follow-up approve "
        f"{public_id(Prefix.FOLLOW_UP, key)}. The buyer is told why by the day it settles."
        for key, cents, reason, day in zip(keys, debits.amount_cents, debits.reason, debits.last_day, strict=True)
    ]
    open_cases_of(
        ctx, originator_id, FollowUpKind.REVERSAL, keys, debits, sentence=said, clock=REVERSAL_CLOCK,
        due_on=debits.last_day,
    )  # fmt: skip
    return keys


def ask_file_reversal(ctx: Context, file_id: int, *, reason: str, words: str, discovered_at: datetime) -> AskedFile:
    """Ask for the reversal of every debit of a file that still stands at the bank; a second person approves them all.

    Debits that came back, are refunded or have a reversal already are left out. Raises ``NoSuch``, and ``WrongState``
    as ``ask_reversal`` does, or when the error was discovered more than 24 hours ago, or nothing is left to reverse.
    """
    lock_feeds(ctx, file_id=file_id)
    file = locked_file(ctx, file_id)
    name = public_id(Prefix.FILE, file_id)
    send_by = send_file_reversal_by(discovered_at, ctx.today)
    if discovered_at > ctx.now:
        fact = "the error cannot have been discovered after now"
        raise WrongState(fact, "Give the instant with --discovered, such as 2026-11-25T18:00:00-05:00")
    if send_by < ctx.now:
        fact = f"the error in file {name} was discovered more than 24 hours ago"
        raise WrongState(fact, "Reverse single debits while that is in time: ingather order reverse; or refund them")
    ready_on = available_on(ctx, file.route_id)
    settled_on = _first_settlement(ctx, file_id)
    sent = SentDebit(
        state=_state_of_file(FileState(file.state)),
        file_state=FileState(file.state),
        effective_on=file.effective_on,
        settled_on=settled_on,
    )
    last_day = last_day_of_reversal(settled_on or file.effective_on)
    if (why := reversible(reason, sent, on=ctx.today, available_on=ready_on)) is not None:
        raise WrongState(*told(why, name=reason, order=f"of file {name}", last_day=last_day, on=ctx.today))
    debits, everything = _of_file(ctx, file, reason=reason, last_day=last_day)
    if not len(debits):
        fact = f"no debit of file {name} is left to reverse: they came back, are refunded, or are being reversed"
        raise WrongState(fact)
    rows = rows_of_reversal(reason, settled_on=settled_on or file.effective_on, on=ctx.today, whole_file=True)
    _record(ctx, file.originator_id, debits, words=words, rows=rows, send_by=send_by)
    cents = sum(debits.amount_cents)
    ctx.audit(
        "ask_file_reversal", name, reason=reason, words=words, debits=len(debits), cents=cents,
        discovered_at=discovered_at.isoformat(),
    )  # fmt: skip
    return AskedFile(
        debits=len(debits), cents=cents, left_out=everything - len(debits), last_day=last_day, send_by=send_by,
        correcting=_correcting(reason, ctx.today),
    )  # fmt: skip


def _state_of_file(state: FileState) -> OrderState:
    """Return where the orders of a file stand, as far as its own state tells."""
    match state:
        case FileState.SEALED | FileState.APPROVED | FileState.SENDING | FileState.IN_DOUBT:
            return OrderState.SEALED
        case FileState.VOIDED | FileState.REJECTED:
            return OrderState.OPEN
        case _:
            return OrderState.SUBMITTED


def _first_settlement(ctx: Context, file_id: int) -> date | None:
    """Return the earliest day on which a batch of a file settled, None while none has."""
    days = ctx.session.scalars(select(Batch.settled_on).where(Batch.file_id == file_id, Batch.settled_on.is_not(None)))
    return min((day for day in days if day is not None), default=None)


def _of_file(ctx: Context, file: File, *, reason: str, last_day: date) -> tuple[Debits, int]:
    """Return the debits of a file that can be reversed, and how many debits of orders it has in all."""
    reversing = select(FollowUp.original_entry_id).where(
        FollowUp.originator_id == file.originator_id,
        FollowUp.kind == FollowUpKind.REVERSAL,
        FollowUp.state.in_(sorted(STANDING)),
    )
    mine = (*of_file(file), Entry.presentation.is_not(None))
    left = (
        Entry.ended.is_(None),
        Entry.id.not_in(reversing),
        Order.state.in_(sorted(WITH_THE_BANK)),
        Order.refunded_minor == 0,
    )
    entry_id, order_id, merchant_id, cents, state = read_columns(
        ctx.session,
        select(Entry.id, Entry.order_id, Order.merchant_id, Entry.amount_cents, Order.state)
        .join(Order, Order.id == Entry.order_id)
        .where(*mine, *left)
        .order_by(Entry.id),
    )
    debits = Debits(
        entry_id=entry_id,
        order_id=order_id,
        merchant_id=merchant_id,
        amount_cents=cents,
        reason=[reason] * len(entry_id),
        last_day=[last_day] * len(entry_id),
        collected=[word == OrderState.COLLECTED for word in state],
    )
    return debits, ctx.session.execute(select(func.count()).select_from(Entry).where(*mine)).scalar_one()
