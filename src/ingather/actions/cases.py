"""Opening and closing cases: the same finding opens one case however often it is made."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store import events
from ingather.store.bulk import insert_columns
from ingather.store.tables import Case


def open_case(  # noqa: PLR0913 -- a case's particulars
    ctx: Context,
    kind: CaseKind,
    *,
    originator_id: int,
    once: str,
    subject: str,
    sentence: str,
    owner: str = "returns_desk",
    order_id: int | None = None,
    entry_id: int | None = None,
    suspense_minor: int = 0,
    due_on: date | None = None,
    holds_release: bool = False,
) -> bool:
    """Open a case unless the same finding opened one before; returns whether it is new."""
    known = select(Case.id).where(Case.originator_id == originator_id, Case.kind == kind, Case.once == once)
    if ctx.session.execute(known).first() is not None:
        return False
    row = Case(
        id=ctx.ids.one(),
        originator_id=originator_id,
        kind=kind,
        state=CaseState.OPEN,
        once=once,
        order_id=order_id,
        entry_id=entry_id,
        subject=subject,
        sentence=sentence,
        owner=owner,
        suspense_minor=suspense_minor,
        holds_release=holds_release,
        opened_on=ctx.today,
        due_on=due_on,
        closed_at=None,
        outcome=None,
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.fact(FactKind.OPENED, scope=Scope.CASE, subject=row.id, originator=originator_id, of=kind)
    return True


def close_case(ctx: Context, case_id: int, *, outcome: str) -> None:
    """Close a case with what came of it; raises ``NoSuch`` and ``WrongState``."""
    row = ctx.session.scalar(select(Case).where(Case.id == case_id).with_for_update())
    name = public_id(Prefix.CASE, case_id)
    if row is None:
        fact = f"there is no case {name}"
        raise NoSuch(fact)
    if row.state == CaseState.CLOSED:
        fact = f"case {name} is closed already"
        raise WrongState(fact)
    row.state = CaseState.CLOSED
    row.closed_at = ctx.now
    row.outcome = outcome
    ctx.fact(FactKind.CLOSED, scope=Scope.CASE, subject=case_id, originator=row.originator_id)
    ctx.audit("close_case", name, outcome=outcome)


def close_found(ctx: Context, kind: CaseKind, once: str, *, outcome: str) -> None:
    """Close the open case of a finding, if there is one: what it was about has been cleared up."""
    found = select(Case.id).where(Case.kind == kind, Case.once == once, Case.state == CaseState.OPEN)
    for case_id in list(ctx.session.scalars(found)):
        close_case(ctx, case_id, outcome=outcome)


def close_about(ctx: Context, kind: CaseKind, order_ids: Sequence[int], *, outcome: str) -> None:
    """Close the open cases of a kind about these orders, few at a time: what they asked for has been decided."""
    found = select(Case.id).where(Case.order_id.in_(order_ids), Case.kind == kind, Case.state == CaseState.OPEN)
    for case_id in list(ctx.session.scalars(found)):
        close_case(ctx, case_id, outcome=outcome)


def open_cases(
    ctx: Context,
    kind: CaseKind,
    *,
    originator_id: int,
    once: Sequence[str],
    subject: Sequence[str],
    sentence: Sequence[str],
    order_id: Sequence[int | None],
    owner: str = "operator",
) -> None:
    """Open many cases of one kind, given as columns, that are known to be new; each with its fact."""
    ctx.session.flush()
    ids: list[int] = ctx.ids.many(len(once)).tolist()
    insert_columns(
        ctx.session,
        Case,
        {"id": ids, "once": once, "subject": subject, "sentence": sentence, "order_id": order_id},
        same={
            "originator_id": originator_id,
            "kind": kind,
            "state": CaseState.OPEN,
            "owner": owner,
            "suspense_minor": 0,
            "holds_release": False,
            "opened_on": ctx.today,
        },
    )
    events.add_many(
        ctx.session,
        FactKind.OPENED,
        scope=Scope.CASE,
        subjects=ids,
        originator=originator_id,
        on=[ctx.today] * len(ids),
        at=ctx.now,
        actor=ctx.actor,
        once=[""] * len(ids),
        detail=[{"of": str(kind)}] * len(ids),
    )
