"""Reading which follow-ups may go out tonight, as columns: what is wanted, of which debit, and to which account."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ingather.base.columns import Bytes2D, Int64, text_column
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.merchants import Screening
from ingather.store.bulk import read_columns
from ingather.store.follow_up_terms import sealable
from ingather.store.tables import (
    Account,
    Authorization,
    Batch,
    Buyer,
    Case,
    Entry,
    File,
    FollowUp,
    Merchant,
    Order,
)

_DEBITABLE = (AuthorizationState.ACTIVE, AuthorizationState.CONSUMED)
_NAME_WIDTH = 22
_KEEPING_FEES = (
    CaseKind.DUPLICATE_RETURN,
    CaseKind.DISHONOUR,
    CaseKind.LATE_RETURN,
    CaseKind.WRONG_DATA_RETURN,
    CaseKind.UNREQUESTED_RETURN,
    CaseKind.CONTESTED,
)
Original = aliased(Entry)
"""The debit that a follow-up is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFollowUps:
    """``n`` follow-ups of one kind by one route, one of each debit at most, by merchant, class and order.

    ``version`` is the follow-up's own, ``terms_version`` the sum of all that it rests on. The debit is named by its
    file and line there; ``entry_class``, ``company_name`` and ``company_identification`` are those it was sent under.
    The account, the receiver's name and ``merchant_name`` are those of today. ``sealed_number`` is red even sealed and
    stays out of the repr.
    """

    follow_up_id: Int64
    version: Int64
    terms_version: Int64
    order_id: Int64
    merchant_id: Int64
    original_entry_id: Int64
    original_file_id: Int64
    original_line: Int64
    original_cents: Int64
    amount_cents: Int64
    bucket: Int64
    entry_class: Sequence[str]
    company_name: Sequence[str]
    company_identification: Sequence[str]
    merchant_name: Sequence[str]
    merchant_identification: Sequence[str]
    account_id: Sequence[int]
    sealed_number: Sequence[bytes] = field(repr=False)
    routing: Int64
    account_kind: Sequence[str]
    holder: Sequence[str]
    receiver_name: Bytes2D

    def __len__(self) -> int:
        """Return the number of follow-ups."""
        return len(self.follow_up_id)


def with_parties(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return a statement about follow-ups joined to the debit, order, authorization, account, buyer and merchant."""
    return (
        statement.join(Original, Original.id == FollowUp.original_entry_id)
        .join(Order, Order.id == FollowUp.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .join(Buyer, Buyer.id == Account.buyer_id)
        .join(Merchant, Merchant.id == FollowUp.merchant_id)
    )


def terms_version() -> ColumnElement[int]:
    """Return the sum of the versions that a follow-up rests on; versions only rise."""
    return FollowUp.version + Order.version + Authorization.version + Account.version


def stopped(*, on: date, screening_required: bool) -> ColumnElement[bool]:
    """Return the condition that something beside the follow-up's own terms keeps it from going out on a day.

    A fee is a debit: its authorization stands, its merchant is active and nothing about the order is open. Nobody is
    paid, by refund or fee, whose screening is not clear; a reversal undoes what should not have been. A return that
    came while a reversal was on its way and is a double credit stops what has not left.
    """
    screening = func.coalesce(Buyer.screening, "" if screening_required else Screening.CLEAR)
    lapsed = and_(Buyer.screened_until.is_not(None), Buyer.screened_until < on)
    unclear = or_(screening != Screening.CLEAR, lapsed)
    of_order = and_(Case.order_id == FollowUp.order_id, Case.state == CaseState.OPEN)
    doubled = exists().where(of_order, Case.kind == CaseKind.DOUBLE_CREDIT)
    open_about = exists().where(of_order, Case.kind.in_(_KEEPING_FEES))
    fee, reversal = FollowUp.kind == FollowUpKind.RETURN_FEE, FollowUp.kind == FollowUpKind.REVERSAL
    return or_(
        doubled,
        and_(~reversal, unclear),
        and_(fee, or_(Authorization.state.not_in(_DEBITABLE), Merchant.state != "active", open_about)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tonight:
    """What a follow-up must be in time for, and whether its parties need a screening that is clear.

    ``effective_on`` is the date of the file; ``now`` the instant of the hand-over.
    """

    night_on: date
    effective_on: date
    now: datetime
    screening_required: bool


def _allowed(tonight: Tonight) -> ColumnElement[bool]:
    """Return the condition that a follow-up may go out; asked when it is sealed, and again right before it is sent."""
    return and_(
        sealable(night_on=tonight.night_on, effective_on=tonight.effective_on, now=tonight.now),
        ~stopped(on=tonight.effective_on, screening_required=tonight.screening_required),
    )


def unfit_of_file(file: File, tonight: Tonight) -> Select[*tuple[Any, ...]]:
    """Return the question for the follow-ups in a file that may not go out (any more), with their keys."""
    return with_parties(select(FollowUp.id)).where(
        FollowUp.entry_id.between(file.first_entry_id, file.last_entry_id),
        or_(FollowUp.state != FollowUpState.SEALED, ~_allowed(tonight)),
    )


def count_waiting_follow_ups(session: Session, originator_id: int) -> int:
    """Return how many follow-ups are asked for or wanted, whether or not they may go out."""
    statement = select(func.count()).where(
        FollowUp.originator_id == originator_id, FollowUp.state.in_([FollowUpState.ASKED, FollowUpState.WANTED])
    )
    return session.execute(statement).scalar_one()


def read_wanted_follow_ups(
    session: Session, *, originator_id: int, route_id: int, kind: FollowUpKind, tonight: Tonight, limit: int
) -> WantedFollowUps:
    """Return the wanted follow-ups of a kind whose debits went by a route and that may settle on a date.

    At most ``limit``, the oldest first; of several of one debit only the oldest, the others wait for the next file.
    """
    columns = read_columns(
        session,
        with_parties(
            select(
                FollowUp.id, FollowUp.version, terms_version(), FollowUp.order_id, FollowUp.merchant_id,
                FollowUp.original_entry_id, Original.file_id, Original.line, Original.amount_cents,
                FollowUp.amount_cents, Original.bucket, Batch.entry_class, Batch.company_name,
                Batch.company_identification, Merchant.company_name, Merchant.company_identification, Account.id,
                Account.number, Account.routing, Account.kind, Account.holder, Buyer.receiver_name,
            )
        )
        .join(Batch, Batch.id == Original.batch_id)
        .join(File, File.id == Original.file_id)
        .where(
            FollowUp.originator_id == originator_id,
            FollowUp.state == FollowUpState.WANTED,
            FollowUp.kind == kind,
            File.route_id == route_id,
            _allowed(tonight),
        )
        .order_by(FollowUp.id)
        .limit(limit),
    )  # fmt: skip
    first = _first_of_each(columns[5])
    return _as_columns([[column[row] for row in first] for column in columns])


def _first_of_each(keys: Sequence[int]) -> list[int]:
    """Return the rows in which each key stands for the first time."""
    seen: dict[int, int] = {}
    for row, key in enumerate(keys):
        seen.setdefault(key, row)
    return list(seen.values())


def _as_columns(columns: Sequence[Sequence[Any]]) -> WantedFollowUps:
    numbers = [np.array(column, np.int64) for column in columns[:11]]
    entry_class, company_name, company_identification, merchant_name, merchant_identification = columns[11:16]
    account_id, sealed_number, routing, account_kind, holder, receiver_name = columns[16:]
    return WantedFollowUps(
        follow_up_id=numbers[0],
        version=numbers[1],
        terms_version=numbers[2],
        order_id=numbers[3],
        merchant_id=numbers[4],
        original_entry_id=numbers[5],
        original_file_id=numbers[6],
        original_line=numbers[7],
        original_cents=numbers[8],
        amount_cents=numbers[9],
        bucket=numbers[10],
        entry_class=entry_class,
        company_name=company_name,
        company_identification=company_identification,
        merchant_name=merchant_name,
        merchant_identification=merchant_identification,
        account_id=account_id,
        sealed_number=sealed_number,
        routing=np.array(routing, np.int64),
        account_kind=account_kind,
        holder=holder,
        receiver_name=text_column(receiver_name, _NAME_WIDTH),
    )
