"""Having a return dishonored, or letting it be after all.

Only the ODFI dishonors; we ask it in time. Whoever chooses that gives up the retry, and an order that was presented
again can no longer be disputed: one debit is never claimed twice. (Nacha Operating Rules, Appendix Four.)
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.odfi_requests import answer_request, ask_odfi, withdraw_request
from ingather.actions.orders import locked_order
from ingather.actions.reconciliation.feeds import close_and_release
from ingather.actions.returns.disputes import Choice, in_words, presented_again, record_dispute, standing_disputes
from ingather.actions.returns.retrying import restore_retry
from ingather.actions.rules import keep_rules
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.domain.returns import DisputeState, OdfiRequestKind
from ingather.rules.dishonours import OpenDishonour
from ingather.store.reading.disputes import allowed_dishonours
from ingather.store.tables import Case, Dispute, Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """What was chosen: the dispute's public id, the last day on which the ODFI must have it, and the ODFI's own."""

    dispute: str
    ask_by: date | None
    dishonour_by: date | None


def dispute_return(ctx: Context, return_id: int, *, code: str, reason: str) -> Disputed:
    """Ask the ODFI to dishonor a return, and give up what was planned for its order; returns the days.

    Raises ``NoSuch``; ``WrongState`` for a dishonour that the return does not allow, for one whose last day is over,
    for a return that is in dispute, undone, replaced or a corrected one, and for an order that was presented again.
    """
    row = locked_return(ctx, return_id)
    name = public_id(Prefix.RETURN, return_id)
    _refuse_settled(ctx, row, name)
    if row.order_id is not None:
        locked_order(ctx, row.order_id)
    chosen = _chosen(ctx, row, name, code)
    if chosen.dishonour_by is not None and ctx.today > chosen.dishonour_by:
        fact = f"return {name} had to be dishonored by {chosen.dishonour_by}"
        raise WrongState(fact, "Accept it: close its case, and ask the ODFI what remains outside the network")
    if row.applied and presented_again(ctx, row):
        fact = f"the order of return {name} was presented again"
        raise WrongState(fact, "The debit is claimed by its retry: accept the return by closing its case")
    fields = f", fields {chosen.fields}" if chosen.fields else ""
    dispute = record_dispute(
        ctx,
        row,
        Choice(
            code=code,
            actor=ctx.actor,
            ask_by=chosen.ask_by,
            rule_set_id=keep_rules(ctx, chosen.rows),
            sentence=_sentence(row, chosen, fields),
        ),
    )
    dispute.request_id = ask_odfi(
        ctx,
        OdfiRequestKind.DISHONOUR,
        originator_id=row.originator_id,
        about_id=row.id,
        code=code,
        reason=f"{chosen.remedy.rstrip('.')}{fields}. {reason}".strip(),
        due_on=chosen.ask_by,
        entry_id=row.entry_id,
        order_id=row.order_id,
    )
    ctx.audit("dispute_return", name, code=code, reason=reason)
    return Disputed(
        dispute=public_id(Prefix.DISPUTE, dispute.id), ask_by=chosen.ask_by, dishonour_by=chosen.dishonour_by
    )


def let_be(ctx: Context, return_id: int, *, reason: str, declined: bool = False) -> date | None:
    """End a dispute before the bank dishonored: the return stands; returns the day of the retry, if one follows.

    The ODFI must not have been told, unless it ``declined``: then it has answered that it does not dishonor. Raises
    ``NoSuch`` and ``WrongState``.
    """
    row = locked_return(ctx, return_id)
    name = public_id(Prefix.RETURN, return_id)
    dispute = standing_disputes(ctx, [return_id]).get(return_id)
    if dispute is None or dispute.state != DisputeState.CHOSEN or dispute.request_id is None:
        fact = f"the dispute of return {name} is {dispute.state}" if dispute else f"return {name} is not in dispute"
        raise WrongState(fact)
    if declined:
        answer_request(ctx, dispute.request_id, on=ctx.today, outcome=f"declined: {reason}")
        dispute.state = DisputeState.STANDS
    else:
        withdraw_request(ctx, dispute.request_id, reason=reason)
        dispute.state = DisputeState.WITHDRAWN
    dispute.ended_on = ctx.today
    ctx.session.flush()
    ctx.fact(
        FactKind.WITHDRAWN, scope=Scope.RETURN, subject=row.id, originator=row.originator_id, once=str(dispute.id),
        reason=reason, declined=declined,
    )  # fmt: skip
    _close(ctx, row, dispute, reason)
    ctx.audit("let_return_be", name, reason=reason, declined=declined)
    return restore_retry(ctx, row, dispute)


def locked_return(ctx: Context, return_id: int) -> Return:
    """Return a return locked for this transaction; raises ``NoSuch`` for an unknown one."""
    row = ctx.session.scalar(select(Return).where(Return.id == return_id).with_for_update())
    if row is None:
        fact = f"there is no return {public_id(Prefix.RETURN, return_id)}"
        raise NoSuch(fact)
    return row


def _refuse_settled(ctx: Context, row: Return, name: str) -> None:
    if row.undone_on is not None or row.replaced_by is not None:
        fact = f"return {name} is {'undone' if row.undone_on else 'replaced by a corrected one'}"
        raise WrongState(fact)
    if ctx.session.execute(select(Return.id).where(Return.replaced_by == row.id)).first() is not None:
        fact = f"return {name} is a corrected one, which answered a dishonor: nothing follows it in the network"
        raise WrongState(fact, "Settle it with the ODFI outside the network")
    dispute = standing_disputes(ctx, [row.id]).get(row.id)
    if dispute is not None:
        fact = f"return {name} is in dispute since {dispute.chosen_on} as {dispute.code}: {dispute.state}"
        raise WrongState(fact)


def _chosen(ctx: Context, row: Return, name: str, code: str) -> OpenDishonour:
    allowed = {each.code: each for each in allowed_dishonours(ctx.session, [row]).get(row.id, ())}
    if code not in allowed:
        fact = f"return {name} cannot be dishonored as {code}"
        way = f"It can as {', '.join(allowed)}" if allowed else "Nothing on record is wrong with it"
        raise WrongState(fact, way)
    return allowed[code]


def _sentence(row: Return, chosen: OpenDishonour, fields: str) -> str:
    until = f" until {chosen.dishonour_by}" if chosen.dishonour_by else ", by a day that it must count itself"
    return (
        f"The ODFI is asked to dishonor {in_words(row)} as {chosen.code}, {chosen.title}{fields}; it can{until}. "
        "Nothing is debited again meanwhile. To let the return stand: ingather return undispute "
        f"{public_id(Prefix.RETURN, row.id)}"
    )


def _close(ctx: Context, row: Return, dispute: Dispute, reason: str) -> None:
    """Close the dispute's case; money that fits nothing stays with a case of its own."""
    if not row.applied:
        open_case(
            ctx,
            CaseKind.UNMATCHED_RETURN,
            originator_id=row.originator_id,
            once=f"let be|{dispute.id}",
            subject=public_id(Prefix.RETURN, row.id),
            sentence=f"Nobody disputes {in_words(row)} any more. Its money is in suspense: decide whose it is.",
            order_id=row.order_id,
            entry_id=row.entry_id,
            suspense_minor=row.amount_cents,
        )
    if dispute.case_id is not None:
        state = ctx.session.execute(select(Case.state).where(Case.id == dispute.case_id)).scalar_one()
        if state == CaseState.OPEN:
            close_and_release(ctx, dispute.case_id, outcome=f"the return stands: {reason}")
