"""Matching a return by two persons: one says which debit it is about and why, another confirms it, and it is applied.

What is proposed is kept with the return's open case, and ends with it; a newer proposal takes the place of an older.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ingather.actions.context import Context
from ingather.actions.matches.by_hand import MatchedByHand, debit_named, match_by_hand, waiting_return
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import MakerIsChecker, WrongState
from ingather.store.tables import Case, Fact, Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """That a return is about a debit, as a person proposed it and nobody has decided yet."""

    case_id: int
    entry_id: int
    reason: str
    by: str
    at: datetime


def propose_match(ctx: Context, return_id: int, entry_id: int, *, reason: str) -> None:
    """Propose that a return is about a debit; nothing moves until another person confirms it.

    Raises as ``match_by_hand`` does, and ``WrongState`` where no case about the return is open.
    """
    row = waiting_return(ctx, return_id)
    debit_named(ctx, entry_id, row)
    case_id = ctx.session.scalars(_cases(row)).first()
    name = public_id(Prefix.RETURN, row.id)
    if case_id is None:
        fact = f"no case about return {name} is open"
        raise WrongState(fact, "It was decided already: see what came of its cases")
    entry = public_id(Prefix.ENTRY, entry_id)
    _note(ctx, row, case_id, text=f"proposed that it is about {entry}: {reason}", entry=entry_id, reason=reason)
    ctx.audit("propose_match", name, entry=entry, reason=reason)


def confirm_match(ctx: Context, return_id: int, *, entry_id: int) -> MatchedByHand:
    """Match a return as another person proposed; ``entry_id`` is what was read.

    Raises ``MakerIsChecker``; ``WrongState`` where nothing, or another debit, is proposed; and as ``match_by_hand``.
    """
    row, found = _proposed(ctx, return_id)
    if found.entry_id != entry_id:
        fact = f"another debit is proposed by now: {public_id(Prefix.ENTRY, found.entry_id)}"
        raise WrongState(fact, "Read the page anew")
    if found.by == ctx.actor:
        raise MakerIsChecker
    return match_by_hand(ctx, row.id, entry_id, reason=f"{found.reason} (proposed by {found.by})")


def refuse_match(ctx: Context, return_id: int, *, reason: str) -> None:
    """End a proposal: by its own person, or by who is to confirm it; raises ``NoSuch`` and ``WrongState``."""
    row, found = _proposed(ctx, return_id)
    entry = public_id(Prefix.ENTRY, found.entry_id)
    _note(ctx, row, found.case_id, text=f"refused that it is about {entry}: {reason}", entry=None, reason=reason)
    ctx.audit("refuse_match", public_id(Prefix.RETURN, row.id), entry=entry, proposed_by=found.by, reason=reason)


def proposal_of(session: Session, row: Return) -> Proposal | None:
    """Return what is proposed about a return, None where nothing is."""
    case_id = session.scalars(_cases(row)).first()
    if case_id is None:
        return None
    notes = session.execute(
        select(Fact.actor, Fact.recorded_at, Fact.detail)
        .where(Fact.scope == Scope.CASE, Fact.subject_id == case_id, Fact.kind == FactKind.NOTED)
        .order_by(Fact.seq.desc())
    )
    for actor, at, detail in notes:
        if "entry" in detail:
            entry = detail["entry"]
            if entry is None:
                return None
            return Proposal(case_id=case_id, entry_id=int(entry), reason=str(detail["reason"]), by=actor, at=at)
    return None


def _proposed(ctx: Context, return_id: int) -> tuple[Return, Proposal]:
    row = waiting_return(ctx, return_id)
    found = proposal_of(ctx.session, row)
    if found is None:
        fact = f"nobody proposes a debit for return {public_id(Prefix.RETURN, row.id)}"
        raise WrongState(fact, "Choose one of its candidates")
    return row, found


def _note(ctx: Context, row: Return, case_id: int, *, text: str, entry: int | None, reason: str) -> None:
    # The key as text: a reader of JSON in another language would round it.
    ctx.fact(
        FactKind.NOTED, scope=Scope.CASE, subject=case_id, originator=row.originator_id, once=str(ctx.ids.one()),
        text=text, entry=None if entry is None else str(entry), reason=reason,
    )  # fmt: skip


def _cases(row: Return) -> Select[int]:
    return (
        select(Case.id)
        .where(
            Case.originator_id == row.originator_id,
            Case.state == CaseState.OPEN,
            or_(Case.once == row.item_key.hex(), Case.subject == public_id(Prefix.RETURN, row.id)),
        )
        .order_by(Case.id)
        .limit(1)
    )
