"""Suspected duplicates: an order that looks like another one waits until a person confirms that both are owed."""

from collections.abc import Sequence

from sqlalchemy import select, update

from ingather.actions.cases import close_about, open_cases
from ingather.actions.context import Context
from ingather.actions.rules import policy_of
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.look_alikes import read_alike
from ingather.store.tables import Order

_AT_ONCE = 5_000


def suspect_orders(ctx: Context, originator_id: int, order_ids: Sequence[int]) -> dict[int, str]:
    """Mark those of newly recorded orders that look like an earlier one, with a case each.

    Returns what is said of each. ``order_ids`` are ascending, as they were minted together. How near two due dates
    must lie is the policy's.
    """
    days = policy_of(ctx, originator_id).duplicates.days
    if not days or not order_ids:
        return {}
    alike = read_alike(ctx.session, originator_id, first=order_ids[0], last=order_ids[-1], days=days)
    if not len(alike):
        return {}
    for start in range(0, len(alike), _AT_ONCE):
        ctx.session.execute(
            update(Order)
            .where(Order.id.in_(alike.order_id[start : start + _AT_ONCE]))
            .values(suspected=True)
            .execution_options(synchronize_session=False),
        )
    names = [public_id(Prefix.ORDER, key) for key in alike.order_id]
    sentences = [
        f"Order {external_id} ({name}) looks like order {earlier} ({public_id(Prefix.ORDER, earlier_id)}): same "
        f"buyer, merchant and amount, due within {days} days. It waits. If both are owed: ingather order confirm "
        f"{name}; if not: ingather order cancel {name}"
        for name, external_id, earlier, earlier_id in zip(
            names, alike.external_id, alike.earlier_external_id, alike.earlier_id, strict=True
        )
    ]
    open_cases(
        ctx,
        CaseKind.SUSPECTED_DUPLICATE,
        originator_id=originator_id,
        once=names,
        subject=names,
        sentence=sentences,
        order_id=alike.order_id,
    )
    return dict(zip(alike.order_id, sentences, strict=True))


def confirm_order(ctx: Context, order_id: int, *, reason: str) -> None:
    """Let a suspected order be debited: both are owed.

    Raises ``NoSuch`` for an unknown order and ``WrongState`` for one that is not suspected.
    """
    name = public_id(Prefix.ORDER, order_id)
    order = ctx.session.scalar(select(Order).where(Order.id == order_id).with_for_update())
    if order is None:
        fact = f"there is no order {name}"
        raise NoSuch(fact)
    if not order.suspected:
        fact = f"order {name} is not suspected to be another one"
        raise WrongState(fact, f"See what keeps it with: ingather order show {name}")
    order.suspected = False
    order.version += 1
    ctx.fact(
        FactKind.CONFIRMED, scope=Scope.ORDER, subject=order_id, originator=order.originator_id,
        once=str(order.version), reason=reason,
    )  # fmt: skip
    close_about(ctx, CaseKind.SUSPECTED_DUPLICATE, [order_id], outcome=f"confirmed: {reason}")
    ctx.audit("confirm_order", name, reason=reason)
