"""Names of things that callers give: public ids beside the callers' own names, many in one statement."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, parse_public_id
from ingather.store.tables import Account, Authorization, Buyer, Merchant

_AT_ONCE = 5_000
_Named = Merchant | Buyer | Account | Authorization
_TABLES: dict[Prefix, type[_Named]] = {
    Prefix.MERCHANT: Merchant,
    Prefix.BUYER: Buyer,
    Prefix.ACCOUNT: Account,
    Prefix.AUTHORIZATION: Authorization,
}


def own_names(
    session: Session, prefix: Prefix, said: Iterable[str], *, merchant_id: int | None = None
) -> dict[str, str]:
    """Return the own name (``external_id``) behind each name that was said, which may be a public id.

    What is no public id, or one of nothing that ``merchant_id`` may see, stands for itself.
    """
    keys: dict[int, str] = {}
    names = {name: name for name in said}
    for name in names:
        if name.startswith(f"{prefix}_"):
            try:
                keys[parse_public_id(prefix, name)] = name
            except ValueError:
                continue
    table = _TABLES[prefix]
    wanted = sorted(keys)
    for start in range(0, len(wanted), _AT_ONCE):
        statement = select(table.id, table.external_id).where(table.id.in_(wanted[start : start + _AT_ONCE]))
        if merchant_id is not None:
            statement = statement.where(of_merchant(table, merchant_id))
        names |= {keys[key]: external_id for key, external_id in session.execute(statement)}
    return names


def merchants_of(session: Session, authorizations: Collection[str]) -> dict[str, str]:
    """Return the merchant's own name by each authorization's."""
    found: dict[str, str] = {}
    wanted = sorted(set(authorizations))
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            select(Authorization.external_id, Merchant.external_id)
            .join(Merchant, Merchant.id == Authorization.merchant_id)
            .where(Authorization.external_id.in_(wanted[start : start + _AT_ONCE]))
        )
        found |= dict(rows.all())
    return found


def key_of(session: Session, prefix: Prefix, external_id: str, *, merchant_id: int | None = None) -> int | None:
    """Return the key behind an own name, None when nothing that ``merchant_id`` may see has it."""
    table = _TABLES[prefix]
    statement = select(table.id).where(table.external_id == external_id)
    if merchant_id is not None:
        statement = statement.where(of_merchant(table, merchant_id))
    return session.execute(statement).scalar()


def name_of(session: Session, prefix: Prefix, key: int) -> str | None:
    """Return the own name of an object by its key."""
    table = _TABLES[prefix]
    return session.execute(select(table.external_id).where(table.id == key)).scalar()


def of_merchant(table: type[_Named], merchant_id: int) -> Any:  # noqa: ANN401 -- a condition on any of four tables
    """Return the condition that rows are a merchant's: its own, brought by it, or with an authorization for it."""
    if table is Merchant:
        return Merchant.id == merchant_id
    if table is Authorization:
        return Authorization.merchant_id == merchant_id
    if table is Buyer:
        authorized = exists().where(Authorization.buyer_id == Buyer.id, Authorization.merchant_id == merchant_id)
        return or_(Buyer.merchant_id == merchant_id, authorized)
    authorized = exists().where(Authorization.account_id == Account.id, Authorization.merchant_id == merchant_id)
    return or_(Account.merchant_id == merchant_id, authorized)


def key_among(prefix: Prefix, name: str) -> int:
    """Return the key of a public id, or one that nothing has, for a filter that takes either name."""
    try:
        return parse_public_id(prefix, name)
    except ValueError:
        return 0
