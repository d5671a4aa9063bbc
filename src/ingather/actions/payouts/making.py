"""Making payouts: what a statement pays is due from the moment the statement is made, once."""

from collections.abc import Sequence

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.rules import policy_of
from ingather.domain.facts import FactKind, Scope
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.store import events
from ingather.store.bulk import insert_columns
from ingather.store.tables import Merchant, Payout, Settlement

_AT_ONCE = 2_000


def make_payouts(ctx: Context, settlements: Sequence[Settlement]) -> list[int]:
    """Make one payout, due, of each statement that pays anything and return their keys, in the statements' order.

    The way is the merchant's own, or else the policy's. A statement that ever had a payout gets no other: what came
    back or was called off is owed by the next statement. The caller is in the transaction that makes the statements.
    """
    ctx.session.flush()
    paying = [row for row in settlements if row.payable_minor > 0]
    known: set[int] = set()
    methods: dict[int, str | None] = {}
    for start in range(0, len(paying), _AT_ONCE):
        part = paying[start : start + _AT_ONCE]
        known.update(
            ctx.session.scalars(select(Payout.settlement_id).where(Payout.settlement_id.in_([row.id for row in part])))
        )
        own = select(Merchant.id, Merchant.payout_method).where(Merchant.id.in_([row.merchant_id for row in part]))
        methods.update((row.id, row.payout_method) for row in ctx.session.execute(own))
    fresh = [row for row in paying if row.id not in known]
    if not fresh:
        return []
    originator_id = fresh[0].originator_id
    general = PayoutMethod(policy_of(ctx, originator_id).settlement.method)
    ids: list[int] = ctx.ids.many(len(fresh)).tolist()
    insert_columns(
        ctx.session,
        Payout,
        {
            "id": ids,
            "originator_id": [row.originator_id for row in fresh],
            "merchant_id": [row.merchant_id for row in fresh],
            "settlement_id": [row.id for row in fresh],
            "method": [str(PayoutMethod(methods[row.merchant_id] or general)) for row in fresh],
            "amount_minor": [row.payable_minor for row in fresh],
            "currency": [row.currency for row in fresh],
        },
        same={"state": PayoutState.DUE, "asked_by": ctx.actor, "made_on": ctx.today, "version": 1},
    )
    events.add_many(
        ctx.session, FactKind.ASKED, scope=Scope.PAYOUT, subjects=ids, originator=originator_id,
        on=[ctx.today] * len(ids), at=ctx.now, actor=ctx.actor, once=[""] * len(ids),
        detail=[{"cents": row.payable_minor} for row in fresh],
    )  # fmt: skip
    return ids
