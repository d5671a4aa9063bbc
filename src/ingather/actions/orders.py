"""Recording orders and what a person decides about them: cancel, hold, let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.actions.intake import Intake, keys_by_external_id, known_rows
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.bulk import insert_columns
from ingather.store.tables import Authorization, Buyer, Merchant, Order

RAIL = "ach_debit"
CURRENCY = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrders:
    """Orders to record, as columns; ``authorization`` names it by its external id.

    ``buyer`` may be left out; where it is given it must be the authorization's.
    """

    external_id: Sequence[str]
    instalment: Sequence[int]
    merchant: Sequence[str]
    authorization: Sequence[str]
    amount_minor: Sequence[int]
    due_on: Sequence[date]
    goods: Sequence[bool]
    buyer: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _References:
    """What orders refer to, by external id; an authorization is (key, buyer, merchant, bucket)."""

    merchants: dict[str, int]
    buyers: dict[str, int]
    authorizations: dict[str, tuple[int, int, int, int]]

    def fault_of(self, new: NewOrders, row: int) -> tuple[str, str] | None:
        """Return the field at fault and the sentence when an order refers to what is not there."""
        merchant, name = new.merchant[row], new.authorization[row]
        if merchant not in self.merchants:
            return "merchant", f"there is no merchant {merchant}; record the merchant first"
        authorization = self.authorizations.get(name)
        if authorization is None or authorization[2] != self.merchants[merchant]:
            return "authorization", f"merchant {merchant} has no authorization {name}; record the authorization first"
        if new.buyer is not None and self.buyers.get(new.buyer[row]) != authorization[1]:
            return "buyer", f"authorization {name} was not given by buyer {new.buyer[row]}; name the buyer who gave it"
        if new.amount_minor[row] <= 0:
            return "amount_minor", "an order's amount is more than zero"
        return None


def record_orders(ctx: Context, originator_id: int, new: NewOrders) -> Intake:
    """Record orders. The same key with the same content is the existing order; with other content it is refused.

    An intake that brought nothing new leaves no record: it changed nothing.
    """
    intake = Intake()
    references = _references(ctx, originator_id, new)
    found = known_rows(
        ctx.session,
        (Order.merchant_id, Order.external_id, Order.instalment, Order.amount_minor, Order.due_on,
         Order.authorization_id, Order.goods),
        of=Order.originator_id,
        originator_id=originator_id,
        key=Order.external_id,
        wanted=new.external_id,
    )  # fmt: skip
    known: dict[tuple[Any, ...], tuple[Any, ...]] = {tuple(row[:3]): tuple(row[3:]) for row in found}
    chosen: list[tuple[int, int, int, int, int]] = []
    for row, external_id in enumerate(new.external_id):
        if fault := references.fault_of(new, row):
            intake.refuse(row, *fault)
            continue
        authorization_id, buyer_id, merchant_id, bucket = references.authorizations[new.authorization[row]]
        key = (merchant_id, external_id, new.instalment[row])
        content = (new.amount_minor[row], new.due_on[row], authorization_id, new.goods[row])
        if key not in known:
            known[key] = content
            chosen.append((row, merchant_id, buyer_id, authorization_id, bucket))
        elif known[key] == content:
            intake.same += 1
        else:
            intake.refuse(
                row,
                "external_id",
                f"order {external_id}, instalment {new.instalment[row]}, is known with another amount, date, "
                "authorization or kind of goods; record another instalment, or cancel it first",
            )
    intake.new = len(chosen)
    if chosen:
        _insert(ctx, originator_id, new, chosen)
        ctx.audit("record_orders", "book", new=intake.new, same=intake.same, refused=len(intake.refused))
    return intake


def _references(ctx: Context, originator_id: int, new: NewOrders) -> _References:
    authorizations = known_rows(
        ctx.session,
        (Authorization.external_id, Authorization.id, Authorization.buyer_id, Authorization.merchant_id,
         Authorization.bucket),
        of=Authorization.originator_id,
        originator_id=originator_id,
        key=Authorization.external_id,
        wanted=new.authorization,
    )  # fmt: skip
    return _References(
        merchants=keys_by_external_id(ctx.session, Merchant, originator_id, new.merchant),
        buyers=keys_by_external_id(ctx.session, Buyer, originator_id, new.buyer or ()),
        authorizations={name: (key, buyer, merchant, bucket) for name, key, buyer, merchant, bucket in authorizations},
    )


def _insert(ctx: Context, originator_id: int, new: NewOrders, chosen: list[tuple[int, int, int, int, int]]) -> None:
    rows, merchant_ids, buyer_ids, authorization_ids, buckets = zip(*chosen, strict=True)
    due_on = [new.due_on[row].isoformat() for row in rows]
    insert_columns(
        ctx.session,
        Order,
        {
            "id": ctx.ids.many(len(chosen)).tolist(),
            "merchant_id": merchant_ids,
            "buyer_id": buyer_ids,
            "authorization_id": authorization_ids,
            "external_id": [new.external_id[row] for row in rows],
            "instalment": [new.instalment[row] for row in rows],
            "amount_minor": [new.amount_minor[row] for row in rows],
            "due_on": due_on,
            "collect_on": due_on,
            "goods": [new.goods[row] for row in rows],
            "bucket": buckets,
        },
        same={
            "originator_id": originator_id,
            "rail": RAIL,
            "currency": CURRENCY,
            "state": OrderState.OPEN,
            "reason": None,
            "held": False,
            "presentations": 0,
            "first_settled_on": None,
            "route_id": None,
            "last_code": None,
            "late": False,
            "version": 1,
            "created_at": ctx.now,
        },
    )


def cancel_order(ctx: Context, order_id: int, *, reason: str) -> None:
    """Cancel an open order; raises ``WrongState`` once it is in a file, where a refund is the way."""
    order = _locked(ctx, order_id)
    changed = ctx.session.execute(
        update(Order)
        .where(Order.id == order_id, Order.state == OrderState.OPEN)
        .values(state=OrderState.CANCELED, collect_on=None, reason=None, version=Order.version + 1),
    )
    if not changed.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
        fact = f"order {public_id(Prefix.ORDER, order_id)} is {order.state}, only an open order is canceled"
        raise WrongState(fact, _instead(order.state))
    ctx.fact(
        FactKind.CANCELED, scope=Scope.ORDER, subject=order_id, originator=order.originator_id, reason=reason,
    )  # fmt: skip
    ctx.audit("cancel_order", public_id(Prefix.ORDER, order_id), reason=reason)


def _instead(state: str) -> str:
    """Return what can be done about an order that cannot be canceled."""
    if state == OrderState.RETURNED:
        return "Give it up with: ingather order fail"
    return "Void the file while it is not sent, or refund the buyer after it settled"


def fail_order(ctx: Context, order_id: int, *, reason: str) -> None:
    """Give up a returned order that nobody presents again; raises ``WrongState`` for any other."""
    order = _locked(ctx, order_id)
    name = public_id(Prefix.ORDER, order_id)
    if order.state != OrderState.RETURNED:
        fact = f"order {name} is {order.state}, only a returned order is given up"
        raise WrongState(fact, "Cancel it while it is open, or wait for what the bank says of it")
    order.state, order.collect_on, order.reason = OrderState.FAILED, None, f"returned-{order.last_code}"
    order.version += 1
    ctx.fact(
        FactKind.GIVEN_UP, scope=Scope.ORDER, subject=order_id, originator=order.originator_id,
        once=str(order.presentations), because=reason,
    )  # fmt: skip
    ctx.audit("fail_order", name, reason=reason)


def hold_order(ctx: Context, order_id: int, *, reason: str) -> None:
    """Keep an order from being debited until it is let go; what is sealed and not sent will not be sent."""
    _set_held(ctx, order_id, held=True, reason=reason)


def unhold_order(ctx: Context, order_id: int, *, reason: str) -> None:
    """Let a held order be debited again."""
    _set_held(ctx, order_id, held=False, reason=reason)


def _set_held(ctx: Context, order_id: int, *, held: bool, reason: str) -> None:
    order = _locked(ctx, order_id)
    if order.held is held:
        fact = f"order {public_id(Prefix.ORDER, order_id)} is {'held' if held else 'not held'} already"
        raise WrongState(fact)
    order.held = held
    order.version += 1
    kind = FactKind.HELD if held else FactKind.UNHELD
    ctx.fact(
        kind,
        scope=Scope.ORDER,
        subject=order_id,
        originator=order.originator_id,
        once=str(order.version),
        reason=reason,
    )
    ctx.audit("hold_order" if held else "unhold_order", public_id(Prefix.ORDER, order_id), reason=reason)


def _locked(ctx: Context, order_id: int) -> Order:
    order = ctx.session.scalar(select(Order).where(Order.id == order_id).with_for_update())
    if order is None:
        fact = f"there is no order {public_id(Prefix.ORDER, order_id)}"
        raise NoSuch(fact)
    return order
