"""Payouts settle: with their batch, by the bank's posting of one that went by sheet, or by a person's word."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.ledger import post
from ingather.actions.payouts.deciding import locked_payout, note_payout, on_doubted_sheet
from ingather.actions.payouts.sheets import close_sheet_doubt
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind
from ingather.domain.ledger import JournalKind
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import WrongState
from ingather.store.tables import BankPosting, Batch, Entry, Payout


def batches_of_payouts(ctx: Context, batch_ids: Sequence[int]) -> set[int]:
    """Return which batches hold payouts: their credits leave for merchants, not for buyers."""
    if not batch_ids:
        return set()
    return set(ctx.session.scalars(select(Payout.batch_id).where(Payout.batch_id.in_(batch_ids)).distinct()))


def settle_payouts(ctx: Context, originator_id: int, batch_ids: Sequence[int]) -> None:
    """Settle the payouts in batches that settled, on the day of their batch; a corrected day is taken over.

    The journal is the batch's, booked where it settles.
    """
    rows = ctx.session.execute(
        select(Payout, Batch.settled_on)
        .join(Entry, Entry.id == Payout.entry_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(
            Payout.originator_id == originator_id,
            Payout.state.in_([PayoutState.SENT, PayoutState.SETTLED]),
            Payout.batch_id.in_(batch_ids),
            Entry.ended.is_(None),
        ),
    ).all()
    for row, settled_on in rows:
        row.state, row.settled_on, row.version = PayoutState.SETTLED, settled_on or ctx.today, row.version + 1
        note_payout(ctx, FactKind.SETTLED, row)
    ctx.session.flush()


def settle_payout(ctx: Context, payout_id: int, posting: BankPosting) -> None:
    """Settle a payout that went by sheet, by the posting of the bank that shows its debit.

    Raises ``NoSuch``, and ``WrongState`` when it is not on its way by sheet or the amount is another one.
    """
    row = locked_payout(ctx, payout_id)
    if posting.amount_minor != -row.amount_minor:
        fact = f"payout {public_id(Prefix.PAYOUT, payout_id)} is of another amount than the posting"
        raise WrongState(fact)
    _settle(ctx, row, on=posting.booked_on or posting.value_on, by=public_id(Prefix.POSTING, posting.id))


def note_settled(ctx: Context, payout_id: int, *, on: date, evidence: str) -> None:
    """Record by a person's word, with what shows it, that a payout by sheet left our account; raises as above.

    So a person also decides about one on a sheet in doubt.
    """
    row = locked_payout(ctx, payout_id)
    if on > ctx.today:
        fact = f"{on} has not come"
        raise WrongState(fact, "Give the day on which the money left our account")
    _settle(ctx, row, on=on, by=evidence)


def unsettle_payout(ctx: Context, payout_id: int, *, because: str) -> None:
    """Take back that a payout by sheet is settled, because the posting was not its own; it is on its way again.

    Raises ``NoSuch``, and ``WrongState`` for one that is not settled or did not go by sheet.
    """
    row = locked_payout(ctx, payout_id)
    name = public_id(Prefix.PAYOUT, payout_id)
    if row.method != PayoutMethod.SHEET or row.state != PayoutState.SETTLED:
        fact = f"payout {name} went by {row.method} and is {row.state}"
        raise WrongState(fact)
    row.state, row.settled_on, row.version = PayoutState.SENT, None, row.version + 1
    _book(ctx, row, -row.amount_minor, on=ctx.today)
    note_payout(ctx, FactKind.UNMATCHED, row, because=because)
    ctx.audit("unsettle_payout", name, because=because)


def _settle(ctx: Context, row: Payout, *, on: date, by: str) -> None:
    name = public_id(Prefix.PAYOUT, row.id)
    doubted = on_doubted_sheet(ctx, row)
    if row.method != PayoutMethod.SHEET or (row.state != PayoutState.SENT and not doubted):
        fact = f"payout {name} went by {row.method} and is {row.state}"
        raise WrongState(fact, "Only a payout that was sent by sheet is settled by a posting or a person's word")
    row.state, row.settled_on, row.version = PayoutState.SETTLED, on, row.version + 1
    row.sent_on = row.sent_on or on
    if doubted:
        close_sheet_doubt(ctx, row.originator_id, row.sheet or "", outcome=by)
    _book(ctx, row, row.amount_minor, on=on)
    note_payout(ctx, FactKind.SETTLED, row, by=by)
    ctx.audit("settle_payout", name, by=by, minor=row.amount_minor)


def _book(ctx: Context, row: Payout, minor: int, *, on: date) -> None:
    """Book a payout by sheet, or take it back; its state alone says how often that is right."""
    ctx.session.flush()
    post(
        ctx, JournalKind.PAYOUT_SETTLED, originator_id=row.originator_id, source_id=ctx.ids.one(), on=on,
        amounts={(0, row.merchant_id): minor},
    )  # fmt: skip
