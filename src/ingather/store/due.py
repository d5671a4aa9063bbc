"""Reading what a night decides about: due orders with everything the decision and the file need, as columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.columns import Bytes2D, Int64, Mask
from ingather.domain.cases import CaseState
from ingather.nacha.routing import are_routing_numbers
from ingather.rules.due import Due
from ingather.rules.vocabulary import AuthorizationKind, Channel
from ingather.store.bulk import read_columns
from ingather.store.corrected_orders import to_be_corrected
from ingather.store.due_columns import ALL_BUCKETS, DueColumns, read_due_columns
from ingather.store.merchants import Merchants, read_merchants
from ingather.store.rested_on import change_of_terms
from ingather.store.tables import Case
from ingather.store.tables.cases import ENTANGLES
from ingather.store.wanted_checks import mark_under_check


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOrders:
    """``n`` due orders, ascending by id: what is decided about them, and what their entries are made of.

    ``merchant`` indexes into ``merchants``; the versions rise when the authorization or account changes;
    ``terms_change`` is the number of the last change of any (``rested_on``).
    ``receiver_name`` is ``(n, 22)`` bytes; ``sealed_number`` is red even sealed and stays out of the repr.
    """

    due: Due
    merchants: Merchants
    merchant: Int64
    version: Int64
    authorization_version: Int64
    account_version: Int64
    bucket: Int64
    account_id: Int64
    sealed_number: Sequence[bytes] = field(repr=False)
    routing: Int64
    receiver_name: Bytes2D
    route_id: Int64
    reason: Sequence[str | None]
    terms_change: int

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
    buckets: range = ALL_BUCKETS,
) -> DueOrders | None:
    """Return the next page of orders that wait for a date up to ``through``, None after the last.

    ``after`` is the last order id of the page before; ``buckets`` those of a worker's share. Which names are registered
    and whether a route takes the order is for the caller to say: both columns are true here.
    """
    columns = read_due_columns(
        session, originator_id=originator_id, through=through, after=after, limit=limit, buckets=buckets
    )
    if columns is None:
        return None
    numbers = columns.numbers
    merchants = read_merchants(session, originator_id)
    merchant = np.searchsorted(merchants.id, numbers["merchant_id"])
    due = _due(
        columns, session=session, merchants=merchants, merchant=merchant,
        entangled=_entangled(session, originator_id, numbers["order_id"]),
    )  # fmt: skip
    return DueOrders(
        due=mark_under_check(session, originator_id, numbers["account_id"], due),
        merchants=merchants,
        merchant=merchant,
        version=numbers["version"],
        authorization_version=numbers["authorization_version"],
        account_version=numbers["account_version"],
        bucket=numbers["bucket"],
        account_id=numbers["account_id"],
        sealed_number=columns.sealed_number,
        routing=numbers["routing"],
        receiver_name=columns.receiver_name,
        route_id=numbers["route_id"],
        reason=columns.reason,
        terms_change=change_of_terms(session),
    )


def _due(
    columns: DueColumns, *, session: Session, merchants: Merchants, merchant: npt.NDArray[np.intp], entangled: Mask
) -> Due:
    numbers, flags, codes = columns.numbers, columns.flags, columns.codes
    order_id = numbers["order_id"]
    everyone = np.ones(len(order_id), np.bool_)
    corrected, returned_on = to_be_corrected(session, order_id, flags("corrected"))
    return Due(
        order_id=order_id,
        buyer_id=numbers["buyer_id"],
        merchant_id=numbers["merchant_id"],
        authorization_id=numbers["authorization_id"],
        standing=codes("standing"),
        amount_minor=numbers["amount_minor"],
        due_on=numbers["due_on"],
        collect_on=numbers["collect_on"],
        held=flags("held"),
        entangled=entangled,
        presentations=numbers["presentations"],
        retryable=flags("retryable"),
        first_settled_on=numbers["first_settled_on"],
        goods=flags("goods"),
        authorization_state=codes("authorization_state"),
        authorization_kind=codes("authorization_kind"),
        authorization_valid_from=numbers["valid_from"],
        authorization_valid_to=numbers["valid_to"],
        authorization_max_minor=numbers["max_amount_minor"],
        authorization_min_minor=numbers["min_amount_minor"],
        amount_terms=codes("amount_terms"),
        notice=codes("notice"),
        noticed_on=numbers["noticed_on"],
        suspected=flags("suspected"),
        same_day=flags("same_day"),
        corrected=corrected,
        returned_on=returned_on,
        channel=_channel(columns),
        account_state=codes("account_state"),
        account_kind=codes("account_kind"),
        account_holder=codes("holder"),
        account_validated=flags("validated"),
        change_due_on=numbers["change_due_on"],
        routing_valid=are_routing_numbers(numbers["routing"]),
        merchant_state=merchants.state[merchant],
        company_name_registered=everyone,
        payable=merchants.payable[merchant],
        merchant_screening=merchants.screening[merchant],
        merchant_screened_until=merchants.screened_until[merchant],
        buyer_state=codes("buyer_state"),
        buyer_screening=codes("buyer_screening"),
        buyer_screened_until=numbers["buyer_screened_until"],
        routed=everyone,
    )


def _channel(columns: DueColumns) -> npt.NDArray[np.int8]:
    """Return how each debit was started: under a standing authorization by its own act, else as it was authorized."""
    given, act = columns.codes("channel"), columns.codes("act_channel")
    standing = columns.codes("authorization_kind") == AuthorizationKind.STANDING
    return np.where(standing & (act != Channel.UNKNOWN), act, given)


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
