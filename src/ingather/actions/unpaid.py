"""The alarm for merchants who are not paid what was collected for them, and its end when they are."""

from datetime import timedelta

from sqlalchemy import select

from ingather.actions.cases import close_case, open_cases
from ingather.actions.context import Context
from ingather.actions.rules import policy_of
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind, CaseState
from ingather.store.tables import Case
from ingather.store.unpaid import Unpaid, read_unpaid


def note_unpaid(ctx: Context, originator_id: int) -> list[Unpaid]:
    """Open a case for each merchant unpaid for longer than the policy allows, and close those of merchants paid since.

    A case is of a merchant and the day since which it is unpaid, so each stretch has one. Returns who is unpaid.
    """
    days = policy_of(ctx, originator_id).unpaid.after_days
    if not days:
        return []
    unpaid = read_unpaid(ctx.session, originator_id, released_by=ctx.today - timedelta(days=days))
    once = {f"{public_id(Prefix.MERCHANT, each.merchant_id)}|{each.since}": each for each in unpaid}
    known = {
        row.once: row
        for row in ctx.session.execute(
            select(Case.id, Case.once, Case.state).where(
                Case.originator_id == originator_id, Case.kind == CaseKind.MERCHANT_UNPAID
            ),
        )
    }
    for name, row in known.items():
        if row.state == CaseState.OPEN and name not in once:
            close_case(ctx, row.id, outcome="the merchant has been paid since")
    new = [name for name in once if name not in known]
    if new:
        open_cases(
            ctx,
            CaseKind.MERCHANT_UNPAID,
            originator_id=originator_id,
            once=new,
            subject=[public_id(Prefix.MERCHANT, once[name].merchant_id) for name in new],
            sentence=[_sentence(once[name]) for name in new],
            order_id=[None] * len(new),
        )
        ctx.audit("note_unpaid", "book", merchants=len(new))
    return unpaid


def _sentence(unpaid: Unpaid) -> str:
    return (
        f"Merchant {unpaid.external_id} is owed {format_minor(unpaid.owed_minor)} USD, collected since {unpaid.since}, "
        "and no statement says that it is paid. A consumer's debit whose merchant is not paid can come back for sixty "
        "days. Pay it and make its statement with: ingather settle"
    )
