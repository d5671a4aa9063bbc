"""What a merchant itself has agreed to: how long its money is held, how much of it is kept, how it is paid."""

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.rules import policy_of
from ingather.base.ids import Prefix, public_id
from ingather.domain.payouts import PayoutMethod
from ingather.domain.refusals import NoSuch, WrongState
from ingather.rules.release import OwnTerms
from ingather.store.tables import Merchant


def set_terms(ctx: Context, merchant_id: int, own: OwnTerms, *, method: PayoutMethod | None, reason: str) -> None:
    """Set a merchant's own terms, all of them: what is None is the tier's, the class's or the house's again.

    They count from its next statement on; what is held or kept already stays so. Raises ``NoSuch``, and ``WrongState``
    for a tier that the policy in force does not know.
    """
    row = ctx.session.scalar(select(Merchant).where(Merchant.id == merchant_id).with_for_update(key_share=True))
    name = public_id(Prefix.MERCHANT, merchant_id)
    if row is None:
        fact = f"there is no merchant {name}"
        raise NoSuch(fact)
    tiers = policy_of(ctx, row.originator_id).settlement.tiers
    if own.tier is not None and own.tier not in tiers:
        fact = f"the policy in force has no tier {own.tier}; it has {', '.join(sorted(tiers)) or 'none'}"
        raise WrongState(fact, "Take a policy that has it: ingather policy take FILE")
    row.tier, row.hold_days, row.reserve_bps = own.tier, own.hold_days, own.reserve_bps
    row.payout_method = None if method is None else str(method)
    ctx.audit(
        "set_terms", name, tier=own.tier, hold_days=own.hold_days, reserve_bps=own.reserve_bps,
        method=row.payout_method, reason=reason,
    )  # fmt: skip
