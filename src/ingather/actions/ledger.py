"""Posting to the ledger: every movement is booked once per batch, merchant, kind and source, and sums to zero."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select

from ingather.actions.context import Context
from ingather.domain.ledger import JournalKind, LedgerAccount, Line, journal
from ingather.store.bulk import insert_columns
from ingather.store.tables import Posting

_AT_ONCE = 5_000


def post(
    ctx: Context,
    kind: JournalKind,
    *,
    originator_id: int,
    source_id: int,
    on: date,
    amounts: Mapping[tuple[int, int], int],
) -> None:
    """Book amounts in minor units by (batch, merchant); a movement that is booked already is left alone.

    ``source_id`` is the file, report or settlement it comes from. Batch and merchant 0 stand for none.
    """
    batch_ids = sorted({batch_id for batch_id, _ in amounts})
    booked: set[int] = set()
    for start in range(0, len(batch_ids), _AT_ONCE):
        statement = select(Posting.batch_id).where(
            Posting.originator_id == originator_id,
            Posting.kind == kind,
            Posting.source_id == source_id,
            Posting.batch_id.in_(batch_ids[start : start + _AT_ONCE]),
        )
        booked.update(ctx.session.scalars(statement))
    lines: list[tuple[int, Line]] = [
        (batch_id, line)
        for (batch_id, merchant_id), amount in sorted(amounts.items())
        if amount and batch_id not in booked
        for line in journal(kind, merchant_id=merchant_id, amount_minor=amount)
    ]
    if not lines:
        return
    insert_columns(
        ctx.session,
        Posting,
        {
            "id": ctx.ids.many(len(lines)).tolist(),
            "account": [str(line.account) for _, line in lines],
            "merchant_id": [line.merchant_id for _, line in lines],
            "batch_id": [batch_id for batch_id, _ in lines],
            "amount_minor": [line.amount_minor for _, line in lines],
        },
        same={
            "originator_id": originator_id,
            "kind": kind,
            "source_id": source_id,
            "currency": "USD",
            "on_date": on,
            "recorded_at": ctx.now,
        },
    )


def balances_of(
    ctx: Context, originator_id: int, account: LedgerAccount, *, merchant_id: int | None = None
) -> dict[int, int]:
    """Return each merchant's balance in one of the accounts that are kept per merchant; debits are positive.

    With a merchant, only its own is summed.
    """
    mine = [] if merchant_id is None else [Posting.merchant_id == merchant_id]
    rows = ctx.session.execute(
        select(Posting.merchant_id, func.sum(Posting.amount_minor))
        .where(Posting.originator_id == originator_id, Posting.account == account, *mine)
        .group_by(Posting.merchant_id),
    )
    return {merchant_id: int(amount) for merchant_id, amount in rows}
