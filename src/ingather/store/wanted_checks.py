"""Reading which account checks may go out: wanted ones whose parties may take part, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.base.columns import Bytes2D, Int64, text_column
from ingather.domain.accounts import AccountState, CheckState
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.merchants import Screening
from ingather.rules.due import Due
from ingather.rules.vocabulary import AccountKind, AuthorizationKind, Channel, Holder
from ingather.rules.vocabulary import AccountState as States
from ingather.store.bulk import read_columns
from ingather.store.tables import Account, AccountCheck, Authorization, Buyer, Merchant

_ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedChecks:
    """``n`` checks that may go out, by merchant: who is tried, how, and what their entries are made of.

    ``version`` is the sum of the versions of check, account and authorization; words are the codes of the vocabulary.
    ``receiver_name`` is ``(n, 22)`` bytes; ``sealed_number`` is red even sealed and stays out of the repr.
    """

    check_id: Int64
    version: Int64
    method: Sequence[str]
    account_id: Sequence[int]
    sealed_number: Sequence[bytes] = field(repr=False)
    routing: Int64
    account_kind: npt.NDArray[np.int8]
    holder: npt.NDArray[np.int8]
    channel: npt.NDArray[np.int8]
    authorization_kind: npt.NDArray[np.int8]
    bucket: Int64
    merchant_id: Int64
    company_name: Sequence[str]
    company_identification: Sequence[str]
    entry_description: Sequence[str]
    receiver_name: Bytes2D

    def __len__(self) -> int:
        """Return the number of checks."""
        return len(self.check_id)


def read_wanted(
    session: Session, *, originator_id: int, effective_on: date, screening_required: bool, limit: int
) -> WantedChecks:
    """Return wanted checks that may settle on a date, at most so many, the oldest of each merchant first.

    Account, authorization, merchant and buyer are active, and both parties' screening is clear.
    """
    columns = read_columns(
        session,
        select(
            AccountCheck.id, AccountCheck.version + Account.version + Authorization.version, AccountCheck.method,
            Account.id, Account.number, Account.routing, Account.kind, Account.holder, Authorization.channel,
            Authorization.kind, Account.bucket, Merchant.id, Merchant.company_name, Merchant.company_identification,
            Merchant.entry_description, Buyer.receiver_name,
        )
        .join(Account, Account.id == AccountCheck.account_id)
        .join(Authorization, Authorization.id == AccountCheck.authorization_id)
        .join(Merchant, Merchant.id == AccountCheck.merchant_id)
        .join(Buyer, Buyer.id == Account.buyer_id)
        .where(
            AccountCheck.originator_id == originator_id,
            AccountCheck.state == CheckState.WANTED,
            Account.state == AccountState.ACTIVE,
            or_(Account.change_due_on.is_(None), Account.change_due_on >= effective_on),
            Authorization.state == AuthorizationState.ACTIVE,
            Authorization.valid_from <= effective_on,
            or_(Authorization.valid_to.is_(None), Authorization.valid_to >= effective_on),
            Merchant.state == _ACTIVE,
            Buyer.state == _ACTIVE,
            _clear(Merchant.screening, Merchant.screened_until, effective_on, required=screening_required),
            _clear(Buyer.screening, Buyer.screened_until, effective_on, required=screening_required),
        )
        .order_by(Merchant.id, AccountCheck.id)
        .limit(limit),
    )  # fmt: skip
    (check_id, version, method, account_id, number, routing, kind, holder, channel, authorization_kind, bucket,
     merchant_id, name, identification, description, receiver) = columns  # fmt: skip
    return WantedChecks(
        check_id=np.array(check_id, np.int64),
        version=np.array(version, np.int64),
        method=method,
        account_id=account_id,
        sealed_number=number,
        routing=np.array(routing, np.int64),
        account_kind=_codes(kind, AccountKind),
        holder=_codes(holder, Holder),
        channel=_codes(channel, Channel),
        authorization_kind=_codes(authorization_kind, AuthorizationKind),
        bucket=np.array(bucket, np.int64),
        merchant_id=np.array(merchant_id, np.int64),
        company_name=name,
        company_identification=identification,
        entry_description=description,
        receiver_name=text_column(receiver, 22),
    )


def count_wanted(session: Session, originator_id: int) -> int:
    """Return how many checks are wanted, whether or not they may go out."""
    statement = select(func.count()).where(
        AccountCheck.originator_id == originator_id, AccountCheck.state == CheckState.WANTED
    )
    return session.execute(statement).scalar_one()


def accounts_under_check(session: Session, originator_id: int) -> Int64:
    """Return the accounts whose check is under way: nothing is debited from them before it ends."""
    (found,) = read_columns(
        session,
        select(AccountCheck.account_id).where(
            AccountCheck.originator_id == originator_id,
            AccountCheck.state.in_([CheckState.WANTED, CheckState.SEALED]),
        ),
    )
    return np.array(found, np.int64)


def mark_under_check(session: Session, originator_id: int, account_ids: Int64, due: Due) -> Due:
    """Return due orders whose active accounts say so where they are under check; ``account_ids`` stand beside them."""
    under_check = accounts_under_check(session, originator_id)
    if not len(under_check):
        return due
    checked = np.isin(account_ids, under_check) & (due.account_state == States.ACTIVE)
    return replace(due, account_state=np.where(checked, States.UNDER_CHECK, due.account_state).astype(np.int8))


def _clear(
    outcome: InstrumentedAttribute[str | None],
    until: InstrumentedAttribute[date | None],
    on: date,
    *,
    required: bool,
) -> ColumnElement[bool]:
    """Return the condition that a party's screening lets it take part on a day."""
    clear = (outcome == Screening.CLEAR) & (until.is_(None) | (until >= on))
    return clear if required else clear | outcome.is_(None)


def _codes(words: Sequence[str], of: type[IntEnum]) -> npt.NDArray[np.int8]:
    known = {word.name.lower(): int(word) for word in of}
    return np.array([known.get(word, 0) for word in words], np.int8)
