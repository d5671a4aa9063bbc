"""What people do with a case: note, escalate, ask for a written statement, and close with what shows it."""

from datetime import date

from sqlalchemy import select

from ingather.actions.cases import open_case, still_open
from ingather.actions.context import Context
from ingather.actions.odfi_requests import ask_odfi
from ingather.actions.reconciliation.feeds import close_and_release
from ingather.actions.returns.disputes import refuse_to_close
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.domain.returns import OdfiRequestKind
from ingather.rules.calendar import next_banking_day
from ingather.rules.case_clocks import Evidence, case_terms
from ingather.rules.deadlines import deadline
from ingather.rules.return_codes import WindowKind, return_reason
from ingather.store.tables import Account, Authorization, Batch, Order, Return

_SUPERVISOR = "supervisor"


def note_case(ctx: Context, case_id: int, *, text: str) -> None:
    """Keep a note with an open case; raises ``NoSuch`` and ``WrongState``."""
    row = still_open(ctx, case_id)
    ctx.fact(
        FactKind.NOTED, scope=Scope.CASE, subject=case_id, originator=row.originator_id, once=ctx.now.isoformat(),
        text=text,
    )  # fmt: skip
    ctx.audit("note_case", public_id(Prefix.CASE, case_id), text=text)


def escalate_case(ctx: Context, case_id: int, *, reason: str) -> str:
    """Give an open case to whom its kind is escalated, and return who that is; raises ``NoSuch`` and ``WrongState``."""
    row = still_open(ctx, case_id)
    terms = case_terms(CaseKind(row.kind), ctx.today)
    to = (terms.escalate_to if terms else "") or _SUPERVISOR
    name = public_id(Prefix.CASE, case_id)
    if row.owner == to:
        fact = f"case {name} is with the {to} already"
        raise WrongState(fact, f"Note what is new instead: ingather case note {name}")
    ctx.fact(
        FactKind.ESCALATED, scope=Scope.CASE, subject=case_id, originator=row.originator_id, once=ctx.now.isoformat(),
        to=to, because=reason, before=row.owner,
    )  # fmt: skip
    row.owner, row.escalated_at = to, ctx.now
    ctx.audit("escalate_case", name, to=to, reason=reason)
    return to


def close_with_evidence(ctx: Context, case_id: int, *, outcome: str, evidence: str | None) -> None:
    """Close a case as a person: with what shows it, where its kind needs that; its order is released at once.

    Raises ``NoSuch``, and ``WrongState`` for a case that is closed or whose evidence is missing.
    """
    row = still_open(ctx, case_id)
    refuse_to_close(ctx, case_id)
    terms = case_terms(CaseKind(row.kind), ctx.today)
    if terms is not None and terms.evidence is Evidence.REQUIRED and not (evidence or "").strip():
        fact = f"a case of the kind {row.kind} is closed with what shows its outcome"
        raise WrongState(fact, "Say where that is, such as a letter, a ticket or a file: --evidence TEXT")
    close_and_release(ctx, case_id, outcome=outcome, evidence=evidence)


def ask_for_statement(ctx: Context, return_id: int, *, reason: str) -> tuple[int, date]:
    """Have the ODFI ask for the consumer's written statement behind an unauthorized return.

    Returns the request's key and the day by which the copy is here. Raises ``NoSuch``, and ``WrongState`` for a return
    that fits none of our entries, needs no written statement, or was asked about. Source: Nacha Operating Rules,
    written statement of unauthorized debit; the clock ``statement-copy``.
    """
    row = ctx.session.get(Return, return_id)
    name = public_id(Prefix.RETURN, return_id)
    if row is None:
        fact = f"there is no return {name}"
        raise NoSuch(fact)
    if row.order_id is None or row.batch_id is None:
        fact = f"the return {name} fits none of our entries"
        raise WrongState(fact, "Find out with the ODFI whose entry it is")
    entry_class, holder = ctx.session.execute(
        select(Batch.entry_class, Account.holder)
        .select_from(Order)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .join(Batch, Batch.id == row.batch_id)
        .where(Order.id == row.order_id)
    ).one()
    known = return_reason(row.code, on=row.returned_on or ctx.today, information=row.information)
    if known is None or known.window_kind is not WindowKind.CALENDAR or not known.fits(entry_class, holder):
        fact = f"a return {row.code} needs no written statement of the consumer"
        raise WrongState(fact, "Only returns of the sixty-day window rest on one")
    due_on = deadline("statement-copy", ctx.today)
    request = ask_odfi(
        ctx, OdfiRequestKind.STATEMENT_COPY, originator_id=row.originator_id, about_id=row.id, code=None,
        reason=reason, due_on=next_banking_day(ctx.today), entry_id=row.entry_id, order_id=row.order_id,
    )  # fmt: skip
    open_case(
        ctx,
        CaseKind.STATEMENT_COPY,
        originator_id=row.originator_id,
        once=f"{request}|{ctx.today}",
        subject=name,
        sentence=f"The ODFI is asked for a copy of the written statement behind the return {row.code} of order "
        f"{public_id(Prefix.ORDER, row.order_id)}. The buyer's bank has until {due_on}.",
        order_id=row.order_id,
        entry_id=row.entry_id,
        due_on=due_on,
    )
    return request, due_on
