"""Deciding about payouts: a second person approves, anybody may call one off while it has not gone out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.ledger import post
from ingather.actions.payouts.sheets import close_sheet_doubt, sheet_in_doubt
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.ledger import JournalKind
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import MakerIsChecker, NoSuch, WrongState
from ingather.store.tables import Payout

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What an approval came to: how many payouts, and their sum in minor units."""

    payouts: int
    minor: int


def locked_payout(ctx: Context, payout_id: int) -> Payout:
    """Return a payout for change; raises ``NoSuch``."""
    row = ctx.session.scalar(select(Payout).where(Payout.id == payout_id).with_for_update())
    if row is None:
        fact = f"there is no payout {public_id(Prefix.PAYOUT, payout_id)}"
        raise NoSuch(fact)
    return row


def approve_payouts(ctx: Context, payout_ids: Sequence[int]) -> Approved:
    """Approve due payouts as another person than who made their statements, all or none.

    Raises ``NoSuch``, ``MakerIsChecker``, and ``WrongState`` for one that is not due.
    """
    ids, minor = sorted(set(payout_ids)), 0
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        rows = ctx.session.scalars(select(Payout).where(Payout.id.in_(part)).order_by(Payout.id).with_for_update())
        found = {row.id: row for row in rows}
        for key in part:
            row = found.get(key) or locked_payout(ctx, key)
            if row.state != PayoutState.DUE:
                fact = f"payout {public_id(Prefix.PAYOUT, key)} is {row.state}"
                raise WrongState(fact, "Only a due payout is approved; see: ingather payout list")
            if row.asked_by == ctx.actor:
                raise MakerIsChecker
            row.state, row.approved_by, row.version = PayoutState.APPROVED, ctx.actor, row.version + 1
            minor += row.amount_minor
    ctx.session.flush()
    for key in ids:
        note_payout(ctx, FactKind.APPROVED, ctx.session.get_one(Payout, key))
    if ids:
        ctx.audit("approve_payouts", public_id(Prefix.PAYOUT, ids[0]), payouts=len(ids), minor=minor)
    return Approved(payouts=len(ids), minor=minor)


def approve_all_due(ctx: Context, originator_id: int) -> Approved:
    """Approve every due payout that somebody else made."""
    ids = ctx.session.scalars(
        select(Payout.id).where(
            Payout.originator_id == originator_id, Payout.state == PayoutState.DUE, Payout.asked_by != ctx.actor
        ),
    ).all()
    return approve_payouts(ctx, ids)


def cancel_payout(ctx: Context, payout_id: int, *, reason: str) -> None:
    """Call off a payout that is in no file and on no sheet; the next statement owes its amount again.

    One on a sheet in doubt is called off by the word of a person whom the bank told that it never had the sheet; a run
    that sends sheets must not be under way then. Raises ``NoSuch``, and ``WrongState`` for one that has gone further or
    is over.
    """
    row = locked_payout(ctx, payout_id)
    name = public_id(Prefix.PAYOUT, payout_id)
    sheet = row.sheet if on_doubted_sheet(ctx, row) else None
    if sheet is None and row.state not in {PayoutState.DUE, PayoutState.APPROVED}:
        fact = f"payout {name} is {row.state}"
        raise WrongState(fact, _out_of(row))
    row.state, row.ended_on, row.version = PayoutState.CANCELED, ctx.today, row.version + 1
    row.sheet = None
    owe_again(ctx, row, reason=reason)
    if sheet is not None:
        close_sheet_doubt(ctx, row.originator_id, sheet, outcome=reason)
    note_payout(ctx, FactKind.CANCELED, row, reason=reason)
    ctx.audit("cancel_payout", name, reason=reason, minor=row.amount_minor)


def on_doubted_sheet(ctx: Context, row: Payout) -> bool:
    """Return whether a payout is on a sheet of which nobody knows whether it left: a person decides about it."""
    on_sheet = row.state == PayoutState.SEALED and row.sheet is not None
    return on_sheet and sheet_in_doubt(ctx, row.originator_id, row.sheet or "")


def _out_of(row: Payout) -> str:
    """Return what a person can still do about a payout that cannot be called off."""
    if row.state == PayoutState.SEALED and row.method == PayoutMethod.ACH:
        return "Void its file first: ingather file void FILE"
    if row.state == PayoutState.SEALED:
        return "Its sheet is on its way; see what became of it: ingather payout sheet"
    if row.state == PayoutState.SENT:
        return "Ask the bank to return it; what comes back is owed again by the next statement"
    return ""


def set_method(ctx: Context, payout_id: int, *, method: PayoutMethod, reason: str) -> None:
    """Let a payout that is due or approved go another way; it is approved anew.

    Raises ``NoSuch``, and ``WrongState`` for one that has gone further, or goes that way already.
    """
    row = locked_payout(ctx, payout_id)
    name = public_id(Prefix.PAYOUT, payout_id)
    if row.state not in {PayoutState.DUE, PayoutState.APPROVED} or row.method == method:
        fact = f"payout {name} is {row.state} and goes by {row.method}"
        raise WrongState(fact)
    row.method, row.state, row.approved_by, row.version = method, PayoutState.DUE, None, row.version + 1
    # Whoever changes the way does not approve it.
    row.asked_by = ctx.actor
    ctx.session.flush()
    ctx.audit("set_payout_method", name, method=str(method), reason=reason)


def owe_again(ctx: Context, row: Payout, **said: Any) -> None:  # noqa: ANN401 -- any JSON value
    """Book a payout's amount as owed by the next statement, once; the caller has ended it as canceled or returned."""
    ctx.session.flush()
    post(
        ctx,
        JournalKind.PAYABLE_AGAIN,
        originator_id=row.originator_id,
        source_id=row.id,
        on=ctx.today,
        amounts={(row.batch_id or 0, row.merchant_id): row.amount_minor},
    )
    note_payout(ctx, FactKind.PAYABLE_AGAIN, row, **said)


def note_payout(ctx: Context, kind: FactKind, row: Payout, **said: Any) -> None:  # noqa: ANN401 -- any JSON value
    """Leave a fact about a payout; its version tells the same kind again, as after a void, apart."""
    ctx.fact(
        kind, scope=Scope.PAYOUT, subject=row.id, originator=row.originator_id, once=str(row.version),
        cents=row.amount_minor, **said,
    )  # fmt: skip
