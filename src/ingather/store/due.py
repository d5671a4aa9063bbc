"""Reading what a night decides about: due orders with everything the decision and the file need, as columns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Select, String, func, select
from sqlalchemy.orm import Session

from ingather.base.columns import Bytes2D, Int64, Mask, text_column
from ingather.domain.cases import CaseState
from ingather.domain.orders import OrderState
from ingather.nacha.routing import are_routing_numbers
from ingather.rules.due import Due
from ingather.rules.returns import NextStep, return_reason
from ingather.rules.vocabulary import (
    AccountKind,
    AccountState,
    AmountTerms,
    AuthorizationKind,
    AuthorizationState,
    Channel,
    Holder,
    NoticeKind,
    OrderStanding,
    PartyState,
    Screening,
)
from ingather.store.bulk import read_columns, read_plain_columns
from ingather.store.corrected_orders import to_be_corrected
from ingather.store.days import days_of
from ingather.store.engine import is_postgresql
from ingather.store.merchants import Merchants
from ingather.store.tables import Account, Authorization, Buyer, Case, Order
from ingather.store.tables.cases import ENTANGLES
from ingather.store.wanted_checks import mark_under_check


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
    page = _page(session, originator_id=originator_id, through=through, after=after, limit=limit)
    columns = read_plain_columns(session, page)
    if not columns[0]:
        return None
    rows = _Page(*columns)
    order_id = _integers(rows.order_id)
    merchant = np.searchsorted(merchants.id, _integers(rows.merchant_id))
    words = _Words(rows.words)
    return DueOrders(
        due=mark_under_check(
            session,
            originator_id,
            rows.account_id,
            _due(
                rows,
                words,
                order_id=order_id,
                session=session,
                merchants=merchants,
                merchant=merchant,
                entangled=_entangled(session, originator_id, order_id),
                on=through,
            ),
        ),
        merchants=merchants,
        merchant=merchant,
        version=_integers(rows.version),
        terms_version=_integers(rows.terms_version),
        bucket=_integers(rows.bucket),
        account_id=rows.account_id,
        sealed_number=rows.sealed_number,
        routing=_integers(rows.routing),
        receiver_name=text_column(rows.receiver_name, 22),
        route_id=words.column("route_id", lambda word: int(word or 0), np.int64),
        reason=words.texts("reason"),
    )


def _due(
    rows: "_Page",
    words: "_Words",
    *,
    order_id: Int64,
    session: Session,
    merchants: Merchants,
    merchant: Int64,
    entangled: Mask,
    on: date,
) -> Due:
    everyone = np.ones(len(order_id), np.bool_)
    corrected, returned_on = to_be_corrected(session, order_id, words.flags("corrected"))
    return Due(
        order_id=order_id,
        buyer_id=_integers(rows.buyer_id),
        merchant_id=_integers(rows.merchant_id),
        authorization_id=_integers(rows.authorization_id),
        standing=words.codes("standing", _Standing),
        amount_minor=_integers(rows.amount_minor),
        due_on=days_of(rows.due_on),
        collect_on=days_of(rows.collect_on),
        held=words.flags("held"),
        entangled=entangled,
        presentations=words.column("presentations", int, np.int64),
        retryable=words.column("last_code", lambda code: _retryable(code, on=on), np.bool_),
        first_settled_on=days_of(rows.first_settled_on),
        goods=words.flags("goods"),
        authorization_state=words.codes("authorization_state", AuthorizationState),
        authorization_kind=words.codes("authorization_kind", AuthorizationKind),
        authorization_valid_from=days_of(rows.valid_from),
        authorization_valid_to=days_of(rows.valid_to),
        authorization_max_minor=_integers([value or 0 for value in rows.max_amount_minor]),
        authorization_min_minor=_integers([value or 0 for value in rows.min_amount_minor]),
        amount_terms=words.codes("amount_terms", AmountTerms),
        notice=words.codes("notice", NoticeKind),
        noticed_on=days_of(rows.noticed_on),
        suspected=words.flags("suspected"),
        same_day=words.flags("same_day"),
        corrected=corrected,
        returned_on=returned_on,
        channel=_channel(words),
        account_state=words.codes("account_state", AccountState),
        account_kind=words.codes("account_kind", AccountKind),
        account_holder=words.codes("holder", Holder),
        account_validated=words.flags("validated"),
        change_due_on=days_of(rows.change_due_on),
        routing_valid=are_routing_numbers(_integers(rows.routing)),
        merchant_state=merchants.state[merchant],
        company_name_registered=everyone,
        payable=merchants.payable[merchant],
        merchant_screening=merchants.screening[merchant],
        merchant_screened_until=merchants.screened_until[merchant],
        buyer_state=words.codes("buyer_state", PartyState),
        buyer_screening=words.codes("buyer_screening", Screening),
        buyer_screened_until=days_of(rows.buyer_screened_until),
        routed=everyone,
    )


class _Standing(IntEnum):
    """An order's state as the decision knows it."""

    OPEN = OrderStanding.OPEN
    RETURNED = OrderStanding.RETURNED


_WORD_COLUMNS: dict[str, ColumnElement[Any]] = {
    "standing": Order.state.expression,
    "held": Order.held.expression,
    "goods": Order.goods.expression,
    "presentations": Order.presentations.expression,
    "last_code": Order.last_code.expression,
    "route_id": Order.route_id.expression,
    "reason": Order.reason.expression,
    "authorization_state": Authorization.state.expression,
    "authorization_kind": Authorization.kind.expression,
    "channel": Authorization.channel.expression,
    "act_channel": Order.act_channel.expression,
    "amount_terms": Authorization.amount_terms.expression,
    "notice": Order.notice.expression,
    "suspected": Order.suspected.expression,
    "same_day": Order.same_day.expression,
    "corrected": Order.corrected.expression,
    "account_state": Account.state.expression,
    "account_kind": Account.kind.expression,
    "holder": Account.holder.expression,
    "validated": Account.validated.expression,
    "buyer_state": Buyer.state.expression,
    "buyer_screening": Buyer.screening.expression,
}
_TRUE = frozenset({"1", "t"})


class _Page(NamedTuple):
    """The columns of a page, in the order of the query."""

    order_id: Sequence[int]
    buyer_id: Sequence[int]
    authorization_id: Sequence[int]
    merchant_id: Sequence[int]
    amount_minor: Sequence[int]
    due_on: Sequence[date | str]
    collect_on: Sequence[date | str]
    first_settled_on: Sequence[date | str | None]
    valid_from: Sequence[date | str]
    valid_to: Sequence[date | str | None]
    min_amount_minor: Sequence[int | None]
    max_amount_minor: Sequence[int | None]
    noticed_on: Sequence[date | str | None]
    buyer_screened_until: Sequence[date | str | None]
    change_due_on: Sequence[date | str | None]
    routing: Sequence[int]
    version: Sequence[int]
    terms_version: Sequence[int]
    bucket: Sequence[int]
    account_id: Sequence[int]
    sealed_number: Sequence[bytes]
    receiver_name: Sequence[str]
    words: Sequence[str]


class _Words:
    """Columns of words that come joined as one text per row: few distinct texts stand in many rows."""

    def __init__(self, joined: Sequence[str]) -> None:
        distinct = {text: index for index, text in enumerate(dict.fromkeys(joined))}
        self._row = np.fromiter(map(distinct.__getitem__, joined), np.intp, count=len(joined))
        self._parts = dict(zip(_WORD_COLUMNS, zip(*(text.split("|") for text in distinct), strict=True), strict=True))

    def column(self, name: str, meaning: Callable[[str], Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return what each row's word means."""
        found: npt.NDArray[Any] = np.array([meaning(word) for word in self._parts[name]], dtype)[self._row]
        return found

    def codes(self, name: str, words: type[IntEnum]) -> npt.NDArray[np.int8]:
        """Return words as their codes by name; a word without a code is 0, which never permits."""
        known = {word.name.lower(): int(word) for word in words}
        return self.column(name, lambda word: known.get(word, 0), np.int8)

    def flags(self, name: str) -> Mask:
        """Return which rows' flags are set."""
        return self.column(name, lambda word: word in _TRUE, np.bool_)

    def texts(self, name: str) -> list[str | None]:
        """Return the words themselves, None for none."""
        words = [word or None for word in self._parts[name]]
        return [words[row] for row in self._row.tolist()]


def _joined(session: Session) -> ColumnElement[str]:
    """Return the words of a row as one text by one call of the engine's formatter, to which NULL is nothing."""
    formatter = func.format if is_postgresql(session) else func.printf
    return formatter("|".join(["%s"] * len(_WORD_COLUMNS)), *_WORD_COLUMNS.values(), type_=String)


def _page(session: Session, *, originator_id: int, through: date, after: int, limit: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Order.id, Order.buyer_id, Order.authorization_id, Order.merchant_id, Order.amount_minor,
            Order.due_on, Order.collect_on, Order.first_settled_on,
            Authorization.valid_from, Authorization.valid_to, Authorization.min_amount_minor,
            Authorization.max_amount_minor,
            Order.noticed_on, Buyer.screened_until, Account.change_due_on,
            Account.routing, Order.version, Authorization.version + Account.version, Order.bucket,
            Account.id, Account.number, Buyer.receiver_name, _joined(session),
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


def _channel(words: _Words) -> npt.NDArray[np.int8]:
    """Return how each debit was started: under a standing authorization by its own act, else as it was authorized."""
    given, act = words.codes("channel", Channel), words.codes("act_channel", Channel)
    standing = words.codes("authorization_kind", AuthorizationKind) == AuthorizationKind.STANDING
    return np.where(standing & (act != Channel.UNKNOWN), act, given)


def _retryable(code: str, *, on: date) -> bool:
    reason = return_reason(code, on=on) if code else None
    return reason is not None and reason.next_step is NextStep.RETRY


def _entangled(session: Session, originator_id: int, order_ids: Int64) -> Mask:
    """Return which orders a case holds: no new debit while anything is open about their entries (invariant I15)."""
    (held,) = read_columns(
        session,
        select(Case.order_id).where(
            Case.originator_id == originator_id,
            Case.state == CaseState.OPEN,
            ENTANGLES,
            Case.order_id.is_not(None),
        ),
    )
    return np.isin(order_ids, np.array(held, np.int64))
