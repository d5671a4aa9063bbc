"""What the way of a file means for the follow-ups in it: fit to go, sent, put back, doubted.

Money that we give back leaves the merchant when its file is proven at the bank, and returns to it when the bank rejects
the file. Fees are debits: their file books them like any other.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, and_, case, exists, func, select, true, update

from ingather.actions.context import Context
from ingather.actions.follow_ups.ending import withdraw_moot
from ingather.actions.ledger import post
from ingather.actions.rules import policy_of
from ingather.base.ids import Prefix, public_id
from ingather.domain.entries import EntryEnd
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.store.tables import Batch, Entry, File, FollowUp, Order
from ingather.store.wanted_follow_ups import Tonight, unfit_of_file

CREDITS = (FollowUpKind.REVERSAL, FollowUpKind.REFUND)
"""What gives money back to a buyer."""
_ON_THE_WAY = (FollowUpState.SEALED, FollowUpState.SENT)


def unfit_follow_ups(ctx: Context, file: File) -> int:
    """Return how many follow-ups in a file may not go out (any more).

    Withdrawn, too late, a debit that came back or a return that does not stand, an account, authorization or party that
    is stopped.
    """
    if not _holds_any(ctx, file):
        return 0
    tonight = Tonight(
        night_on=file.night_on,
        effective_on=file.effective_on,
        now=ctx.now,
        screening_required=policy_of(ctx, file.originator_id).screening.required,
    )
    unfit = unfit_of_file(file, tonight)
    return ctx.session.execute(select(func.count()).select_from(unfit.subquery())).scalar_one()


def note_follow_ups_sent(ctx: Context, file: File) -> None:
    """Note that the follow-ups in a file are at the bank, and take from the merchants what goes back to buyers.

    Whether that was collected already is settled now: it says from which of the merchant's accounts the money leaves.
    """
    if not _holds_any(ctx, file):
        return
    collected = exists().where(Order.id == FollowUp.order_id, Order.state == OrderState.COLLECTED)
    ctx.session.execute(
        update(FollowUp)
        .where(_in(file), FollowUp.state == FollowUpState.SEALED)
        .values(
            state=FollowUpState.SENT,
            of_collected=case((FollowUp.kind == FollowUpKind.REFUND, true()), else_=collected),
            version=FollowUp.version + 1,
        )
        .execution_options(synchronize_session=False),
    )
    _post(ctx, file, [_in(file)], {
        (FollowUpKind.REVERSAL, False): JournalKind.REVERSING,
        (FollowUpKind.REVERSAL, True): JournalKind.REVERSING_COLLECTED,
        (FollowUpKind.REFUND, True): JournalKind.REFUNDING,
    })  # fmt: skip


def put_back_follow_ups(
    ctx: Context, file: File, chosen: Sequence[ColumnElement[bool]], *, end: EntryEnd, refused_singly: bool
) -> None:
    """Let the follow-ups of entries that never reached a buyer's bank be wanted again.

    ``chosen`` are conditions on entries of the file that have not ended yet. What the bank rejects after the file was
    proven there is the merchant's again. An entry that our bank refuses by itself would be refused again: it waits for
    a second person anew.
    """
    if end is EntryEnd.REJECTED:
        _withdraw_of_rejected(ctx, chosen)
    if not _holds_any(ctx, file):
        return
    if end is EntryEnd.REJECTED:
        _post(ctx, file, chosen, {
            (FollowUpKind.REVERSAL, False): JournalKind.REVERSAL_UNDONE,
            (FollowUpKind.REVERSAL, True): JournalKind.CREDIT_UNDONE,
            (FollowUpKind.REFUND, True): JournalKind.CREDIT_UNDONE,
        })  # fmt: skip
    again = {"state": FollowUpState.ASKED, "checker": None} if refused_singly else {"state": FollowUpState.WANTED}
    ctx.session.execute(
        update(FollowUp)
        .where(FollowUp.entry_id.in_(select(Entry.id).where(*chosen)), FollowUp.state.in_(_ON_THE_WAY))
        .values(version=FollowUp.version + 1, **again)
        .execution_options(synchronize_session=False),
    )


def _withdraw_of_rejected(ctx: Context, chosen: Sequence[ColumnElement[bool]]) -> None:
    """Withdraw what was to give back debits that the bank rejects: they took nothing."""
    moot = ctx.session.scalars(
        select(FollowUp.original_entry_id).where(
            FollowUp.state.in_([FollowUpState.ASKED, FollowUpState.WANTED]),
            FollowUp.kind.in_(CREDITS),
            FollowUp.original_entry_id.in_(select(Entry.id).where(*chosen)),
        ),
    ).all()
    withdraw_moot(ctx, moot, "rejected")


def hold_follow_ups(ctx: Context, file: File, chosen: Sequence[ColumnElement[bool]], *, reason: str) -> int:
    """Have follow-ups approved anew whose entries were put back, because the bank says now that it has them after all.

    ``chosen`` are conditions on those entries. What is sealed again and not sent yet will not be sent. Returns how many
    there are.
    """
    if not _holds_any(ctx, file) and not _held_any(ctx, chosen):
        return 0
    other = exists().where(
        *chosen, Entry.original_entry_id == FollowUp.original_entry_id, Entry.kind == FollowUp.kind,
        Entry.amount_cents == FollowUp.amount_cents,
    )  # fmt: skip
    held: int = ctx.session.execute(
        update(FollowUp)
        .where(other, FollowUp.state.in_([FollowUpState.WANTED, FollowUpState.SEALED]))
        .values(state=FollowUpState.ASKED, checker=None, version=FollowUp.version + 1)
        .execution_options(synchronize_session=False),
    ).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    if held:
        ctx.audit("hold_follow_ups", public_id(Prefix.FILE, file.id), reason=reason, follow_ups=held)
    return held


def _in(file: File) -> ColumnElement[bool]:
    return FollowUp.entry_id.between(file.first_entry_id, file.last_entry_id)


def _holds_any(ctx: Context, file: File) -> bool:
    """Return whether a file holds follow-ups; most hold none, and are not looked at further."""
    return ctx.session.execute(select(FollowUp.id).where(_in(file)).limit(1)).first() is not None


def _held_any(ctx: Context, chosen: Sequence[ColumnElement[bool]]) -> bool:
    """Return whether a file once held follow-ups that have other entries by now."""
    held = select(Entry.id).where(*chosen, Entry.kind.in_([*FollowUpKind])).limit(1)
    return ctx.session.execute(held).first() is not None


def _post(
    ctx: Context,
    file: File,
    chosen: Sequence[ColumnElement[bool]],
    kinds: Mapping[tuple[FollowUpKind, bool], JournalKind],
) -> None:
    """Book what the chosen follow-ups give back, those that are sent, by batch."""
    rows = ctx.session.execute(
        select(FollowUp.kind, FollowUp.of_collected, Entry.batch_id, Batch.merchant_id, func.sum(Entry.amount_cents))
        .join(Entry, and_(Entry.id == FollowUp.entry_id, Entry.file_id == file.id))
        .join(Batch, Batch.id == Entry.batch_id)
        .where(*chosen, FollowUp.kind.in_(CREDITS), FollowUp.state == FollowUpState.SENT)
        .group_by(FollowUp.kind, FollowUp.of_collected, Entry.batch_id, Batch.merchant_id),
    ).all()
    amounts: dict[JournalKind, dict[tuple[int, int], int]] = {}
    for kind, of_collected, batch_id, merchant_id, cents in rows:
        by_batch = amounts.setdefault(kinds[FollowUpKind(kind), bool(of_collected)], {})
        by_batch[batch_id, merchant_id] = by_batch.get((batch_id, merchant_id), 0) + int(cents)
    for journal_kind, by_batch in amounts.items():
        post(ctx, journal_kind, originator_id=file.originator_id, source_id=file.id, on=ctx.today, amounts=by_batch)
