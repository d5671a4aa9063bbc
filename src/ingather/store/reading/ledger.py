"""The ledger's balances."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.store.tables import Posting


def balances(session: Session, *, known_at: datetime | None = None) -> dict[str, int]:
    """Return the balance of each account in minor units; debits are positive. They sum to zero.

    ``known_at`` leaves out what was booked after that instant, whatever day it is about.
    """
    statement = select(Posting.account, func.sum(Posting.amount_minor)).group_by(Posting.account)
    if known_at is not None:
        statement = statement.where(Posting.recorded_at <= known_at)
    rows = session.execute(statement.order_by(Posting.account))
    return {account: int(amount) for account, amount in rows}
