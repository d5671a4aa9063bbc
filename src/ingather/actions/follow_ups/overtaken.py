"""A debit that comes back while something was to give it back: what has not left is called off, the rest is told.

A reversal that is out already, or may be, makes the return a double credit: it is not applied.
"""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.files.approval import locked_file, void_unguarded
from ingather.actions.follow_ups.ending import withdraw_moot
from ingather.actions.follow_ups.sent import CREDITS
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.files import NOT_SENT
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.store.among import AT_ONCE, among
from ingather.store.tables import Entry, File, FollowUp

_OUT = (FollowUpState.SENT, FollowUpState.SETTLED, FollowUpState.DONE)
_WAITING = (FollowUpState.ASKED, FollowUpState.WANTED)


def reversed_out(ctx: Context, entry_ids: Sequence[int]) -> frozenset[int]:
    """Return the debits whose reversal is at the bank or may be: a return of one gives the buyer the money twice.

    Files that are about to leave with a reversal of one are locked first, so that they leave before this or never.
    """
    _lock_sealed(ctx, entry_ids)
    may_be = and_(FollowUp.state == FollowUpState.SEALED, File.state.not_in(NOT_SENT))
    found: set[int] = set()
    for start in range(0, len(entry_ids), AT_ONCE):
        found.update(
            ctx.session.scalars(
                select(FollowUp.original_entry_id)
                .join(Entry, Entry.id == FollowUp.entry_id)
                .join(File, File.id == Entry.file_id)
                .where(
                    among(ctx.session, FollowUp.original_entry_id, entry_ids[start : start + AT_ONCE]),
                    FollowUp.kind == FollowUpKind.REVERSAL,
                    or_(FollowUp.state.in_(_OUT), may_be),
                ),
            ),
        )
    return frozenset(found)


def _lock_sealed(ctx: Context, entry_ids: Sequence[int]) -> None:
    sealed = ctx.session.execute(
        select(FollowUp.original_entry_id, Entry.file_id)
        .join(Entry, Entry.id == FollowUp.entry_id)
        .where(FollowUp.state == FollowUpState.SEALED, FollowUp.kind.in_(CREDITS)),
    ).all()
    back = set(entry_ids) if sealed else set()
    for file_id in sorted({row.file_id for row in sealed if row.original_entry_id in back}):
        locked_file(ctx, file_id)


def call_off(ctx: Context, originator_id: int, entry_ids: Sequence[int]) -> None:
    """Withdraw the reversals and refunds that have not left of debits that come back, and tell of refunds that have.

    A sealed file with one in it is voided; the others in it are sealed again.
    """
    if not entry_ids:
        return
    back = set(entry_ids)
    sealed = ctx.session.execute(
        select(FollowUp.original_entry_id, Entry.file_id)
        .join(Entry, Entry.id == FollowUp.entry_id)
        .join(File, File.id == Entry.file_id)
        .where(
            FollowUp.originator_id == originator_id,
            FollowUp.state == FollowUpState.SEALED,
            FollowUp.kind.in_(CREDITS),
            File.state.in_(NOT_SENT),
        ),
    ).all()
    for file_id in sorted({file_id for entry_id, file_id in sealed if entry_id in back}):
        void_unguarded(ctx, file_id, reason="a debit that it gives back was returned")
    withdraw_moot(ctx, entry_ids, "returned")
    _tell_refunded(ctx, originator_id, entry_ids)


def withdraw_overtaken(ctx: Context, originator_id: int) -> int:
    """Withdraw what waits and has nothing to follow any more; returns how many.

    A reversal or refund needs a debit that stands, a fee one that came back.
    """
    waiting = ctx.session.execute(
        select(FollowUp.original_entry_id, FollowUp.kind, Entry.ended)
        .join(Entry, Entry.id == FollowUp.original_entry_id)
        .where(FollowUp.originator_id == originator_id, FollowUp.state.in_(_WAITING)),
    ).all()
    ended = [row.original_entry_id for row in waiting if row.kind in CREDITS and row.ended is not None]
    undone = [row.original_entry_id for row in waiting if row.kind not in CREDITS and row.ended is None]
    withdrawn = withdraw_moot(ctx, ended, "returned")
    withdrawn += withdraw_moot(ctx, undone, "undone", kinds=[FollowUpKind.RETURN_FEE])
    return len(withdrawn)


def _tell_refunded(ctx: Context, originator_id: int, entry_ids: Sequence[int]) -> None:
    """Open a case for each order that was refunded and whose debit comes back: its buyer has money twice."""
    for start in range(0, len(entry_ids), AT_ONCE):
        refunded = ctx.session.execute(
            select(FollowUp.id, FollowUp.order_id, FollowUp.original_entry_id, FollowUp.amount_cents).where(
                among(ctx.session, FollowUp.original_entry_id, entry_ids[start : start + AT_ONCE]),
                FollowUp.kind == FollowUpKind.REFUND,
                FollowUp.state.in_([*_OUT, FollowUpState.SEALED]),
            ),
        ).all()
        for row in refunded:
            order = public_id(Prefix.ORDER, row.order_id)
            open_case(
                ctx,
                CaseKind.RETURN_OF_FINAL_ORDER,
                originator_id=originator_id,
                once=public_id(Prefix.FOLLOW_UP, row.id),
                subject=order,
                sentence=f"The debit of order {order} came back after {format_minor(row.amount_cents)} USD of it had "
                "been refunded: the buyer has that twice. Ask the buyer for it, or let it be by closing this case.",
                order_id=row.order_id,
                entry_id=row.original_entry_id,
            )
