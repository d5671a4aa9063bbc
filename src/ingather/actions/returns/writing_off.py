"""Taking a return that moved no order as a loss: nobody disputes it any more, and its money leaves suspense."""

from sqlalchemy import or_, select

from ingather.actions.cases import close_case
from ingather.actions.context import Context
from ingather.actions.ledger import post
from ingather.actions.reconciliation.feeds import release_of
from ingather.actions.returns.disputing import locked_return
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.ledger import JournalKind
from ingather.domain.refusals import WrongState
from ingather.domain.returns import OPEN_DISPUTES
from ingather.store.tables import Case, Dispute, Posting, Return


def write_off(ctx: Context, return_id: int, *, reason: str) -> int:
    """Book a return's money out of suspense as a loss and close its cases; returns the amount in minor units.

    Raises ``NoSuch``; ``WrongState`` for a return that was applied, undone or replaced, for one in dispute, and for one
    that was written off before.
    """
    row = locked_return(ctx, return_id)
    name = public_id(Prefix.RETURN, return_id)
    _refuse(ctx, row, name)
    post(
        ctx, JournalKind.WRITTEN_OFF, originator_id=row.originator_id, source_id=row.id, on=ctx.today,
        amounts={(0, 0): row.amount_cents},
    )  # fmt: skip
    cases = ctx.session.scalars(
        select(Case.id).where(
            Case.originator_id == row.originator_id,
            Case.state == CaseState.OPEN,
            or_(Case.once == row.item_key.hex(), Case.subject == name),
        ),
    ).all()
    for case_id in cases:
        close_case(ctx, case_id, outcome=f"written off: {reason}")
    if row.order_id is not None:
        release_of(ctx, [row.order_id])
    ctx.audit("write_off", name, cents=row.amount_cents, reason=reason)
    return row.amount_cents


def _refuse(ctx: Context, row: Return, name: str) -> None:
    if row.applied or row.undone_on is not None or row.replaced_by is not None:
        fact = f"return {name} has no money in suspense"
        raise WrongState(fact)
    open_dispute = select(Dispute.id).where(Dispute.return_id == row.id, Dispute.state.in_(sorted(OPEN_DISPUTES)))
    if ctx.session.execute(open_dispute).first() is not None:
        fact = f"return {name} is in dispute"
        raise WrongState(fact, f"Let it be first: ingather return undispute {name}")
    booked = select(Posting.id).where(
        Posting.originator_id == row.originator_id,
        Posting.kind == JournalKind.WRITTEN_OFF,
        Posting.source_id == row.id,
    )
    if ctx.session.execute(booked).first() is not None:
        fact = f"return {name} was written off before"
        raise WrongState(fact)
