"""Whose an object is: the question that is asked before anything is shown to a caller bound to one merchant."""

from typing import Any

from sqlalchemy import Select, exists, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.base.ids import Prefix
from ingather.store.tables import (
    Account,
    Authorization,
    Buyer,
    Case,
    Correction,
    Dispute,
    Entry,
    FollowUp,
    MerchantAccount,
    Order,
    Payout,
    Return,
    Settlement,
    WebhookEndpoint,
)

_OF_MERCHANTS: dict[Prefix, tuple[InstrumentedAttribute[int], InstrumentedAttribute[Any]]] = {
    Prefix.ORDER: (Order.id, Order.merchant_id),
    Prefix.AUTHORIZATION: (Authorization.id, Authorization.merchant_id),
    Prefix.SETTLEMENT: (Settlement.id, Settlement.merchant_id),
    Prefix.PAYOUT: (Payout.id, Payout.merchant_id),
    Prefix.MERCHANT_ACCOUNT: (MerchantAccount.id, MerchantAccount.merchant_id),
    Prefix.WEBHOOK: (WebhookEndpoint.id, WebhookEndpoint.merchant_id),
}
_BROUGHT: dict[Prefix, tuple[InstrumentedAttribute[int], InstrumentedAttribute[int], InstrumentedAttribute[Any]]] = {
    # A buyer and an account are whose merchant has an authorization of theirs, or brought them.
    Prefix.BUYER: (Buyer.id, Authorization.buyer_id, Buyer.merchant_id),
    Prefix.ACCOUNT: (Account.id, Authorization.account_id, Account.merchant_id),
}
_OF_ORDERS: dict[Prefix, tuple[InstrumentedAttribute[int], InstrumentedAttribute[Any]]] = {
    Prefix.RETURN: (Return.id, Return.order_id),
    Prefix.FOLLOW_UP: (FollowUp.id, FollowUp.order_id),
    Prefix.CASE: (Case.id, Case.order_id),
    Prefix.DISPUTE: (Dispute.id, Dispute.order_id),
    Prefix.ENTRY: (Entry.id, Entry.order_id),
}


def merchant_may_see(session: Session, prefix: Prefix, key: int, *, merchant_id: int) -> bool:
    """Return whether an object is a merchant's: its own, of its orders, or a buyer or account that authorized it.

    Whatever belongs to all merchants at once (files, batches, reports, rules, people) is nobody's in particular.
    """
    if prefix is Prefix.MERCHANT:
        return key == merchant_id
    statement = _statement(prefix, key, merchant_id)
    return statement is not None and session.execute(statement.limit(1)).first() is not None


def _statement(prefix: Prefix, key: int, merchant_id: int) -> Select[int] | None:
    one = select(literal(1))
    if prefix in _BROUGHT:
        identity, owner, brought_by = _BROUGHT[prefix]
        authorized = exists().where(owner == identity, Authorization.merchant_id == merchant_id)
        return one.where(identity == key, or_(brought_by == merchant_id, authorized))
    if prefix in _OF_MERCHANTS:
        identity, owner = _OF_MERCHANTS[prefix]
        return one.where(identity == key, owner == merchant_id)
    if prefix in _OF_ORDERS:
        identity, order_id = _OF_ORDERS[prefix]
        return one.where(identity == key, Order.id == order_id, Order.merchant_id == merchant_id)
    if prefix is Prefix.CORRECTION:
        same = Authorization.account_id == Correction.account_id
        return one.where(Correction.id == key, same, Authorization.merchant_id == merchant_id)
    return None
