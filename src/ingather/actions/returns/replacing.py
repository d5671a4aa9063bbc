"""A corrected return takes the place of the one that was dishonored for wrong fields."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.follow_ups.ending import withdraw_moot
from ingather.actions.matching import BY_TRACE, Match
from ingather.actions.returns.cases import to_a_person
from ingather.actions.returns.deciding import ReturnedOrder, decide
from ingather.actions.returns.effects import apply_decisions
from ingather.actions.returns.finding import Finding
from ingather.actions.returns.taking import record_return_matches
from ingather.actions.returns.telling import Told
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import FollowUpKind
from ingather.rules.banks import BankProfile
from ingather.rules.matching import score_of_rule
from ingather.rules.retries import next_presentation
from ingather.rules.return_codes import return_reason
from ingather.rules.return_fees import bears_fee
from ingather.rules.returns import Decision
from ingather.store.tables import Batch, Entry, File, Return
from ingather.store.tables.files import STANDING_DEBIT

_TRACE_DAYS = 75


def replace_return(ctx: Context, report_id: int, row: Return, told: Told, *, profile: BankProfile) -> bool:
    """Put a corrected return in the place of another, and apply it with its own decision.

    Its window is that of the first one, whose settlement it keeps. Returns whether the money still has to be taken out
    of suspense: not when the first one had moved no order and this one does.
    """
    was_applied = row.applied
    row.applied = False
    ctx.session.flush()
    new = _corrected(ctx, report_id, row, told)
    ctx.session.add(new)
    ctx.session.flush()
    row.replaced_by = new.id
    ctx.fact(
        FactKind.REPLACED, scope=Scope.RETURN, subject=row.id, originator=row.originator_id, on=told.told_on,
        by=public_id(Prefix.RETURN, new.id),
    )  # fmt: skip
    match = _entry_of(ctx, row) if was_applied else _entry_told(ctx, row, told)
    if match is None:
        finding = Finding(kind=CaseKind.UNMATCHED_RETURN, entry_id=row.entry_id, order_id=row.order_id)
        to_a_person(ctx, row.originator_id, [(new, finding)], lead_days=profile.requests.lead_banking_days)
        return True
    new.entry_id, new.order_id, new.batch_id, new.applied = match.entry_id, match.order_id, match.batch_id, True
    new.matched_by = BY_TRACE
    ctx.session.flush()
    items, decisions = decide(ctx, [(new, match)], profile=profile, told_on=told.told_on)
    apply_decisions(
        ctx,
        row.originator_id,
        new.id,  # the source of its posting: the report may have told of other returns of the same batch
        [(items[0], from_day(items[0], decision, told.told_on, profile)) for decision in decisions],
        on=told.told_on,
        lead_days=profile.requests.lead_banking_days,
        corrects=frozenset({new.id}) if was_applied else frozenset(),
    )
    record_return_matches(ctx, row.originator_id, [(new, match)])
    new.clawed_back = new.clawed_back or row.clawed_back
    if not bears_fee(new.code, items[0].returned_on):
        withdraw_moot(ctx, [match.entry_id], "replaced", kinds=(FollowUpKind.RETURN_FEE,))
    return was_applied


def _corrected(ctx: Context, report_id: int, row: Return, told: Told) -> Return:
    return Return(
        id=ctx.ids.one(),
        originator_id=row.originator_id,
        report_id=report_id,
        item_key=hashlib.sha256(b"corrected|" + row.item_key).digest(),
        line=0,
        entry_id=None,
        order_id=None,
        batch_id=None,
        code=told.reason or row.code,
        original_trace=told.original_trace,
        return_trace=told.return_trace,
        amount_cents=told.amount_cents,
        returned_on=row.returned_on,
        late=False,
        applied=False,
        clawed_back=False,
        matched_by=None,
        information=row.information,
        received_at=ctx.now,
    )


def from_day(item: ReturnedOrder, decision: Decision, day: date, profile: BankProfile) -> Decision:
    """Return the decision with a retry that is counted from the day its entry was known, not from the return's."""
    reason = return_reason(item.row.code, on=item.returned_on, information=item.row.information)
    if decision.retry_on is None or reason is None:
        return decision
    again, why_not = next_presentation(
        reason,
        returned_on=day,
        presentations=item.match.presentation,
        first_settled_on=item.first_settled_on,
        amount_cents=item.match.amount_cents,
        policy=profile.retry,
    )
    return replace(decision, retry_on=again, no_retry=why_not, ends=again is None and decision.correct_by is None)


def _entry_of(ctx: Context, row: Return) -> Match | None:
    return _one(ctx, Entry.id == row.entry_id)


def _entry_told(ctx: Context, row: Return, told: Told) -> Match | None:
    """Return the entry that a corrected return names by trace and amount, where it is one and has not come back."""
    since = ctx.today - timedelta(days=_TRACE_DAYS)
    recent = select(File.id).where(File.originator_id == row.originator_id, File.effective_on >= since)
    found = _one(ctx, Entry.file_id.in_(recent), Entry.trace == told.original_trace, Entry.ended.is_(None))
    return found if found is not None and found.amount_cents == told.amount_cents else None


def _one(ctx: Context, *conditions: object) -> Match | None:
    rows = ctx.session.execute(
        select(
            Entry.id, Entry.order_id, Entry.batch_id, Batch.merchant_id, Entry.file_id, Entry.ended,
            Entry.presentation, Entry.amount_cents,
        )
        .join(Batch, Batch.id == Entry.batch_id)
        .where(STANDING_DEBIT, *conditions),  # type: ignore[arg-type]  # conditions are SQL, as the callers write them
    ).all()  # fmt: skip
    if len(rows) != 1:
        return None
    row = rows[0]
    return Match(
        entry_id=row.id,
        order_id=row.order_id or 0,
        batch_id=row.batch_id,
        merchant_id=row.merchant_id,
        file_id=row.file_id,
        ended=row.ended,
        presentation=row.presentation or 1,
        amount_cents=row.amount_cents,
        rule=BY_TRACE,
        score=score_of_rule(BY_TRACE, ctx.today),
    )
