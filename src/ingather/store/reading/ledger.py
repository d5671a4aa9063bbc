"""The ledger's balances."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.store.tables import Posting


def balances(session: Session) -> dict[str, int]:
    """Return the balance of each account in minor units; debits are positive. They sum to zero."""
    rows = session.execute(
        select(Posting.account, func.sum(Posting.amount_minor)).group_by(Posting.account).order_by(Posting.account),
    )
    return {account: int(amount) for account, amount in rows}
