"""The columns of a page of due orders, as each engine gives them quickest.

SQLite gives rows whose words are joined into one text each; PostgreSQL gives whole columns.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Select, String, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.base.columns import Bytes2D, Int64, text_column
from ingather.domain.orders import OrderState
from ingather.rules.returns import NextStep, return_reason, return_reasons
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
from ingather.store.bulk import read_plain_columns
from ingather.store.days import days_of
from ingather.store.engine import is_postgresql
from ingather.store.packed import DAY_BITS, VERSION_BITS, Asked, code_of, day_of, flag_of, read_packed
from ingather.store.tables import Account, Authorization, Buyer, OpenOrder, Order

_NAME_WIDTH = 22
_WORD_BITS = 4
_BUCKET_BITS = 8
_ROUTING_BITS = 30
_LAST_BUCKET = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class DueColumns:
    """``n`` due orders, ascending by id: ``numbers`` by name ``(n,)``, days since 1970 with 0 for none, words' codes.

    ``receiver_name`` is ``(n, 22)`` bytes; ``sealed_number`` is red even sealed and stays out of the repr.
    """

    numbers: Mapping[str, Int64]
    reason: Sequence[str | None]
    receiver_name: Bytes2D
    sealed_number: Sequence[bytes] = field(repr=False)

    def flags(self, name: str) -> npt.NDArray[np.bool_]:
        """Return which rows' flags are set."""
        return self.numbers[name].astype(np.bool_)

    def codes(self, name: str) -> npt.NDArray[np.int8]:
        """Return words as their codes; a word without a code is 0, which never permits."""
        return self.numbers[name].astype(np.int8)


class _Standing(IntEnum):
    """An order's state as the decision knows it."""

    OPEN = OrderStanding.OPEN
    RETURNED = OrderStanding.RETURNED


_DAYS: dict[str, InstrumentedAttribute[Any]] = {
    "due_on": Order.due_on,
    "collect_on": Order.collect_on,
    "first_settled_on": Order.first_settled_on,
    "valid_from": Authorization.valid_from,
    "valid_to": Authorization.valid_to,
    "noticed_on": Order.noticed_on,
    "buyer_screened_until": Buyer.screened_until,
    "change_due_on": Account.change_due_on,
}
_CODES: dict[str, tuple[InstrumentedAttribute[Any], type[IntEnum]]] = {
    "standing": (Order.state, _Standing),
    "authorization_state": (Authorization.state, AuthorizationState),
    "authorization_kind": (Authorization.kind, AuthorizationKind),
    "channel": (Authorization.channel, Channel),
    "act_channel": (Order.act_channel, Channel),
    "amount_terms": (Authorization.amount_terms, AmountTerms),
    "notice": (Order.notice, NoticeKind),
    "account_state": (Account.state, AccountState),
    "account_kind": (Account.kind, AccountKind),
    "holder": (Account.holder, Holder),
    "buyer_state": (Buyer.state, PartyState),
    "buyer_screening": (Buyer.screening, Screening),
}
_FLAGS: dict[str, InstrumentedAttribute[bool]] = {
    "held": Order.held,
    "goods": Order.goods,
    "suspected": Order.suspected,
    "same_day": Order.same_day,
    "corrected": Order.corrected,
    "validated": Account.validated,
}
_WIDE: dict[str, InstrumentedAttribute[Any]] = {
    "order_id": Order.id,
    "buyer_id": Order.buyer_id,
    "authorization_id": Order.authorization_id,
    "merchant_id": Order.merchant_id,
    "amount_minor": Order.amount_minor,
    "account_id": Account.id,
}
_OPTIONAL: dict[str, InstrumentedAttribute[Any]] = {
    "min_amount_minor": Authorization.min_amount_minor,
    "max_amount_minor": Authorization.max_amount_minor,
    "route_id": Order.route_id,
}
_VERSIONS: dict[str, InstrumentedAttribute[int]] = {
    "version": Order.version,
    "authorization_version": Authorization.version,
    "account_version": Account.version,
}


def read_due_columns(
    session: Session, *, originator_id: int, through: date, after: int, limit: int, buckets: range
) -> DueColumns | None:
    """Return the next page of the orders of some buckets that wait for a date up to ``through``, None after the last.

    ``after`` is the last order id of the page before.
    """
    page = (
        select(Order.id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .join(Buyer, Buyer.id == Order.buyer_id)
        .where(Order.state.in_([OrderState.OPEN, OrderState.RETURNED]))
    )
    if is_postgresql(session):
        waiting = select(OpenOrder.order_id).where(
            OpenOrder.originator_id == originator_id, OpenOrder.collect_on <= through, OpenOrder.order_id > after
        )
        if buckets != ALL_BUCKETS:
            waiting = waiting.where(OpenOrder.bucket.between(buckets.start, buckets.stop - 1))
        queue = waiting.order_by(OpenOrder.order_id).limit(limit).subquery("queue")
        page = page.join(queue, queue.c.order_id == Order.id).order_by(queue.c.order_id)
        return _whole_columns(session, page, on=through)
    page = page.where(Order.originator_id == originator_id, Order.collect_on <= through, Order.id > after)
    if buckets != ALL_BUCKETS:
        page = page.where(Order.bucket.between(buckets.start, buckets.stop - 1))
    return _rows(session, page.order_by(Order.id).limit(limit), on=through)


ALL_BUCKETS = range(_LAST_BUCKET + 1)


def _whole_columns(session: Session, page: Select[*tuple[Any, ...]], *, on: date) -> DueColumns | None:
    again = sorted({each.code for each in return_reasons() if _retryable(each.code, on=on)})
    small: dict[str, tuple[ColumnElement[Any], int]] = {
        name: (day_of(column), DAY_BITS) for name, column in _DAYS.items()
    }
    small |= {name: (code_of(column, words), _WORD_BITS) for name, (column, words) in _CODES.items()}
    small |= {name: (flag_of(column.is_(True)), 1) for name, column in _FLAGS.items()}
    small |= {name: (column.expression, VERSION_BITS) for name, column in _VERSIONS.items()}
    small |= {
        "presentations": (Order.presentations.expression, _WORD_BITS),
        "retryable": (flag_of(Order.last_code.in_(again)), 1),
        "bucket": (Order.bucket.expression, _BUCKET_BITS),
        "routing": (Account.routing.expression, _ROUTING_BITS),
    }
    asked = Asked(
        small=small,
        wide={name: column.expression for name, column in _WIDE.items()}
        | {name: func.coalesce(column, 0) for name, column in _OPTIONAL.items()},
        texts={"reason": Order.reason.expression, "receiver_name": Buyer.receiver_name.expression},
        sealed={"number": Account.number.expression},
    )
    found = read_packed(session, asked, page)
    if found is None:
        return None
    return DueColumns(
        numbers=found.numbers,
        reason=[word or None for word in found.words("reason")],
        receiver_name=found.column("receiver_name", _NAME_WIDTH),
        sealed_number=found.sealed["number"],
    )


_WORDS: dict[str, InstrumentedAttribute[Any]] = (
    {name: column for name, (column, _) in _CODES.items()}
    | _FLAGS
    | {"presentations": Order.presentations, "last_code": Order.last_code, "route_id": Order.route_id,
       "reason": Order.reason}
)  # fmt: skip
_TRUE = frozenset({"1", "t"})


def _rows(session: Session, page: Select[*tuple[Any, ...]], *, on: date) -> DueColumns | None:
    plain = _WIDE | _VERSIONS | {"routing": Account.routing, "bucket": Order.bucket} | {
        name: _OPTIONAL[name] for name in ("min_amount_minor", "max_amount_minor")
    }  # fmt: skip
    joined = func.printf("|".join(["%s"] * len(_WORDS)), *_WORDS.values(), type_=String)
    columns = read_plain_columns(
        session,
        page.with_only_columns(
            *plain.values(), *_DAYS.values(), Account.number, Buyer.receiver_name, joined, maintain_column_froms=True
        ),
    )
    if not columns[0]:
        return None
    values = iter(columns)
    numbers = {
        name: _optional(next(values)) if name in _OPTIONAL else np.fromiter(next(values), np.int64) for name in plain
    }
    numbers |= {name: days_of(next(values)) for name in _DAYS}
    sealed, names, words = next(values), next(values), _Words(next(values))
    numbers |= {name: words.codes(name, known) for name, (_, known) in _CODES.items()}
    numbers |= {name: words.column(name, lambda word: word in _TRUE) for name in _FLAGS}
    numbers |= {
        "presentations": words.column("presentations", int),
        "route_id": words.column("route_id", lambda word: int(word or 0)),
        "retryable": words.column("last_code", lambda code: _retryable(code, on=on)),
    }
    return DueColumns(
        numbers=numbers, reason=words.texts("reason"), receiver_name=text_column(names, _NAME_WIDTH),
        sealed_number=sealed,
    )  # fmt: skip


def _optional(values: Sequence[int | None]) -> Int64:
    return np.fromiter([value or 0 for value in values], np.int64, count=len(values))


class _Words:
    """Columns of words that come joined as one text per row: few distinct texts stand in many rows."""

    def __init__(self, joined: Sequence[str]) -> None:
        distinct = {text: index for index, text in enumerate(dict.fromkeys(joined))}
        self._row = np.fromiter(map(distinct.__getitem__, joined), np.intp, count=len(joined))
        self._parts = dict(zip(_WORDS, zip(*(text.split("|") for text in distinct), strict=True), strict=True))

    def column(self, name: str, meaning: Callable[[str], int]) -> Int64:
        """Return what each row's word means."""
        found: Int64 = np.array([meaning(word) for word in self._parts[name]], np.int64)[self._row]
        return found

    def codes(self, name: str, words: type[IntEnum]) -> Int64:
        """Return words as their codes by name; a word without a code is 0, which never permits."""
        known = {word.name.lower(): int(word) for word in words}
        return self.column(name, lambda word: known.get(word, 0))

    def texts(self, name: str) -> list[str | None]:
        """Return the words themselves, None for none."""
        words = [word or None for word in self._parts[name]]
        return [words[row] for row in self._row.tolist()]


def _retryable(code: str, *, on: date) -> bool:
    reason = return_reason(code, on=on) if code else None
    return reason is not None and reason.next_step is NextStep.RETRY
