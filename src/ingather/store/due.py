"""Reading what a night decides about: due orders with everything the decision and the file need, as columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ingather.base.columns import Bytes2D, Int64, Mask, routing_is_valid, text_column
from ingather.domain.cases import CaseState
from ingather.domain.orders import OrderState
from ingather.rules.due import Due
from ingather.rules.returns import NextStep, return_reason
from ingather.rules.vocabulary import (
    AccountKind,
    AccountState,
    AuthorizationKind,
    AuthorizationState,
    Channel,
    Holder,
    OrderStanding,
    PartyState,
)
from ingather.store.bulk import read_columns, read_plain_columns
from ingather.store.tables import Account, Authorization, Buyer, Case, Merchant, Order

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchants:
    """The merchants of an originator as columns, ascending by id."""

    id: Int64
    company_name: Sequence[str]
    company_identification: Sequence[str]
    entry_description: Sequence[str]
    state: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOrders:
    """``n`` due orders, ascending by id: what is decided about them, and what their entries are made of.

    ``merchant`` indexes into ``merchants``; ``terms_version`` rises when the
    authorization or account changes; ``receiver_name`` is ``(n, 22)`` bytes; ``sealed_number`` is red even
    sealed and stays out of the repr.
    """

    due: Due
    merchants: Merchants
    merchant: Int64
    version: Int64
    terms_version: Int64
    bucket: Int64
    account_id: Sequence[int]
    sealed_number: Sequence[bytes] = field(repr=False)
    routing: Int64
    receiver_name: Bytes2D
    route_id: Int64
    reason: Sequence[str | None]

    def __len__(self) -> int:
        """Return the number of orders."""
        return len(self.due)

    def registered(self, names: Iterable[str]) -> Mask:
        """Return which orders' company names are among those an ODFI has registered."""
        known = frozenset(names)
        return np.array([name in known for name in self.merchants.company_name], np.bool_)[self.merchant]


def read_merchants(session: Session, originator_id: int) -> Merchants:
    """Return an originator's merchants."""
    ids, names, identifications, descriptions, states = read_columns(
        session,
        select(
            Merchant.id,
            Merchant.company_name,
            Merchant.company_identification,
            Merchant.entry_description,
            Merchant.state,
        )
        .where(Merchant.originator_id == originator_id)
        .order_by(Merchant.id),
    )
    return Merchants(
        id=np.array(ids, np.int64),
        company_name=names,
        company_identification=identifications,
        entry_description=descriptions,
        state=_codes(PartyState, states),
    )


def read_due(
    session: Session,
    *,
    originator_id: int,
    through: date,
    after: int,
    limit: int,
    merchants: Merchants,
) -> DueOrders | None:
    """Return the next page of orders that wait for a date up to ``through``, None after the last.

    ``after`` is the last order id of the page before. Which names are registered and whether a route takes the order
    is for the caller to say: both columns are true here.
    """
    columns = read_plain_columns(session, _page(originator_id=originator_id, through=through, after=after, limit=limit))
    if not columns[0]:
        return None
    values = iter(columns)
    order_id = _integers(next(values))
    merchant = np.searchsorted(merchants.id, _integers(next(values)))
    due, routing = _due(
        values,
        order_id=order_id,
        merchant_state=merchants.state[merchant],
        entangled=_entangled(session, originator_id, order_id),
        on=through,
    )
    return DueOrders(
        due=due,
        merchants=merchants,
        merchant=merchant,
        version=_integers(next(values)),
        terms_version=_integers(next(values)) + _integers(next(values)),
        bucket=_integers(next(values)),
        account_id=next(values),
        sealed_number=next(values),
        routing=routing,
        receiver_name=text_column(next(values), 22),
        route_id=_integers([value or 0 for value in next(values)]),
        reason=next(values),
    )


def _due(
    values: Iterator[tuple[Any, ...]],
    *,
    order_id: Int64,
    merchant_state: npt.NDArray[np.int8],
    entangled: Mask,
    on: date,
) -> tuple[Due, Int64]:
    """Return what is decided about, and the routing numbers; ``values`` gives the columns in the order of the query."""
    everyone = np.ones(len(order_id), np.bool_)
    due = Due(
        order_id=order_id,
        standing=_codes(_Standing, next(values)),
        amount_minor=_integers(next(values)),
        due_on=_days(next(values)),
        collect_on=_days(next(values)),
        held=_flags(next(values)),
        entangled=entangled,
        presentations=_integers(next(values)),
        retryable=_retryable(next(values), on=on),
        first_settled_on=_days(next(values)),
        goods=_flags(next(values)),
        authorization_state=_codes(AuthorizationState, next(values)),
        authorization_kind=_codes(AuthorizationKind, next(values)),
        authorization_valid_from=_days(next(values)),
        authorization_valid_to=_days(next(values)),
        authorization_max_minor=_integers([value or 0 for value in next(values)]),
        channel=_codes(Channel, next(values)),
        account_state=_codes(AccountState, next(values)),
        account_kind=_codes(AccountKind, next(values)),
        account_holder=_codes(Holder, next(values)),
        account_validated=_flags(next(values)),
        routing_valid=routing_is_valid(routing := _integers(next(values))),
        merchant_state=merchant_state,
        company_name_registered=everyone,
        buyer_state=_codes(PartyState, next(values)),
        routed=everyone,
    )
    return due, routing


class _Standing(IntEnum):
    """An order's state as the decision knows it."""

    OPEN = OrderStanding.OPEN
    RETURNED = OrderStanding.RETURNED


def _page(*, originator_id: int, through: date, after: int, limit: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Order.id, Order.merchant_id, Order.state, Order.amount_minor, Order.due_on, Order.collect_on, Order.held,
            Order.presentations, Order.last_code, Order.first_settled_on, Order.goods,
            Authorization.state, Authorization.kind, Authorization.valid_from, Authorization.valid_to,
            Authorization.max_amount_minor, Authorization.channel,
            Account.state, Account.kind, Account.holder, Account.validated, Account.routing,
            Buyer.state,
            Order.version, Authorization.version, Account.version, Order.bucket, Account.id, Account.number,
            Buyer.receiver_name, Order.route_id, Order.reason,
        )
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .join(Buyer, Buyer.id == Order.buyer_id)
        .where(
            Order.originator_id == originator_id,
            Order.collect_on <= through,
            Order.state.in_([OrderState.OPEN, OrderState.RETURNED]),
            Order.id > after,
        )
        .order_by(Order.id)
        .limit(limit)
    )  # fmt: skip


def _integers(values: Sequence[int]) -> Int64:
    return np.fromiter(values, np.int64, count=len(values))


def _flags(values: Sequence[Any]) -> Mask:
    return _looked_up(values, {value: bool(value) for value in set(values)}, np.dtype(np.bool_))


def _days(values: Sequence[date | str | None]) -> Int64:
    """Return dates as days since 1970, 0 for none."""
    found = {value: 0 if value is None else (_date(value) - _EPOCH).days for value in set(values)}
    return _looked_up(values, found, np.dtype(np.int64))


def _date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _codes(words: type[IntEnum], values: Sequence[str]) -> npt.NDArray[np.int8]:
    """Return words as their codes by name; a word without a code is 0, which never permits."""
    found = {word.name.lower(): int(word) for word in words}
    return _looked_up(values, {value: found.get(value, 0) for value in set(values)}, np.dtype(np.int8))


def _looked_up(values: Sequence[Any], found: Mapping[Any, int], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return each value's number; a column in which all values are the same, as most are, is filled at once."""
    if len(found) == 1:
        return np.full(len(values), next(iter(found.values())), dtype)
    return np.fromiter(map(found.__getitem__, values), dtype, count=len(values))


def _retryable(codes: Sequence[str | None], *, on: date) -> Mask:
    def again(code: str | None) -> bool:
        reason = return_reason(code, on=on) if code else None
        return reason is not None and reason.next_step is NextStep.RETRY

    return _looked_up(codes, {code: again(code) for code in set(codes)}, np.dtype(np.bool_))


def _entangled(session: Session, originator_id: int, order_ids: Int64) -> Mask:
    """Return which orders a case holds: no new debit while anything is open about their entries (invariant I15)."""
    (held,) = read_columns(
        session,
        select(Case.order_id).where(
            Case.originator_id == originator_id,
            Case.state == CaseState.OPEN,
            Case.holds_release,
            Case.order_id.is_not(None),
        ),
    )
    return np.isin(order_ids, np.array(held, np.int64))
