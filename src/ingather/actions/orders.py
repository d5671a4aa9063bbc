"""Recording orders and what a person decides about them: cancel, hold, let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update

from ingather.actions.authorizations.notices import note_needed
from ingather.actions.cases import close_about
from ingather.actions.context import Context
from ingather.actions.intake import Intake, keys_by_external_id, known_rows
from ingather.actions.suspected import suspect_orders
from ingather.base.dates import to_micros
from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import AuthorizationKind, Channel
from ingather.domain.cases import CaseKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import FINAL, OrderState
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.bulk import insert_columns
from ingather.store.entries import of_authorization
from ingather.store.tables import Authorization, Buyer, Merchant, Order

RAIL = "ach_debit"
CURRENCY = "USD"
_AT_ONCE = 5_000
_FEW_MERCHANTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrders:
    """Orders to record, as columns; ``authorization`` names it by its external id.

    ``buyer`` may be left out, in whole or of a row; where it is given it must be the authorization's. ``act_channel``
    and ``act_at`` tell of the buyer's act that started a debit under a standing authorization. ``same_day`` wants it
    settled on the day it is sent, where the bank and the Rules allow it.
    """

    external_id: Sequence[str]
    instalment: Sequence[int]
    merchant: Sequence[str]
    authorization: Sequence[str]
    amount_minor: Sequence[int]
    due_on: Sequence[date]
    goods: Sequence[bool]
    buyer: Sequence[str | None] | None = None
    act_channel: Sequence[str | None] | None = None
    act_at: Sequence[datetime | None] | None = None
    same_day: Sequence[bool] | None = None

    def act(self, row: int) -> tuple[str | None, datetime | None]:
        """Return how and when the buyer started a row's debit, None where nothing is said."""
        channel = self.act_channel[row] if self.act_channel else None
        return channel or None, self.act_at[row] if self.act_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _References:
    """What orders refer to, by external id; an authorization is (key, buyer, merchant, bucket).

    ``standing`` are the authorizations whose debits start by acts of the buyer, ``room`` how many more orders a series
    of so many debits takes: it falls as orders are chosen.
    """

    merchants: dict[str, int]
    buyers: dict[str, int]
    authorizations: dict[str, tuple[int, int, int, int]]
    standing: frozenset[int]
    room: dict[int, int]

    def fault_of(self, new: NewOrders, row: int) -> tuple[str, str] | None:
        """Return the field at fault and the sentence when an order refers to what is not there."""
        merchant, name = new.merchant[row], new.authorization[row]
        if merchant not in self.merchants:
            return "merchant", f"there is no merchant {merchant}; record the merchant first"
        authorization = self.authorizations.get(name)
        if authorization is None or authorization[2] != self.merchants[merchant]:
            return "authorization", f"merchant {merchant} has no authorization {name}; record the authorization first"
        buyer = new.buyer[row] if new.buyer else None
        if buyer is not None and self.buyers.get(buyer) != authorization[1]:
            return "buyer", f"authorization {name} was not given by buyer {buyer}; name the buyer who gave it"
        if new.amount_minor[row] <= 0:
            return "amount_minor", "an order's amount is more than zero"
        return self._fault_of_act(new, row, authorization[0])

    def _fault_of_act(self, new: NewOrders, row: int, authorization_id: int) -> tuple[str, str] | None:
        channel, at = new.act(row)
        if (channel is None) != (at is None):
            return "act_at", "an act of the buyer has both a channel and a moment, or nothing is said of it"
        if channel is None:
            return None
        if authorization_id not in self.standing:
            return "act_channel", "only a debit under a standing authorization is started by an act of the buyer"
        if channel == Channel.PAPER:
            return "act_channel", "an act that starts a debit is done online or by phone"
        return None

    def takes_another(self, authorization_id: int) -> bool:
        """Return whether a series has room for one more order, and take it."""
        left = self.room.get(authorization_id, 1)
        if authorization_id in self.room:
            self.room[authorization_id] = left - 1
        return left > 0


def record_orders(ctx: Context, originator_id: int, new: NewOrders) -> Intake:
    """Record orders. The same key with the same content is the existing order; with other content it is refused.

    An intake that brought nothing new leaves no record: it changed nothing.
    """
    intake = Intake()
    references = _references(ctx, originator_id, new)
    known = _known_orders(ctx, originator_id, new, sorted({row[2] for row in references.authorizations.values()}))
    chosen: list[tuple[int, int, int, int, int]] = []
    for row, external_id in enumerate(new.external_id):
        if fault := references.fault_of(new, row):
            intake.refuse(row, *fault)
            continue
        authorization_id, buyer_id, merchant_id, bucket = references.authorizations[new.authorization[row]]
        key = (merchant_id, external_id, new.instalment[row])
        content = (new.amount_minor[row], new.due_on[row], authorization_id, new.goods[row])
        if key not in known and not references.takes_another(authorization_id):
            intake.refuse(
                row,
                "authorization",
                f"authorization {new.authorization[row]} is for a series whose debits are all recorded; "
                "obtain another one for what is owed beyond it",
            )
            continue
        if key not in known:
            known[key] = (content, _brought_by(len(chosen)))
            chosen.append((row, merchant_id, buyer_id, authorization_id, bucket))
        elif known[key][0] == content:
            intake.same += 1
        else:
            intake.refuse(
                row,
                "external_id",
                f"order {external_id}, instalment {new.instalment[row]}, is known with another amount, date, "
                "authorization or kind of goods; record another instalment, or cancel it first",
            )
        intake.keys[row] = known[key][1]
    intake.new = len(chosen)
    if chosen:
        order_ids = _insert(ctx, originator_id, new, chosen)
        intake.fresh = frozenset(each[0] for each in chosen)
        intake.keys = {row: key if key > 0 else order_ids[_brought_by(key)] for row, key in intake.keys.items()}
        suspected = suspect_orders(ctx, originator_id, order_ids)
        for order_id, taken in zip(order_ids, chosen, strict=True) if suspected else ():
            if sentence := suspected.get(order_id):
                intake.tell(taken[0], "external_id", sentence, check="import-duplicate")
        note_needed(ctx, originator_id, [row[3] for row in chosen])
        ctx.audit(
            "record_orders", "book", new=intake.new, same=intake.same, refused=len(intake.refused),
            suspected=len(suspected),
        )  # fmt: skip
    return intake


def _brought_by(place: int) -> int:
    """Return what stands for the key of the n-th new order until it has one, and n again for that."""
    return -1 - place


def _known_orders(
    ctx: Context, originator_id: int, new: NewOrders, merchant_ids: Sequence[int]
) -> dict[tuple[Any, ...], tuple[tuple[Any, ...], int]]:
    """Return the content and key of the orders that the book has under these names, by merchant, name, instalment."""
    found = known_rows(
        ctx.session,
        (Order.merchant_id, Order.external_id, Order.instalment, Order.amount_minor, Order.due_on,
         Order.authorization_id, Order.goods, Order.id),
        of=Order.originator_id,
        originator_id=originator_id,
        key=Order.external_id,
        wanted=new.external_id,
        # The unique is by merchant and then by name: without the merchant each row of the book would be looked at.
        within=Order.merchant_id.in_(merchant_ids) if len(merchant_ids) <= _FEW_MERCHANTS else None,
    )  # fmt: skip
    return {tuple(row[:3]): (tuple(row[3:7]), row[7]) for row in found}


def _references(ctx: Context, originator_id: int, new: NewOrders) -> _References:
    authorizations = known_rows(
        ctx.session,
        (Authorization.external_id, Authorization.id, Authorization.buyer_id, Authorization.merchant_id,
         Authorization.bucket, Authorization.kind, Authorization.debits),
        of=Authorization.originator_id,
        originator_id=originator_id,
        key=Authorization.external_id,
        wanted=new.authorization,
    )  # fmt: skip
    limited = {row[1]: row[6] for row in authorizations if row[6] is not None}
    return _References(
        standing=frozenset(row[1] for row in authorizations if row[5] == AuthorizationKind.STANDING),
        room={key: debits - count for key, (debits, count) in _recorded(ctx, limited).items()},
        merchants=keys_by_external_id(ctx.session, Merchant, originator_id, new.merchant),
        buyers=keys_by_external_id(ctx.session, Buyer, originator_id, filter(None, new.buyer or ())),
        authorizations={row[0]: (row[1], row[2], row[3], row[4]) for row in authorizations},
    )


def _recorded(ctx: Context, limited: dict[int, int]) -> dict[int, tuple[int, int]]:
    """Return for each series of so many debits that number and how many of its orders stand."""
    found = {key: (debits, 0) for key, debits in limited.items()}
    ids = sorted(limited)
    for start in range(0, len(ids), _AT_ONCE):
        counted = ctx.session.execute(
            select(Order.authorization_id, func.count())
            .join(Authorization, of_authorization())
            .where(Authorization.id.in_(ids[start : start + _AT_ONCE]), Order.state != OrderState.CANCELED)
            .group_by(Order.authorization_id),
        )
        found |= {key: (limited[key], count) for key, count in counted}
    return found


def _insert(
    ctx: Context, originator_id: int, new: NewOrders, chosen: list[tuple[int, int, int, int, int]]
) -> list[int]:
    rows, merchant_ids, buyer_ids, authorization_ids, buckets = zip(*chosen, strict=True)
    due_on = [new.due_on[row].isoformat() for row in rows]
    order_ids: list[int] = ctx.ids.many(len(chosen)).tolist()
    insert_columns(
        ctx.session,
        Order,
        {
            "id": order_ids,
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
            "same_day": [bool(new.same_day and new.same_day[row]) for row in rows],
            "act_channel": [new.act(row)[0] for row in rows],
            "act_at": [at and to_micros(at) for at in (new.act(row)[1] for row in rows)],
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
    return order_ids


def cancel_order(ctx: Context, order_id: int, *, reason: str) -> None:
    """Cancel an open order; raises ``WrongState`` once it is in a file, where a refund is the way."""
    order = locked_order(ctx, order_id)
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
    note_needed(ctx, order.originator_id, [order.authorization_id])
    close_about(ctx, CaseKind.SUSPECTED_DUPLICATE, [order_id], outcome=f"canceled: {reason}")
    ctx.audit("cancel_order", public_id(Prefix.ORDER, order_id), reason=reason)


def _instead(state: str) -> str:
    """Return what can be done about an order that cannot be canceled."""
    if state == OrderState.RETURNED:
        return "Give it up with: ingather order fail"
    return "Void the file while it is not sent, or refund the buyer after it settled"


def fail_order(ctx: Context, order_id: int, *, reason: str) -> None:
    """Give up a returned order that nobody presents again; raises ``WrongState`` for any other."""
    order = locked_order(ctx, order_id)
    name = public_id(Prefix.ORDER, order_id)
    if order.state != OrderState.RETURNED:
        fact = f"order {name} is {order.state}, only a returned order is given up"
        raise WrongState(fact, "Cancel it while it is open, or wait for what the bank says of it")
    order.state, order.collect_on, order.reason = OrderState.FAILED, None, f"returned-{order.last_code}"
    order.corrected = False
    order.version += 1
    ctx.fact(
        FactKind.GIVEN_UP, scope=Scope.ORDER, subject=order_id, originator=order.originator_id,
        once=str(order.presentations), because=reason,
    )  # fmt: skip
    for kind in (CaseKind.CORRECTABLE_RETURN, CaseKind.UNKNOWN_RETURN_CODE):
        close_about(ctx, kind, [order_id], outcome=f"the order was given up: {reason}")
    ctx.audit("fail_order", name, reason=reason)


def hold_order(ctx: Context, order_id: int, *, reason: str) -> None:
    """Keep an order from being debited until it is let go; what is sealed and not sent will not be sent.

    Raises ``WrongState`` for an order that has ended: nothing would be kept from anything.
    """
    _set_held(ctx, order_id, held=True, reason=reason)


def unhold_order(ctx: Context, order_id: int, *, reason: str) -> None:
    """Let a held order be debited again."""
    _set_held(ctx, order_id, held=False, reason=reason)


def _set_held(ctx: Context, order_id: int, *, held: bool, reason: str) -> None:
    order = locked_order(ctx, order_id)
    if order.held is held:
        fact = f"order {public_id(Prefix.ORDER, order_id)} is {'held' if held else 'not held'} already"
        raise WrongState(fact)
    if held and order.state in FINAL:
        fact = f"order {public_id(Prefix.ORDER, order_id)} is {order.state}: it will not be debited anyway"
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


def locked_order(ctx: Context, order_id: int) -> Order:
    """Return an order locked for this transaction; raises ``NoSuch`` for an unknown one."""
    order = ctx.session.scalar(select(Order).where(Order.id == order_id).with_for_update())
    if order is None:
        fact = f"there is no order {public_id(Prefix.ORDER, order_id)}"
        raise NoSuch(fact)
    return order
