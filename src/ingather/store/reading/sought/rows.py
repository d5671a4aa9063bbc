"""What a list shows of whatever was found: id, own name, name, state; money, day and last four where it has them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.store.reading.sought.orders import rows_of
from ingather.store.tables import Account, Authorization, Buyer, File, Merchant, Report, Return

_Rows = Iterator[dict[str, Any]]


def shown(session: Session, kind: Prefix, keys: Sequence[int]) -> list[dict[str, Any]]:
    """Return what a list shows of the objects of one kind; orders with more than others."""
    if not keys:
        return []
    return rows_of(session, keys) if kind is Prefix.ORDER else list(_SHOWN[kind](session, keys))


def _row(kind: Prefix, key: int, own_name: str, **also: Any) -> dict[str, Any]:  # noqa: ANN401 -- cells of a row
    empty = {"name": "", "state": "", "minor": None, "on": None, "last4": ""}
    return empty | {"id": public_id(kind, key), "external_id": own_name} | also


def _buyers(session: Session, keys: Sequence[int]) -> _Rows:
    for row in session.scalars(select(Buyer).where(Buyer.id.in_(keys)).order_by(Buyer.external_id)):
        yield _row(Prefix.BUYER, row.id, row.external_id, name=row.name, state=row.state)


def _merchants(session: Session, keys: Sequence[int]) -> _Rows:
    for row in session.scalars(select(Merchant).where(Merchant.id.in_(keys)).order_by(Merchant.external_id)):
        yield _row(Prefix.MERCHANT, row.id, row.external_id, name=row.name, state=row.state)


def _authorizations(session: Session, keys: Sequence[int]) -> _Rows:
    rows = session.execute(
        select(Authorization, Buyer.name, Account.last4)
        .join(Buyer, Buyer.id == Authorization.buyer_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(Authorization.id.in_(keys))
        .order_by(Authorization.external_id)
    )
    for row, buyer, last4 in rows:
        yield _row(Prefix.AUTHORIZATION, row.id, row.external_id, name=buyer, state=row.state, last4=last4)


def _accounts(session: Session, keys: Sequence[int]) -> _Rows:
    rows = session.execute(
        select(Account, Buyer.name)
        .join(Buyer, Buyer.id == Account.buyer_id)
        .where(Account.id.in_(keys))
        .order_by(Account.external_id)
    )
    for row, buyer in rows:
        yield _row(Prefix.ACCOUNT, row.id, row.external_id, name=buyer, state=row.state, last4=row.last4)


def _files(session: Session, keys: Sequence[int]) -> _Rows:
    for row in session.scalars(select(File).where(File.id.in_(keys)).order_by(File.id.desc())):
        yield _row(Prefix.FILE, row.id, row.name, state=row.state, minor=row.debit_cents, on=row.effective_on)


def _reports(session: Session, keys: Sequence[int]) -> _Rows:
    for row in session.scalars(select(Report).where(Report.id.in_(keys)).order_by(Report.id.desc())):
        yield _row(Prefix.REPORT, row.id, row.name, state=row.state, on=row.business_on)


def _returns(session: Session, keys: Sequence[int]) -> _Rows:
    for row in session.scalars(select(Return).where(Return.id.in_(keys)).order_by(Return.id.desc())):
        yield _row(Prefix.RETURN, row.id, row.code, minor=row.amount_cents, on=row.returned_on)


_SHOWN: Mapping[Prefix, Callable[[Session, Sequence[int]], _Rows]] = {
    Prefix.BUYER: _buyers,
    Prefix.MERCHANT: _merchants,
    Prefix.AUTHORIZATION: _authorizations,
    Prefix.ACCOUNT: _accounts,
    Prefix.FILE: _files,
    Prefix.REPORT: _reports,
    Prefix.RETURN: _returns,
}
