"""What a return that moved no order may be about: the debits that agree with some of what it tells, each with a score.

Nothing here is matched. A person looks at what agrees and what differs, and names the debit.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from ingather.actions.context import Context
from ingather.actions.matches.comparing import Candidate, Told, compare
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.rules.matching import Stage, names, stages
from ingather.store.tables import Account, Authorization, Batch, Entry, File, Merchant, Order, Return
from ingather.store.tables.files import STANDING_DEBIT

_SINCE = timedelta(days=75)
"""Longer than any window in which a debit comes back."""
_LOOKED_AT = 500


def candidates_of(ctx: Context, return_id: int, *, limit: int = 20) -> list[dict[str, Any]]:
    """Return the debits that a return may be about, the likeliest first; none for an unknown return.

    A debit is looked at when its trace, its order or its amount within the last 75 days agrees.
    """
    row = ctx.session.get(Return, return_id)
    if row is None:
        return []
    day = row.returned_on or row.received_at.astimezone(NEW_YORK).date()
    told = Told(order_id=row.order_id, trace=row.original_trace, amount_cents=row.amount_cents)
    among = stages(ctx.today)
    recent = and_(Batch.effective_on >= day - _SINCE, Batch.effective_on <= day)
    alike = [and_(Entry.amount_cents == row.amount_cents, recent), and_(Entry.trace == row.original_trace, recent)]
    if row.order_id is not None:
        alike.append(Entry.order_id == row.order_id)
    statement = (
        select(Entry, Batch, Order, Merchant.external_id, Account.last4)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .join(Order, Order.id == Entry.order_id)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(Entry.originator_id == row.originator_id, STANDING_DEBIT, or_(*alike))
        .order_by(Entry.id.desc())
        .limit(_LOOKED_AT)
    )
    found = [_candidate(told, among, *each) for each in ctx.session.execute(statement)]
    found.sort(key=lambda each: (-each["score"], each["ended"] is not None, each["entry"]))
    return found[:limit]


def _candidate(
    told: Told, among: Sequence[Stage], entry: Entry, batch: Batch, order: Order, merchant: str, last4: str
) -> dict[str, Any]:
    candidate = Candidate(
        entry.id, order.id, batch.id, order.merchant_id, entry.file_id, entry.ended, entry.presentation or 0,
        entry.amount_cents, entry.trace, batch.company_identification, batch.effective_on.isoformat(), batch.number,
    )  # fmt: skip
    agreed, differed = compare(told, candidate)
    return {
        "entry": public_id(Prefix.ENTRY, entry.id),
        "order": public_id(Prefix.ORDER, order.id),
        "external_id": order.external_id,
        "merchant": merchant,
        "trace": f"{entry.trace:015d}",
        "amount_minor": entry.amount_cents,
        "effective_on": batch.effective_on.isoformat(),
        "last4": last4,
        "ended": entry.ended,
        "score": _score(among, agreed, differed),
        "agreed": names(agreed),
        "differed": names(differed),
        "can_be_matched": entry.ended is None and entry.amount_cents == told.amount_cents,
    }


def _score(among: Sequence[Stage], agreed: int, differed: int) -> int:
    """Return how near an entry comes to the stage it comes nearest to: the part of what that needs which agrees."""
    return max(
        (
            stage.score_of(differed) * (stage.needs & agreed).bit_count() // max(1, stage.needs.bit_count())
            for stage in among
        ),
        default=0,
    )
