"""Reading payouts and merchants' accounts for people and for the run that matches postings."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.store.reading.pages import Listing
from ingather.store.tables import Batch, Entry, File, Merchant, MerchantAccount, Payout, Settlement


def reference_of(payout_id: int) -> str:
    """Return what names a payout at the bank: columns 40 to 54 of its credit, and the reference on its sheet."""
    return encode_key(payout_id)


def sheet_names(session: Session, originator_id: int, *, sealed: bool) -> list[str]:
    """Return the names of sheets, oldest payouts first: all, or only those not proven where they were to go."""
    statement = (
        select(Payout.sheet)
        .where(Payout.originator_id == originator_id, Payout.sheet.is_not(None))
        .group_by(Payout.sheet)
        .order_by(func.min(Payout.id))
    )
    if sealed:
        statement = statement.where(Payout.state == PayoutState.SEALED)
    return [name for name in session.scalars(statement) if name is not None]


def listed(
    session: Session, *, state: PayoutState | None = None, merchant_id: int | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return payouts as people see them, the newest first."""
    statement = _shown().order_by(Payout.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(Payout.state == state)
    if merchant_id is not None:
        statement = statement.where(Payout.merchant_id == merchant_id)
    return [_in_words(row) for row in session.execute(statement)]


def shown(session: Session, payout_id: int) -> dict[str, Any] | None:
    """Return one payout, or None."""
    row = session.execute(_shown().where(Payout.id == payout_id)).one_or_none()
    return None if row is None else _in_words(row)


def _shown() -> Select[*tuple[Any, ...]]:
    return (
        select(Payout, Merchant, Settlement.as_of, MerchantAccount, File.name)
        .join(Merchant, Merchant.id == Payout.merchant_id)
        .join(Settlement, Settlement.id == Payout.settlement_id)
        .outerjoin(MerchantAccount, MerchantAccount.id == Payout.merchant_account_id)
        .outerjoin(File, File.id == Payout.file_id)
    )


def _in_words(row: Any) -> dict[str, Any]:  # noqa: ANN401 -- a row of the question above
    payout, merchant, as_of, account, file, *_ = row
    return {
        "id": public_id(Prefix.PAYOUT, payout.id),
        "merchant": merchant.external_id,
        "merchant_name": merchant.name,
        "statement": public_id(Prefix.SETTLEMENT, payout.settlement_id),
        "as_of": as_of.isoformat(),
        "amount_minor": payout.amount_minor,
        "currency": payout.currency,
        "method": payout.method,
        "state": payout.state,
        "reference": reference_of(payout.id),
        "account": public_id(Prefix.MERCHANT_ACCOUNT, account.id) if account else None,
        "last4": account.last4 if account else None,
        "file": file,
        "sheet": payout.sheet,
        "asked_by": payout.asked_by,
        "approved_by": payout.approved_by,
        "made_on": _day(payout.made_on),
        "sent_on": _day(payout.sent_on),
        "settled_on": _day(payout.settled_on),
        "ended_on": _day(payout.ended_on),
        "return_code": payout.return_code,
    }


def _day(day: Any) -> str | None:  # noqa: ANN401 -- a date or None
    return None if day is None else day.isoformat()


def accounts_listed(session: Session, *, merchant_id: int | None = None) -> list[dict[str, Any]]:
    """Return merchants' accounts for payouts, the newest first; of their numbers only the last four."""
    statement = (
        select(MerchantAccount, Merchant.external_id)
        .join(Merchant, Merchant.id == MerchantAccount.merchant_id)
        .order_by(MerchantAccount.id.desc())
    )
    if merchant_id is not None:
        statement = statement.where(MerchantAccount.merchant_id == merchant_id)
    return [_account_as_dict(row, merchant) for row, merchant in session.execute(statement)]


def account_shown(session: Session, account_id: int) -> dict[str, Any] | None:
    """Return one account of a merchant, or None; of its number only the last four."""
    found = session.execute(
        select(MerchantAccount, Merchant.external_id)
        .join(Merchant, Merchant.id == MerchantAccount.merchant_id)
        .where(MerchantAccount.id == account_id)
    ).one_or_none()
    return None if found is None else _account_as_dict(found[0], found[1])


def _account_as_dict(row: MerchantAccount, merchant: str) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.MERCHANT_ACCOUNT, row.id),
        "merchant": merchant,
        "name": row.name,
        "routing": f"{row.routing:09d}",
        "last4": row.last4,
        "kind": row.kind,
        "state": row.state,
        "evidence": row.evidence,
        "asked_by": row.asked_by,
        "approved_by": row.approved_by,
        "ended_on": _day(row.ended_on),
    }


def sheet_of(session: Session, payout_id: int) -> str | None:
    """Return the sheet on which a payout is on its way, not proven where it was to go; None where there is none."""
    statement = select(Payout.sheet).where(Payout.id == payout_id, Payout.state == PayoutState.SEALED)
    return session.scalar(statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Payouts of one state and way that wait: how many, the oldest one's id, since when, and their sum."""

    state: PayoutState
    count: int
    oldest: str
    on: date
    minor: int


def waiting_long(session: Session, originator_id: int, *, made_by: date, sent_by: date) -> list[Waiting]:
    """Return the payouts that have waited too long, by state, the sums in minor units.

    Made on ``made_by`` or before and still here, a file's own alarms apart; sent by sheet on ``sent_by`` or before and
    shown by no statement of the bank.
    """
    day = case((Payout.state == PayoutState.SENT, Payout.sent_on), else_=Payout.made_on)
    here = or_(
        Payout.state.in_([PayoutState.DUE, PayoutState.APPROVED]),
        and_(Payout.state == PayoutState.SEALED, Payout.method == PayoutMethod.SHEET),
    )
    on_its_way = and_(Payout.state == PayoutState.SENT, Payout.method == PayoutMethod.SHEET, Payout.sent_on <= sent_by)
    rows = session.execute(
        select(Payout.state, func.count(), func.min(Payout.id), func.min(day), func.sum(Payout.amount_minor))
        .where(Payout.originator_id == originator_id, or_(and_(here, Payout.made_on <= made_by), on_its_way))
        .group_by(Payout.state)
        .order_by(Payout.state)
    )
    return [
        Waiting(state=PayoutState(state), count=count, oldest=public_id(Prefix.PAYOUT, key), on=on, minor=int(minor))
        for state, count, key, on, minor in rows
    ]


def paid_minor(session: Session) -> int:
    """Return what payouts took from our account in minor units, less what came back, by their rows alone."""
    by_file = Payout.method == PayoutMethod.ACH
    left = case((and_(by_file, Batch.settled_on.is_not(None)), Payout.amount_minor), else_=0)
    back = case((and_(by_file, Payout.state == PayoutState.RETURNED), Payout.amount_minor), else_=0)
    on_sheet = case((and_(~by_file, Payout.state == PayoutState.SETTLED), Payout.amount_minor), else_=0)
    statement = (
        select(func.coalesce(func.sum(left - back + on_sheet), 0))
        .select_from(Payout)
        .outerjoin(Entry, and_(Entry.id == Payout.entry_id, or_(Entry.ended.is_(None), Entry.ended == "returned")))
        .outerjoin(Batch, Batch.id == Entry.batch_id)
    )
    return int(session.execute(statement).scalar_one())


LISTING = Listing(
    statement=_shown,
    key=Payout.id,
    shown=lambda _, rows: [_in_words(row) for row in rows],
    merchant=lambda merchant_id: Payout.merchant_id == merchant_id,
    filters={
        "state": Payout.state.in_,
        "method": Payout.method.in_,
        "merchant": lambda key: Payout.merchant_id == key,
        "settlement": lambda key: Payout.settlement_id == key,
        "amount_from": lambda minor: Payout.amount_minor >= minor,
        "amount_to": lambda minor: Payout.amount_minor <= minor,
        "made_from": lambda day: Payout.made_on >= day,
        "made_to": lambda day: Payout.made_on <= day,
        "reference": lambda key: Payout.id == key,
    },
)
"""Payouts page by page."""

ACCOUNTS = Listing(
    statement=lambda: select(MerchantAccount, Merchant.external_id).join(
        Merchant, Merchant.id == MerchantAccount.merchant_id
    ),
    key=MerchantAccount.id,
    shown=lambda _, rows: [_account_as_dict(row[0], row[1]) for row in rows],
    merchant=lambda merchant_id: MerchantAccount.merchant_id == merchant_id,
    filters={
        "merchant": lambda key: MerchantAccount.merchant_id == key,
        "state": MerchantAccount.state.in_,
        "last4": lambda digits: MerchantAccount.last4 == digits,
    },
)
"""Merchants' accounts for payouts page by page."""
