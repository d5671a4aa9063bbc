"""A return that a person recorded and a report tells of later: the row is the report's from then on.

What was applied stands. Where the report gives another day, the return is judged anew by it: it may have come late.
"""

from datetime import date

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.matching import Match
from ingather.actions.odfi_requests import profile_about
from ingather.actions.returns.cases import open_cases
from ingather.actions.returns.deciding import decide
from ingather.base.ids import Prefix, public_id
from ingather.rules.matching import BY_HAND, score_by_hand
from ingather.store.tables import Batch, Entry, Return


def take_over(ctx: Context, return_id: int, *, report_id: int, line: int, returned_on: date | None) -> None:
    """Note the report and the line that tell of a return recorded by hand, and the day they give."""
    row = ctx.session.get_one(Return, return_id, populate_existing=True)
    before = row.returned_on
    row.report_id, row.line = report_id, line
    if returned_on is not None:
        row.returned_on = returned_on
    ctx.session.flush()
    if row.returned_on != before and row.applied:
        _judge_again(ctx, row)
    ctx.audit(
        "take_over_return", public_id(Prefix.RETURN, return_id), report=public_id(Prefix.REPORT, report_id),
        returned_on=row.returned_on and row.returned_on.isoformat(), before=before and before.isoformat(),
    )  # fmt: skip


def _judge_again(ctx: Context, row: Return) -> None:
    """Judge by its own day whether a return came in time, and open the case of one that did not."""
    entry = ctx.session.execute(
        select(
            Entry.id, Entry.order_id, Entry.batch_id, Batch.merchant_id, Entry.file_id, Entry.ended,
            Entry.presentation, Entry.amount_cents,
        )
        .join(Batch, Batch.id == Entry.batch_id)
        .where(Entry.id == row.entry_id),
    ).one()  # fmt: skip
    profile = profile_about(ctx, entry.id)
    match = Match(
        entry.id, entry.order_id or 0, entry.batch_id, entry.merchant_id, entry.file_id, entry.ended,
        entry.presentation or 0, entry.amount_cents, BY_HAND, score_by_hand(ctx.today),
    )  # fmt: skip
    items, decisions = decide(ctx, [(row, match)], profile=profile, told_on=row.returned_on or ctx.today)
    (decision,) = decisions
    row.timeliness, row.deadline_on = decision.timeliness, decision.deadline_on
    ctx.session.flush()
    lead_days = profile.requests.lead_banking_days
    open_cases(ctx, [(items[0], decision)], answered=frozenset(), lead_days=lead_days)
