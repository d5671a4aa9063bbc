"""What all that happens to a dispute shares: its record, its case, and how it keeps its order from another debit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ingather.actions.cases import close_case, open_case
from ingather.actions.context import Context
from ingather.actions.orders import locked_order
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.refusals import WrongState
from ingather.domain.returns import OPEN_DISPUTES, DisputeState
from ingather.rules.dishonours import dishonour_by, disputable_cases
from ingather.store.tables import Case, Dispute, Entry, Order, Return

BANK = "system:bank"
"""Who chose a dispute that we learn of from the bank: its ODFI dishonored by itself."""
DISPUTED = "disputed"
"""The reason of an order that waits for the end of a dispute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A dispute as it begins: the dishonour's code, empty while only its contest is known, who chose it, its days."""

    code: str
    actor: str
    ask_by: date | None
    rule_set_id: int | None
    sentence: str


def record_dispute(ctx: Context, row: Return, choice: Choice) -> Dispute:
    """Record a dispute of a return with its case; its order is not presented again while the dispute is open.

    The cases that the return opened are closed: what they asked for has been decided.
    """
    dispute = Dispute(
        id=ctx.ids.one(),
        originator_id=row.originator_id,
        return_id=row.id,
        entry_id=row.entry_id,
        order_id=row.order_id,
        case_id=None,
        request_id=None,
        code=choice.code,
        state=DisputeState.CHOSEN,
        amount_cents=row.amount_cents,
        chosen_on=ctx.today,
        request_by=choice.ask_by,
        dishonour_by=dishonour_by(row.returned_on),
        dishonoured_on=None,
        dishonour_trace=None,
        contest_by=None,
        contest_code=None,
        ended_on=None,
        actor=choice.actor,
        rule_set_id=choice.rule_set_id,
    )
    ctx.session.add(dispute)
    ctx.session.flush()
    _close_retry(ctx, row)
    open_dispute_case(ctx, row, dispute, choice.sentence, once=f"dispute|{dispute.id}")
    ctx.fact(
        FactKind.DISPUTED, scope=Scope.RETURN, subject=row.id, originator=row.originator_id, once=str(dispute.id),
        code=choice.code, by=choice.actor,
    )  # fmt: skip
    return dispute


def open_dispute_case(ctx: Context, row: Return, dispute: Dispute, sentence: str, *, once: str) -> None:
    """Open the case of a dispute, in place of those that the return opened before, with their money and their hold."""
    before = ctx.session.scalars(
        select(Case).where(
            Case.originator_id == row.originator_id,
            Case.once == row.item_key.hex(),
            Case.kind.in_(sorted(disputable_cases(row.returned_on or ctx.today))),
            Case.state == CaseState.OPEN,
        ),
    ).all()
    open_case(
        ctx,
        CaseKind.DISHONOUR,
        originator_id=row.originator_id,
        once=once,
        subject=public_id(Prefix.RETURN, row.id),
        sentence=sentence,
        order_id=row.order_id,
        entry_id=row.entry_id,
        suspense_minor=0 if row.applied else row.amount_cents,
        due_on=dispute.dishonour_by,
        holds_release=any(case.holds_release for case in before),
    )
    known = select(Case.id).where(
        Case.originator_id == row.originator_id, Case.kind == CaseKind.DISHONOUR, Case.once == once
    )
    dispute.case_id = ctx.session.execute(known).scalar_one()
    for case in before:
        close_case(ctx, case.id, outcome=f"disputed: {public_id(Prefix.DISPUTE, dispute.id)}")


def close_dispute_case(ctx: Context, dispute: Dispute, *, outcome: str) -> None:
    """Close the case of a dispute, unless somebody did."""
    if dispute.case_id is not None:
        state = ctx.session.execute(select(Case.state).where(Case.id == dispute.case_id)).scalar_one()
        if state == CaseState.OPEN:
            close_case(ctx, dispute.case_id, outcome=outcome)


def presented_again(ctx: Context, row: Return) -> bool:
    """Return whether another debit of a return's order is sealed or at the bank."""
    if row.order_id is None:
        return False
    statement = select(Entry.id).where(
        Entry.order_id == row.order_id,
        Entry.presentation.is_not(None),
        Entry.ended.is_(None),
        Entry.id != row.entry_id,
    )
    return ctx.session.execute(statement).first() is not None


def standing_disputes(ctx: Context, return_ids: Sequence[int]) -> dict[int, Dispute]:
    """Return the disputes of these returns that were not withdrawn, by return."""
    found = ctx.session.scalars(
        select(Dispute)
        .where(Dispute.return_id.in_(return_ids), Dispute.state != DisputeState.WITHDRAWN)
        .with_for_update(),
    )
    return {dispute.return_id: dispute for dispute in found}


def disputed_order(ctx: Context, order_id: int) -> str | None:
    """Return the public id of the open dispute about an order, which keeps it from being planned again."""
    found = ctx.session.execute(
        select(Dispute.id).where(Dispute.order_id == order_id, Dispute.state.in_(sorted(OPEN_DISPUTES))),
    ).scalar()
    return None if found is None else public_id(Prefix.DISPUTE, found)


def refuse_to_close(ctx: Context, case_id: int) -> None:
    """Raise ``WrongState`` for the case of an open dispute: it ends with the dispute, not by a person's word."""
    found = ctx.session.execute(
        select(Dispute.return_id).where(Dispute.case_id == case_id, Dispute.state.in_(sorted(OPEN_DISPUTES))),
    ).scalar()
    if found is not None:
        name = public_id(Prefix.RETURN, found)
        fact = f"the dispute about return {name} is open, and its case closes with it"
        raise WrongState(fact, f"Let the return stand instead: ingather return undispute {name}")


def in_words(row: Return) -> str:
    """Return a return in words, such as ``the return R01 over 12.00 USD``."""
    return f"the return {row.code} over {format_minor(row.amount_cents)} USD"


def _close_retry(ctx: Context, row: Return) -> None:
    """Take back that an order waits for a retry, unless its return moved nothing or it was presented again already."""
    if not row.applied or row.order_id is None or presented_again(ctx, row):
        return
    order = locked_order(ctx, row.order_id)
    if order.state == OrderState.RETURNED:
        _wait(order)


def _wait(order: Order) -> None:
    order.collect_on, order.corrected, order.reason = None, False, DISPUTED
    order.version += 1
