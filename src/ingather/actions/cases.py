"""Opening and closing cases: the same finding opens one case however often it is made.

Each kind of case has its clock, its owner and its escalation in the table of case clocks. A caller that knows the last
day gives it; otherwise it is counted from the opening where the table says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.rules.case_clocks import CaseTerms, case_terms, due_when_opened
from ingather.store import events
from ingather.store.bulk import insert_columns
from ingather.store.tables import Case

_AT_ONCE = 5_000
_NOBODYS = "operator"
"""Who has a case whose kind no row in force knows."""


def open_case(  # noqa: PLR0913 -- a case's particulars
    ctx: Context,
    kind: CaseKind,
    *,
    originator_id: int,
    once: str,
    subject: str,
    sentence: str,
    owner: str | None = None,
    order_id: int | None = None,
    entry_id: int | None = None,
    suspense_minor: int = 0,
    due_on: date | None = None,
    holds_release: bool = False,
) -> bool:
    """Open a case unless the same finding opened one before; returns whether it is new.

    Owner and last day are those of the kind's clock unless they are given.
    """
    known = select(Case.id).where(Case.originator_id == originator_id, Case.kind == kind, Case.once == once)
    if ctx.session.execute(known).first() is not None:
        return False
    terms = case_terms(kind, ctx.today)
    clock, due_on = _clock(terms, ctx.today, due_on)
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
        owner=owner or _owner(terms),
        suspense_minor=suspense_minor,
        holds_release=holds_release,
        opened_on=ctx.today,
        due_on=due_on,
        closed_at=None,
        outcome=None,
        clock=clock,
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.fact(FactKind.OPENED, scope=Scope.CASE, subject=row.id, originator=originator_id, of=kind)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case to open among many; its fields are those of ``open_case``."""

    kind: CaseKind
    once: str
    subject: str
    sentence: str
    owner: str | None = None
    order_id: int | None = None
    entry_id: int | None = None
    suspense_minor: int = 0
    due_on: date | None = None
    holds_release: bool = False


def open_each(ctx: Context, originator_id: int, wanted: Sequence[NewCase]) -> int:
    """Open many cases of any kinds, each unless the same finding opened one before; returns how many are new."""
    ctx.session.flush()
    by_kind: dict[CaseKind, dict[str, NewCase]] = {}
    for case in wanted:
        by_kind.setdefault(case.kind, {}).setdefault(case.once, case)
    opened = 0
    for kind, found in by_kind.items():
        known: set[str] = set()
        texts = sorted(found)
        for start in range(0, len(texts), _AT_ONCE):
            statement = select(Case.once).where(
                Case.originator_id == originator_id, Case.kind == kind, Case.once.in_(texts[start : start + _AT_ONCE])
            )
            known.update(ctx.session.scalars(statement))
        fresh = [case for once, case in found.items() if once not in known]
        _insert_each(ctx, originator_id, kind, fresh)
        opened += len(fresh)
    return opened


def _insert_each(ctx: Context, originator_id: int, kind: CaseKind, fresh: Sequence[NewCase]) -> None:
    if not fresh:
        return
    terms = case_terms(kind, ctx.today)
    clocks = [_clock(terms, ctx.today, case.due_on) for case in fresh]
    ids: list[int] = ctx.ids.many(len(fresh)).tolist()
    insert_columns(
        ctx.session,
        Case,
        {
            "id": ids,
            "once": [case.once for case in fresh],
            "subject": [case.subject for case in fresh],
            "sentence": [case.sentence for case in fresh],
            "owner": [case.owner or _owner(terms) for case in fresh],
            "order_id": [case.order_id for case in fresh],
            "entry_id": [case.entry_id for case in fresh],
            "suspense_minor": [case.suspense_minor for case in fresh],
            "holds_release": [case.holds_release for case in fresh],
            "clock": [clock for clock, _ in clocks],
            "due_on": [day and day.isoformat() for _, day in clocks],
        },
        same={"originator_id": originator_id, "kind": kind, "state": CaseState.OPEN, "opened_on": ctx.today},
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


def still_open(ctx: Context, case_id: int) -> Case:
    """Return an open case, locked until the transaction ends; raises ``NoSuch``, and ``WrongState`` for a closed."""
    row = ctx.session.scalar(select(Case).where(Case.id == case_id).with_for_update())
    name = public_id(Prefix.CASE, case_id)
    if row is None:
        fact = f"there is no case {name}"
        raise NoSuch(fact)
    if row.state == CaseState.CLOSED:
        fact = f"case {name} is closed already"
        raise WrongState(fact)
    return row


def close_case(ctx: Context, case_id: int, *, outcome: str, evidence: str | None = None) -> None:
    """Close a case with what came of it, and what shows it; raises ``NoSuch`` and ``WrongState``.

    What a person closes goes through ``casework.close_with_evidence``.
    """
    row = still_open(ctx, case_id)
    row.state = CaseState.CLOSED
    row.closed_at = ctx.now
    row.outcome, row.evidence, row.closed_by = outcome, evidence, ctx.actor
    ctx.fact(
        FactKind.CLOSED, scope=Scope.CASE, subject=case_id, originator=row.originator_id, outcome=outcome,
        evidence=evidence,
    )  # fmt: skip
    ctx.audit("close_case", public_id(Prefix.CASE, case_id), outcome=outcome, evidence=evidence)


def close_many(ctx: Context, originator_id: int, case_ids: Sequence[int], *, outcome: str) -> None:
    """Close open cases that have all ended alike, in sets; those that are closed already are not named."""
    if not case_ids:
        return
    for start in range(0, len(case_ids), _AT_ONCE):
        ctx.session.execute(
            update(Case)
            .where(Case.id.in_(case_ids[start : start + _AT_ONCE]))
            .values(state=CaseState.CLOSED, closed_at=ctx.now, outcome=outcome, closed_by=ctx.actor)
            .execution_options(synchronize_session=False),
        )
    events.add_many(
        ctx.session,
        FactKind.CLOSED,
        scope=Scope.CASE,
        subjects=case_ids,
        originator=originator_id,
        on=[ctx.today] * len(case_ids),
        at=ctx.now,
        actor=ctx.actor,
        once=[""] * len(case_ids),
        detail=[{"outcome": outcome}] * len(case_ids),
    )
    ctx.audit("close_cases", public_id(Prefix.CASE, case_ids[0]), cases=len(case_ids), outcome=outcome)


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


def open_cases(  # noqa: PLR0913 -- the columns of a case
    ctx: Context,
    kind: CaseKind,
    *,
    originator_id: int,
    once: Sequence[str],
    subject: Sequence[str],
    sentence: Sequence[str],
    order_id: Sequence[int | None],
    owner: str | None = None,
    due_on: Sequence[date] | None = None,
    suspense_minor: Sequence[int] | None = None,
) -> None:
    """Open many cases of one kind, given as columns, that are known to be new; each with its fact.

    Without last days they have the one of their kind's clock, if it is counted from the opening.
    """
    ctx.session.flush()
    terms = case_terms(kind, ctx.today)
    clock, same_day = _clock(terms, ctx.today, due_on[0] if due_on else None)
    days: Sequence[date | None] = due_on or [same_day] * len(once)
    ids: list[int] = ctx.ids.many(len(once)).tolist()
    insert_columns(
        ctx.session,
        Case,
        {
            "id": ids,
            "once": once,
            "subject": subject,
            "sentence": sentence,
            "order_id": order_id,
            "due_on": [None if day is None else day.isoformat() for day in days],
            "suspense_minor": suspense_minor or [0] * len(once),
        },
        same={
            "originator_id": originator_id,
            "kind": kind,
            "state": CaseState.OPEN,
            "owner": owner or _owner(terms),
            "clock": clock,
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


def _clock(terms: CaseTerms | None, today: date, due_on: date | None) -> tuple[str | None, date | None]:
    """Return the clock and last day of a new case; a last day that is given was counted by the kind's own clock."""
    if terms is None:
        return None, due_on
    return (terms.clock or None, due_on) if due_on is not None else due_when_opened(terms, today)


def _owner(terms: CaseTerms | None) -> str:
    return terms.owner if terms else _NOBODYS
