"""A due order that can be debited, in columns, for the tests to spoil one thing at a time."""

from datetime import date
from typing import Any

import numpy as np

from ingather.rules.due import Due
from ingather.rules.vocabulary import (
    AccountKind,
    AccountState,
    AmountTerms,
    AuthorizationKind,
    AuthorizationState,
    Channel,
    Holder,
    OrderStanding,
    PartyState,
    Screening,
)

EFFECTIVE_ON = date(2026, 11, 23)


def day(value: date) -> int:
    """Return a date as days since 1970."""
    return (value - date(1970, 1, 1)).days


GOOD: dict[str, int | bool] = {
    "order_id": 1,
    "buyer_id": 1,
    "merchant_id": 1,
    "authorization_id": 1,
    "standing": OrderStanding.OPEN,
    "amount_minor": 12_500,
    "due_on": day(date(2026, 11, 20)),
    "collect_on": 0,
    "held": False,
    "entangled": False,
    "presentations": 0,
    "retryable": False,
    "first_settled_on": 0,
    "authorization_state": AuthorizationState.ACTIVE,
    "authorization_kind": AuthorizationKind.RECURRING,
    "authorization_valid_from": day(date(2026, 1, 1)),
    "authorization_valid_to": 0,
    "authorization_max_minor": 0,
    "authorization_min_minor": 0,
    "amount_terms": AmountTerms.RANGE,
    "notice": 0,
    "noticed_on": 0,
    "suspected": False,
    "same_day": False,
    "corrected": False,
    "returned_on": 0,
    "channel": Channel.ONLINE,
    "account_state": AccountState.ACTIVE,
    "account_kind": AccountKind.CHECKING,
    "account_holder": Holder.CONSUMER,
    "account_validated": True,
    "change_due_on": 0,
    "routing_valid": True,
    "merchant_state": PartyState.ACTIVE,
    "company_name_registered": True,
    "payable": True,
    "merchant_screening": Screening.CLEAR,
    "merchant_screened_until": 0,
    "buyer_state": PartyState.ACTIVE,
    "buyer_screening": Screening.CLEAR,
    "buyer_screened_until": 0,
    "routed": True,
    "goods": True,
}


def due(*rows: dict[str, Any]) -> Due:
    """Return one order per row: the good one with the row's values instead."""
    columns: dict[str, Any] = {}
    for name, good in GOOD.items():
        values = [row.get(name, good) for row in rows]
        columns[name] = np.array(values, np.bool_ if isinstance(good, bool) else np.int64)
    return Due(**columns)
