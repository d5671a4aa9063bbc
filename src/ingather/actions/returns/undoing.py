"""What becomes of disputes when their days are over and the reports are complete: undone, or the return stands.

A dishonour that nobody contested in time undoes the return: the debit never came back, its order is settled, and what
is past its hold is released in the same transaction. Nothing is undone before the feed is complete through the last day
of a contest. (Nacha Operating Rules, Appendix Four.)
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select, update

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.follow_ups.ending import withdraw_moot
from ingather.actions.ledger import post
from ingather.actions.odfi_requests import answer_request
from ingather.actions.orders import locked_order
from ingather.actions.returns.disputes import close_dispute_case, in_words, presented_again
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.domain.returns import OPEN_DISPUTES, DisputeState
from ingather.rules.dishonours import told_by
from ingather.rules.return_codes import return_reason
from ingather.store.tables import Batch, Dispute, Entry, Feed, File, FollowUp, Return, Route

PAID_OTHERWISE = "paid-otherwise"
_UNDONE = "A dishonor undid"
_FEE_OUT = (FollowUpState.SEALED, FollowUpState.SENT, FollowUpState.SETTLED, FollowUpState.DONE)


def settle_disputes(ctx: Context, feed_id: int) -> int:
    """Settle the disputes whose days are over, now that a feed's watermark has moved; returns how many were undone."""
    ctx.session.flush()
    originator_id = ctx.session.execute(select(Feed.originator_id).where(Feed.id == feed_id)).scalar_one()
    disputes = ctx.session.scalars(
        select(Dispute)
        .where(
            Dispute.originator_id == originator_id,
            Dispute.state.in_(sorted(OPEN_DISPUTES)),
            Dispute.ended_on.is_(None),
        )
        .order_by(Dispute.id)
        .with_for_update(),
    ).all()
    if not disputes:
        return 0
    watermarks = _watermarks(ctx, originator_id, disputes)
    undone = 0
    for dispute in disputes:
        watermark = watermarks[dispute.id]
        if watermark is None:
            continue
        if dispute.state == DisputeState.DISHONOURED:
            if dispute.contest_by is not None and dispute.contest_by <= watermark:
                undone += _undo(ctx, dispute, on=watermark)
        elif dispute.dishonour_by is not None and told_by(dispute.dishonour_by) <= watermark:
            _not_dishonoured(ctx, dispute, on=watermark)
    ctx.session.flush()
    return undone


def _watermarks(ctx: Context, originator_id: int, disputes: Sequence[Dispute]) -> dict[int, date | None]:
    """Return how far the reports are complete that would tell of each dispute.

    They are those of the entry's own account; where a return fits no entry, of all accounts.
    """
    by_entry = dict(
        ctx.session.execute(
            select(Entry.id, Feed.watermark_on)
            .join(File, File.id == Entry.file_id)
            .join(Route, Route.id == File.route_id)
            .join(Feed, Feed.id == Route.feed_id)
            .where(Entry.id.in_([dispute.entry_id for dispute in disputes if dispute.entry_id is not None])),
        ).all(),
    )
    every = ctx.session.execute(
        select(func.min(Feed.watermark_on), func.count(), func.count(Feed.watermark_on)).where(
            Feed.originator_id == originator_id
        ),
    ).one()
    least = every[0] if every[1] == every[2] else None
    return {dispute.id: by_entry.get(dispute.entry_id or 0, least) for dispute in disputes}


def _undo(ctx: Context, dispute: Dispute, *, on: date) -> bool:
    """Undo a return that nobody contested; returns whether it was undone.

    Where the order was debited again meanwhile, the money stays in suspense for a person: it may be the buyer's.
    """
    row = ctx.session.execute(select(Return).where(Return.id == dispute.return_id).with_for_update()).scalar_one()
    dispute.ended_on = on
    if row.applied and presented_again(ctx, row):
        _debited_twice(ctx, row, dispute)
        return False
    if row.applied:
        restore(ctx, row, on=on, kind=JournalKind.RETURN_UNDONE, once=str(row.id), because=_UNDONE)
    dispute.state, row.applied, row.undone_on = DisputeState.UNDONE, False, on
    ctx.session.flush()
    close_dispute_case(ctx, dispute, outcome=f"nobody contested by {dispute.contest_by}: the return is undone")
    ctx.audit("undo_return", public_id(Prefix.RETURN, row.id), code=dispute.code)
    return True


def restore(ctx: Context, row: Return, *, on: date, kind: JournalKind, once: str, because: str) -> None:
    """Let an entry stand again and its order be settled; its batch is looked at for release once more.

    The money goes by ``kind`` from suspense to what is owed to the merchant. What the return had stopped, and a fee
    for it that is out already, are told to a person; ``because`` begins the sentence. ``once`` tells the fact apart.
    """
    _stand_again(ctx, row, on=on, kind=kind, once=once, because=because)
    _tell_stopped(ctx, row, on=on, because=because)
    _tell_fee(ctx, row, because=because)


def _stand_again(ctx: Context, row: Return, *, on: date, kind: JournalKind, once: str, because: str) -> None:
    order = locked_order(ctx, row.order_id or 0)
    # Orders and entries move in sets elsewhere: what the session holds of them may be old.
    ctx.session.refresh(order)
    if order.reason == PAID_OTHERWISE:
        _tell_paid(ctx, row, because=because)
    batch = ctx.session.execute(select(Batch).where(Batch.id == row.batch_id).with_for_update()).scalar_one()
    row.applied = False
    ctx.session.execute(
        update(Entry).where(Entry.id == row.entry_id).values(ended=None).execution_options(synchronize_session=False)
    )
    order.state = OrderState.SUBMITTED if batch.settled_on is None else OrderState.SETTLED
    order.collect_on, order.reason, order.last_code = None, None, None
    order.late, order.corrected = False, False
    order.version += 1
    batch.released = False
    ctx.session.flush()
    ctx.fact(
        FactKind.UNDONE, scope=Scope.ENTRY, subject=row.entry_id or 0, originator=row.originator_id, on=on,
        once=once, code=row.code,
    )  # fmt: skip
    post(
        ctx, kind, originator_id=row.originator_id, source_id=row.id, on=on,
        amounts={(batch.id, batch.merchant_id): row.amount_cents},
    )  # fmt: skip


def _tell_fee(ctx: Context, row: Return, *, because: str) -> None:
    """Tell a person that a fee for the return is out already; one that is not goes with the return."""
    withdraw_moot(ctx, [row.entry_id or 0], "undone", kinds=(FollowUpKind.RETURN_FEE,))
    charged = ctx.session.execute(
        select(FollowUp.id).where(
            FollowUp.original_entry_id == row.entry_id,
            FollowUp.kind == FollowUpKind.RETURN_FEE,
            FollowUp.state.in_(_FEE_OUT),
        ),
    ).scalar()
    if charged is None:
        return
    open_case(
        ctx,
        CaseKind.RETURN_TO_INVESTIGATE,
        originator_id=row.originator_id,
        once=f"fee|{row.id}",
        subject=public_id(Prefix.ORDER, row.order_id or 0),
        sentence=f"{because} {in_words(row)}, and the buyer was charged a fee for it: "
        f"{public_id(Prefix.FOLLOW_UP, charged)}. Give the fee back.",
        order_id=row.order_id,
        entry_id=row.entry_id,
    )


def _tell_paid(ctx: Context, row: Return, *, because: str) -> None:
    open_case(
        ctx,
        CaseKind.RETURN_TO_INVESTIGATE,
        originator_id=row.originator_id,
        once=f"paid|{row.id}",
        subject=public_id(Prefix.ORDER, row.order_id or 0),
        sentence=f"{because} {in_words(row)}, and the buyer had paid otherwise: refund the debit once it is collected.",
        order_id=row.order_id,
        entry_id=row.entry_id,
    )


def _debited_twice(ctx: Context, row: Return, dispute: Dispute) -> None:
    close_dispute_case(ctx, dispute, outcome="the order was debited again before it was over")
    open_case(
        ctx,
        CaseKind.DISHONOUR,
        originator_id=row.originator_id,
        once=f"dispute|{dispute.id}|debited twice",
        subject=public_id(Prefix.RETURN, row.id),
        sentence=f"Nobody contested the dishonor of {in_words(row)}, and its order was debited again meanwhile: the "
        "buyer may have paid twice. The money is in suspense; give back one of the two debits.",
        order_id=row.order_id,
        entry_id=row.entry_id,
        suspense_minor=row.amount_cents,
    )


def _tell_stopped(ctx: Context, row: Return, *, on: date, because: str) -> None:
    """Tell a person what the return had stopped: nothing of it is lifted by itself."""
    reason = return_reason(row.code, on=row.returned_on or on, information=row.information)
    if reason is None or not (reason.blocks or reason.corrects_holder) or row.order_id is None:
        return
    stopped = " and ".join(f"the {block}" for block in reason.blocks) or "the account's holder"
    open_case(
        ctx,
        CaseKind.RETURN_TO_INVESTIGATE,
        originator_id=row.originator_id,
        once=f"undone|{row.id}",
        subject=public_id(Prefix.ORDER, row.order_id),
        sentence=f"{because} {in_words(row)}, and {stopped} stay as it left them. Release by hand what was "
        "stopped wrongly, then close this case.",
        order_id=row.order_id,
        entry_id=row.entry_id,
    )


def _not_dishonoured(ctx: Context, dispute: Dispute, *, on: date) -> None:
    """End a dispute that the ODFI did not dishonor in time: the return stands, and a person decides what follows."""
    row = ctx.session.get_one(Return, dispute.return_id)
    dispute.state, dispute.ended_on = DisputeState.STANDS, on
    if dispute.request_id is not None:
        answer_request(ctx, dispute.request_id, on=on, outcome=f"not dishonored by {dispute.dishonour_by}")
    close_dispute_case(ctx, dispute, outcome=f"not dishonored by {dispute.dishonour_by}")
    name = public_id(Prefix.RETURN, row.id)
    open_case(
        ctx,
        CaseKind.DISHONOUR,
        originator_id=row.originator_id,
        once=f"dispute|{dispute.id}|stands",
        subject=name,
        sentence=f"No report tells that {in_words(row)} was dishonored by {dispute.dishonour_by}: it stands. Where the "
        f"Rules allow it, present the debit again with ingather return retry {name}; else give the order up.",
        order_id=row.order_id,
        entry_id=row.entry_id,
        suspense_minor=0 if row.applied else row.amount_cents,
    )
